// How the API server is reached from within a pod.
import assert from "node:assert/strict";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serviceAccountAccess } from "./api.ts";

describe("the way to the API server", () => {
  it("is the ServiceAccount's: its token, read anew each time, and the cluster's authority", async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), "account-"));
    const write = (name: string, text: string) => writeFileSync(join(folder.path, name), text);
    write("token", "first");
    write("ca.crt", "PEM");
    const access = serviceAccountAccess("https://10.0.0.1:443", folder.path);
    const { server, skipTLSVerify } = access.getCurrentCluster()!;
    assert.deepEqual([server, skipTLSVerify], ["https://10.0.0.1:443", false]);
    const ask = async () => {
      const options: RequestOptions = {};
      await access.applyToHTTPSOptions(options);
      return options;
    };
    assert.deepEqual(await ask(), { ca: "PEM", headers: { authorization: "Bearer first" } });
    write("token", "second");
    assert.deepEqual((await ask()).headers, { authorization: "Bearer second" });
  });
});
