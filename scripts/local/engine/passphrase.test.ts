import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectRoot } from "../environment.ts";
import { localPassphrase, newEncryptionSalt, openPassphrase } from "./passphrase.ts";

describe("values encrypted with a passphrase", () => {
  it("come back by it, and by no other", () => {
    const salt = newEncryptionSalt("one");
    const opened = openPassphrase("one", salt);
    const value = opened.encrypt("Grüße\n");
    assert.match(value, /^v1:[\w+/]{16}:[\w+/]+=*$/);
    assert.equal(opened.decrypt(value), "Grüße\n");
    assert.throws(() => openPassphrase("other", salt), /another passphrase: set PULUMI_CONFIG_PASSPHRASE/);
    assert.throws(() => openPassphrase("one", "v2:x"), /expected v1:<salt>:<value>; got "v2:x"/);
  });

  it("can be kept in the local stacks' files, whose salt goes with the local passphrase", () => {
    const salts = ["base", "db", "deploy"].map((layer) => {
      const file = join(projectRoot, "stacks", "config", `Pulumi.${layer}-local.yaml`);
      return (parse(readFileSync(file, "utf8")) as { encryptionsalt: string }).encryptionsalt;
    });
    for (const salt of new Set(salts)) openPassphrase(localPassphrase, salt);
  });
});
