// The set-up of .github/README.md: each command after those that it needs.
import assert from "node:assert/strict";
import { configFile } from "../../stacks/testing/configFiles.ts";
import { readme } from "./testing/readme.ts";

const { commands } = readme();

/**
 * What a command needs to have been done, and why. Owner may make a storage account and a vault, but has no data actions:
 * https://learn.microsoft.com/azure/storage/blobs/authorize-access-azure-active-directory and
 * https://learn.microsoft.com/azure/key-vault/general/rbac-guide
 */
const needs: [command: RegExp, before: RegExp, why: string][] = [
  [/^az (?!login)/, /^az login/, "somebody is signed in"],
  [/^az (group|storage|keyvault|identity) .*create/, /^az provider register/, "the service is known"],
  [/^az (storage account|keyvault|identity) create/, /^az group create/, "the group is there"],
  [/^az storage (account blob|container)/, /^az storage account create/, "the account is there"],
  [
    /^az storage container create/,
    /^az role assignment create .*\$ME.*Storage Blob Data Contributor/,
    "one may write in it",
  ],
  [/^az keyvault key create/, /^az keyvault create/, "the vault is there"],
  [
    /^az keyvault key create/,
    /^az role assignment create .*\$ME.*Key Vault Crypto Officer/,
    "one may make keys",
  ],
  [/grant "Spot Balancer/, /^az role definition create/, "the role is there"],
  [/\bgrant "/, /^az identity create/, "the identity is there"],
  [/containers\/state-/, /^az storage container create/, "the scope is there"],
  [/keys\/pulumi-/, /^az keyvault key create/, "the scope is there"],
  [/federated-credential create/, /^export GITHUB_REPOSITORY.*GITHUB_TOKEN/, "the subject can be asked for"],
  [/^gh variable set .*--env/, /^gh api -X PUT .*\/environments\//, "the environment is there"],
  [/^gh /, /gh auth login/, "somebody is signed in"],
  [/^pulumi login/, /^az storage container create/, "the state is there"],
  [/^pulumi stack init/, /^pulumi login/, "the state is chosen"],
  [/^pulumi stack init/, /^export AZURE_STORAGE_ACCOUNT=/, "the account is named"],
];

/** Names that a line sets. */
const setBy = (line: string) => [
  ...[...line.matchAll(/(?:^|[;\s])(?:export )?([A-Z_]+)=/g)].map(([, name]) => name!),
  ...[...line.matchAll(/\bfor ([A-Z]+) in/g)].map(([, name]) => name!),
];
/** Bash's own. */
const known = ["RANDOM"];

describe("the set-up in .github/README.md", () => {
  for (const [command, before, why] of needs)
    it(`runs ${command.source} once ${why}`, () => {
      const first = commands.findIndex((line) => command.test(line));
      const needed = commands.findIndex((line) => before.test(line));
      assert.ok(first >= 0, `no command ${command.source}`);
      assert.ok(needed >= 0 && needed < first, `expected ${before.source} before: ${commands[first]}`);
    });

  it("uses no name before it is set", () => {
    const there = new Set(known);
    for (const line of commands) {
      // A function's body is run where it is called.
      const isFunction = /^\w+\(\) \{/.test(line);
      for (const name of setBy(line)) there.add(name);
      if (isFunction) continue;
      for (const [, name = ""] of line.matchAll(/\$\{?([A-Z_]+)/g))
        assert.ok(there.has(name), `$${name} in: ${line}`);
    }
  });

  it("asks for each size that the configurations name", () => {
    const sizes = ["base-dev", "base-prod", "db-dev", "db-prod"].flatMap((stack) =>
      JSON.stringify(configFile(stack))
        .match(/Standard_\w+/g)!
        .filter((size) => !/_(LRS|ZRS)$/.test(size)),
    );
    const asked = commands.filter((line) => /list-skus/.test(line)).join();
    for (const size of new Set(sizes))
      assert.match(asked, new RegExp(`[(|_]${size.replace("Standard_", "")}[|)]`), size);
  });
});
