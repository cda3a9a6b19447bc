// What a program may look at: outputs of this project's stacks, which are never changed or deleted for it.
import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { buildTrial, type Trial, type TrialProgram } from "./testing/trial.ts";
import { secret, unknown, type Properties } from "./values.ts";

describe("stack references", () => {
  let trial: Trial;
  beforeEach(() => (trial = buildTrial()));
  afterEach(() => trial.remove());

  /** What a program sees of the stack. */
  const seen =
    (name: string, take: (outputs: Properties) => void = () => undefined): TrialProgram =>
    async (build) =>
      take((await build.readStack(name)).outputs);
  const messages = () => trial.events.flatMap((event) => (event.type === "log" ? [event.message] : []));

  it("give the outputs, and the names of those that are secret, also in part", async () => {
    const outputs = { name: "aks", key: secret("k"), account: { user: "u", password: secret("p") } };
    await trial.run("up", () => Promise.resolve(outputs));
    let found: Properties = {};
    const { counts, ok } = await trial.run("up", seen("base-local", (all) => (found = all)), { stack: "db-local" }); // prettier-ignore
    assert.deepEqual([ok, counts], [true, { create: 1, read: 1 }]);
    assert.deepEqual(found, {
      ...{ name: "organization/trial/base-local", outputs },
      secretOutputNames: ["key", "account"],
    });
  });

  it("to the stack itself are empty until it has come up", async () => {
    let found: Properties = {};
    const program = seen("base-local", (all) => (found = all));
    assert.ok((await trial.run("up", async (build) => (await program(build), { a: 1 }))).ok);
    assert.deepEqual([found["outputs"], found["secretOutputNames"]], [{}, []]);
    await trial.run("preview", program);
    assert.deepEqual(found["outputs"], { a: 1 });
  });

  it("are nobody's: what is only read is neither changed nor deleted", async () => {
    await trial.run("up", () => Promise.resolve({ a: 1 }));
    await trial.run("up", seen("base-local"), { stack: "db-local" });
    assert.match(trial.stateText("db-local"), /"external":true/);
    const { ok, counts } = await trial.run("up", undefined, { stack: "db-local" });
    assert.deepEqual([ok, counts, trial.memory.calls], [true, { same: 1 }, []]);
    assert.match(trial.stateText(), /"a":1/);
  });

  it("are refused where they lead out of the project", async () => {
    const refused: [name: string, whole: string][] = [
      ["base-local/more", "organization/trial/base-local/more"],
      ["another/trial/base-local", "another/trial/base-local"],
      ["organization/other/base-local", "organization/other/base-local"],
      ["organization/trial/", "organization/trial/"],
    ];
    for (const [name, whole] of refused) {
      const { failures } = await trial.run("preview", seen(name));
      assert.match(
        failures.join(),
        new RegExp(`stack reference "${whole}": expected organization/trial/<stack>`),
      );
    }
  });

  it("to what is not deployed are unknown in a preview, with a warning", async () => {
    let found: Properties = {};
    const program = seen("base-local", (all) => (found = all));
    assert.ok((await trial.run("preview", program, { stack: "db-local" })).ok);
    assert.deepEqual([found["outputs"], found["secretOutputNames"]], [unknown, unknown]);
    assert.equal(messages().length, 1);
  });
});

describe("a run with very many resources", () => {
  it("works on so many of them at the same time, and on no more", async () => {
    const trial = buildTrial();
    const bound = Math.max(16, 4 * availableParallelism());
    let [together, most] = [0, 0];
    let release = (): void => undefined;
    const full = new Promise<void>((resolve) => (release = resolve));
    trial.memory.during = async () => {
      most = Math.max(most, ++together);
      if (together === bound) setTimeout(release, 100); // time enough for one more than that
      await full;
      together--;
    };
    const names = Array.from({ length: bound * 2 }, (_, index) => `thing-${index}`);
    const { ok, counts } = await trial.run("up", async (build) => {
      await Promise.all(names.map((name) => build.thing(name)));
    });
    trial.remove();
    assert.deepEqual([ok, counts.create, most], [true, names.length + 1, bound]);
  });
});
