// The state file and its lock: nothing secret in clear, nothing half-written, one writer, and no dead holder.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResourceState } from "../model.ts";
import { secret } from "../values.ts";
import { CheckpointWriter } from "./checkpoint.ts";
import { openCrypt } from "./crypt.ts";
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
    const store = StackStore.lock(stateDir, "base-local");
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

  it("finds the newest of a resource, not the one that is only left to be deleted", () => {
    const store = StackStore.lock(stateDir, "base-local");
    const old = buildResource("a");
    store.put(old);
    const condemned = { ...old, condemned: true };
    store.put(condemned, old);
    assert.equal(store.find(old.urn), undefined);
    const renewed = buildResource("a", { id: "a-2" });
    store.put(renewed);
    assert.equal(store.find(old.urn), renewed);
    assert.deepEqual(store.resources, [condemned, renewed]);
    store.remove(condemned);
    assert.deepEqual(store.resources, [renewed]);
    store.close();
  });

  it("moves a record to another URN, with all that refer to it", () => {
    const [from, other] = [buildResource("a").urn, buildResource("other").urn];
    const to = buildResource("b").urn;
    const refer = (urn: string) => ({ parent: urn, provider: `${urn}::id`, dependencies: [other, urn], propertyDependencies: { of: [urn] } }); // prettier-ignore
    write(buildResource("a"), buildResource("c", refer(from)), buildResource("d", refer(other)));
    const store = StackStore.lock(stateDir, "base-local");
    store.rename(from, to);
    const moved = [buildResource("a", { urn: to }), buildResource("c", refer(to)), buildResource("d", refer(other))]; // prettier-ignore
    assert.deepEqual(store.resources, moved);
    store.close();
    assert.deepEqual(StackStore.read(stateDir, "base-local").resources, moved);
  });

  it("keeps the ciphertext of a secret that did not change", () => {
    write(buildResource("a"));
    const before = /"ciphertext":"[^"]+"/.exec(readFileSync(fileOf("base-local.json"), "utf8"))![0];
    write(buildResource("b"));
    assert.ok(readFileSync(fileOf("base-local.json"), "utf8").includes(before));
  });

  it("appends what has changed, and can be read after each change and after half a one", () => {
    const names = () => StackStore.read(stateDir, "base-local").resources.map(({ id }) => id);
    const [a, b, newB] = [buildResource("a"), buildResource("b"), buildResource("b", { id: "b-2" })];
    const store = StackStore.lock(stateDir, "base-local");
    store.put(a);
    const end = store.begin({ kind: "create", resource: b });
    assert.equal(StackStore.read(stateDir, "base-local").pending[0]?.resource.id, "b");
    store.put(b);
    end();
    store.put(newB, b);
    store.put(buildResource("c"));
    store.remove(a);
    assert.deepEqual(names(), ["b-2", "c"]);
    const lines = readFileSync(fileOf("base-local.json"), "utf8").split("\n");
    assert.equal(lines.length, 8);
    assert.doesNotMatch(lines.slice(1).join(), /Thing::a"/, "what is known is not written again");

    writeFileSync(fileOf("base-local.json"), lines.join("\n").slice(0, -10));
    assert.deepEqual(names(), ["a", "b-2", "c"]);
    store.close();
    assert.deepEqual(names(), ["b-2", "c"]);
    assert.match(readFileSync(fileOf("base-local.json"), "utf8"), /^[^\n]+\n$/);
  });

  it("is whole again after a disk that was full in the middle of a line", () => {
    const crypt = openCrypt(fileOf("key"));
    let full = false;
    const writer = new CheckpointWriter(fileOf("base-local.json"), crypt, (file, line) => {
      appendFileSync(file, full ? String(line).slice(0, 20) : line);
      if (full) throw new Error("ENOSPC: no space left on device, write");
    });
    const [a, b, c] = [buildResource("a"), buildResource("b"), buildResource("c")];
    writer.write({ resources: [a], pending: [] });
    full = true;
    assert.throws(
      () => writer.write({ resources: [a, b], pending: [] }),
      /base-local\.json could not be written \(ENOSPC.*\): make room, then run it again/,
    );
    full = false;
    writer.write({ resources: [a, b], pending: [] });
    writer.write({ resources: [a, b, c], pending: [] });
    assert.deepEqual(StackStore.read(stateDir, "base-local").resources, [a, b, c]);
  });

  const damages: [what: string, damage: (text: string) => string, problem: RegExp][] = [
    [
      "half a line in the middle",
      (text) => `${text.slice(0, 40)}\n${text}`,
      /line 1: expected a line of JSON/,
    ],
    ["no JSON at all", () => "PK\n", /line 1: expected a line of JSON/],
    ["an empty file", () => "", /line 1: expected a line of JSON/],
    [
      "a list of the wrong type",
      (text) => text.replace(/"resources":\[[\d,]*\]/, '"resources":"a"'),
      /line 1/,
    ],
    [
      "a record that is missing",
      (text) => text.replace(/"added":\{"\d+"/, '"added":{"77"'),
      /record \d+ is missing/,
    ],
  ];
  for (const [what, damage, problem] of damages) {
    it(`says with ${what} which file is damaged, and what to do`, () => {
      write(buildResource("a"));
      const file = fileOf("base-local.json");
      writeFileSync(file, damage(readFileSync(file, "utf8")));
      assert.throws(
        () => StackStore.read(stateDir, "base-local"),
        (error: Error) => {
          assert.match(
            error.message,
            /base-local\.json is damaged in line 1: .*To begin anew: npm run local/,
          );
          assert.match(error.message, problem);
          return true;
        },
      );
    });
  }

  it("is not read when another release has written it", () => {
    StackStore.read(stateDir, "base-local");
    writeFileSync(fileOf("base-local.json"), '{"version":1,"resources":[],"pending":[]}');
    const opening = () => StackStore.lock(stateDir, "base-local");
    assert.throws(
      opening,
      /base-local\.json has version 1, expected 3: .* npm run local -- down, then remove \S+store-\w+$/,
    );
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
    const store = StackStore.lock(stateDir, "base-local");
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
    const first = StackStore.lock(stateDir, "base-local");
    assert.throws(
      () => StackStore.lock(stateDir, "base-local"),
      new RegExp(`base-local is being changed by another process \\(PID ${process.pid}\\)`),
    );
    StackStore.lock(stateDir, "db-local").close();
    first.close();
    StackStore.lock(stateDir, "base-local").close();
  });

  it("takes over the lock of a process that is gone, also when its PID was given to another", () => {
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    StackStore.read(stateDir, "base-local");
    for (const holder of [
      { pid: dead, operation: "up" },
      { pid: process.pid, started: "1", operation: "up" },
    ]) {
      writeFileSync(fileOf("base-local.lock"), JSON.stringify(holder));
      StackStore.lock(stateDir, "base-local").close();
    }
    assert.deepEqual(readdirSync(join(stateDir, "stacks")), ["key"]);
  });
});
