// The state file and its lock: nothing secret in clear, nothing half-written, one writer, and no dead holder.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResourceState } from "../model.ts";
import { secret } from "../values.ts";
import { StackStore } from "./store.ts";

const buildResource = (name: string, over: Partial<ResourceState> = {}): ResourceState => ({
  urn: `urn:pulumi:base-local::trial::memory:index:Thing::${name}`,
  type: "memory:index:Thing",
  custom: true,
  id: name,
  inputs: { password: secret("correct-horse-battery"), list: [{ pin: secret(12345) }] },
  outputs: { nothing: null },
  dependencies: [],
  propertyDependencies: {},
  ...over,
});

describe("stack state", () => {
  let stateDir: string;
  const fileOf = (name: string): string => join(stateDir, "stacks", name);
  beforeEach(() => (stateDir = mkdtempSync(join(tmpdir(), "store-"))));
  afterEach(() => rmSync(stateDir, { recursive: true }));

  function write(...resources: ResourceState[]): void {
    const store = StackStore.lock(stateDir, "base-local", "up");
    for (const resource of resources) store.put(resource);
    store.close();
  }

  it("comes back as it was, with secrets encrypted and files for the owner only", () => {
    write(buildResource("a"), buildResource("b"));
    assert.deepEqual(StackStore.read(stateDir, "base-local").resources, [
      buildResource("a"),
      buildResource("b"),
    ]);
    const text = readFileSync(fileOf("base-local.json"), "utf8");
    assert.doesNotMatch(text, /correct-horse|12345/);
    for (const file of readdirSync(join(stateDir, "stacks")))
      assert.equal(statSync(fileOf(file)).mode & 0o077, 0, file);
  });

  it("keeps the ciphertext of a secret that did not change", () => {
    write(buildResource("a"));
    const before = /"ciphertext":"[^"]+"/.exec(readFileSync(fileOf("base-local.json"), "utf8"))![0];
    write(buildResource("b"));
    assert.ok(readFileSync(fileOf("base-local.json"), "utf8").includes(before));
  });

  it("says when the key is another one", () => {
    write(buildResource("a"));
    writeFileSync(fileOf("key"), Buffer.alloc(32, 1).toString("base64"));
    assert.throws(
      () => StackStore.read(stateDir, "base-local"),
      /encrypted with another key than the one in .*key/,
    );
    writeFileSync(fileOf("key"), "c2hvcnQ=");
    assert.throws(
      () => StackStore.read(stateDir, "base-local"),
      /should hold a key of 32 bytes in base64, but holds 5/,
    );
  });

  it("leaves no file for an empty stack, and knows which stacks hold something", () => {
    write(buildResource("a"));
    assert.deepEqual(StackStore.deployed(stateDir), ["base-local"]);
    const store = StackStore.lock(stateDir, "base-local", "destroy");
    store.remove(store.resources[0]!);
    store.close();
    assert.ok(!existsSync(fileOf("base-local.json")));
    assert.deepEqual(StackStore.deployed(stateDir), []);
  });

  it("writes nothing when it was opened to read", () => {
    write(buildResource("a"));
    const before = readFileSync(fileOf("base-local.json"), "utf8");
    StackStore.read(stateDir, "base-local").put(buildResource("b"));
    assert.equal(readFileSync(fileOf("base-local.json"), "utf8"), before);
  });

  it("lets one writer in, and names it to the others", () => {
    const first = StackStore.lock(stateDir, "base-local", "up");
    assert.throws(
      () => StackStore.lock(stateDir, "base-local", "destroy"),
      new RegExp(`base-local is being changed by another process \\(up, PID ${process.pid}, since 20`),
    );
    StackStore.lock(stateDir, "db-local", "up").close();
    first.close();
    StackStore.lock(stateDir, "base-local", "destroy").close();
  });

  it("takes over the lock of a process that is gone, also when its PID was given to another", () => {
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    StackStore.read(stateDir, "base-local");
    for (const holder of [
      { pid: dead, operation: "up" },
      { pid: process.pid, started: "1", operation: "up" },
    ]) {
      writeFileSync(fileOf("base-local.lock"), JSON.stringify(holder));
      StackStore.lock(stateDir, "base-local", "up").close();
    }
    assert.deepEqual(readdirSync(join(stateDir, "stacks")), ["key"]);
  });
});
