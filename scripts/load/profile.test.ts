import assert from "node:assert/strict";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../../balancer/failures.ts";
import { lasting, parseProfile, profileNames, readProfile } from "./profile.ts";

const phase = { name: "one", users: 1, everySeconds: [1, 1], durationSeconds: 1, requests: [{ get: "/" }] };

/** JSON is YAML. */
const profileText = (changes: object = {}) =>
  JSON.stringify({ description: "a test", phases: [{ ...phase, ...changes }] });

describe("load profiles", () => {
  it("of this project are those that are promised", () => {
    assert.deepEqual(profileNames, ["extreme", "two-phase", "ultra"]);
    const facts = profileNames.flatMap((name) =>
      readProfile(name).phases.map(({ users, everySeconds, durationSeconds }) => {
        const [least, most] = everySeconds;
        return `${name}: ${users} users, each ${least}–${most} s, ${durationSeconds} s`;
      }),
    );
    assert.deepEqual(facts, [
      "extreme: 450 users, each 1–2 s, 300 s",
      "two-phase: 300 users, each 1–2 s, 180 s",
      "two-phase: 150 users, each 1–4 s, 180 s",
      "ultra: 450 users, each 1–2 s, 60 s",
      "ultra: 1500 users, each 1–2 s, 180 s",
      "ultra: 450 users, each 1–2 s, 60 s",
    ]);
  });

  it("two-phase keeps about 2,000 records", () => {
    const { users, everySeconds, durationSeconds, requests } = readProfile("two-phase").phases[0]!;
    const all = (users * durationSeconds * 2) / (everySeconds[0] + everySeconds[1]);
    const weights = requests.reduce((sum, { weight }) => sum + weight, 0);
    const kept = requests.filter(({ record }) => record).reduce((sum, { weight }) => sum + weight, 0);
    assert.equal((all * kept) / weights, 2000);
  });

  const record = { post: "/", body: "record" };
  const wrong: [name: string, changes: object, said: RegExp][] = [
    ["an unknown key", { colour: "red" }, /phases\.0: .*colour/],
    [
      "gaps in the wrong order",
      { everySeconds: [2, 1] },
      /phases\.0\.everySeconds: expected \[least, most\]/,
    ],
    ["no users", { users: 0 }, /phases\.0\.users/],
    [
      "a request that is two",
      { requests: [{ get: "/", ...record }] },
      /requests\.0: expected either get or post/,
    ],
    ["a post without a body", { requests: [{ post: "/" }] }, /post needs a body/],
    ["a path that is none", { requests: [{ get: "api" }] }, /a path such as/],
    ["records beside others", { requests: [{ get: "/" }, record] }, /ends with the records/],
  ];
  for (const [name, changes, said] of wrong) {
    it(`are refused for ${name}`, () => assert.throws(() => parseProfile(profileText(changes)), said));
  }

  it("may be a file, and problems name it", () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), "load-"));
    const file = join(folder.path, "mine.yaml");
    writeFileSync(file, profileText());
    assert.equal(readProfile(file).phases[0]!.timeoutSeconds, 10);
    writeFileSync(file, profileText({ users: "3" }));
    const isNamed = (error: unknown) => error instanceof InputError && error.message.startsWith(file);
    assert.throws(() => readProfile(file), isNamed);
    assert.throws(() => readProfile("extremely"), /extreme, two-phase, ultra.* got extremely/);
  });

  it("come up in the same part of a shorter time", () => {
    const short = lasting(readProfile("extreme"), 30).phases[0]!;
    assert.deepEqual([short.durationSeconds, short.rampSeconds], [30, 3]);
    assert.equal(lasting(readProfile("extreme"), 900).phases[0]!.rampSeconds, 30);
  });
});
