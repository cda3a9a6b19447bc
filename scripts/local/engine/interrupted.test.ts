// What an interrupted or killed run leaves behind, and how the next one goes on from there.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildTrial, until, type Trial, type TrialProgram } from "./testing/trial.ts";
import { unknown, type Properties } from "./values.ts";

describe("an interrupted run of the embedded engine", () => {
  let trial: Trial;
  beforeEach(() => (trial = buildTrial()));
  afterEach(() => trial.remove());

  /** Two things, the second standing on the first. */
  const pair =
    (first: Properties = {}): TrialProgram =>
    async (build) => {
      const a = await build.thing("a", { value: 1, ...first });
      await build.thing("b", { of: a.id || unknown }, { dependencies: [a.urn], propertyDependencies: { of: [a.urn] } }); // prettier-ignore
    };
  const onlyA: TrialProgram = async (build) => void (await build.thing("a", { value: 1 }));
  const file = () => join(trial.stateDir, "stacks/base-local.json");

  /** Runs `program`, and leaves on disk what a SIGKILL in the middle of `call` would. */
  async function killedIn(call: string, program: TrialProgram | undefined): Promise<void> {
    let killed = "";
    trial.memory.during = (now) => {
      if (now === call) killed = trial.stateText();
    };
    await trial.run(program ? "up" : "destroy", program);
    trial.memory.during = () => undefined;
    assert.match(killed, new RegExp(`"pending":\\[\\d+\\],.*"kind":"${call.split(" ")[0]}".*\n$`));
    writeFileSync(file(), killed);
  }

  it("ends in order when it is interrupted, and goes on the next time", async () => {
    const stop = new AbortController();
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    trial.memory.during = async (call) => {
      if (call !== "create a") return;
      stop.abort();
      await slow;
    };
    const running = trial.run("up", pair(), { signal: stop.signal });
    await until(() => stop.signal.aborted, "the first creation");
    release();
    const { ok, interrupted } = await running;
    assert.ok(!ok && interrupted);
    assert.deepEqual(trial.memory.calls, ["create a"], "what was under way was finished and recorded");
    assert.deepEqual((await trial.run("up", pair())).counts, { same: 2, create: 1 });
  });

  it("repeats what a killed run was doing", async () => {
    let killed = "";
    trial.memory.during = (call) => {
      if (call === "create b") killed = trial.stateText(); // what a SIGKILL at this moment leaves on disk
    };
    await trial.run("up", pair());
    trial.memory.objects.delete("b-2");
    const file = join(trial.stateDir, "stacks/base-local.json");
    writeFileSync(file, killed);
    assert.match(killed, /"pending":\[\d+\],.*"kind":"create".*\n$/);
    assert.deepEqual((await trial.run("up", pair())).counts, { same: 2, create: 1 });
    assert.match(trial.stateText(), /"pending":\[\]/);
    assert.equal(trial.stateText().match(/\n/g)?.length, 1, "one line in the end");

    writeFileSync(file, killed + '{"version":3,"resources":[');
    assert.ok((await trial.run("destroy")).ok, "what may exist is found again, and deleted");
    assert.deepEqual(trial.memory.calls, ["create b", "delete b", "delete a"]);
  });

  it("repeats an update although nothing else has changed: nobody knows how far it came", async () => {
    await trial.run("up", pair());
    await killedIn("update a", pair({ value: 2 }));
    assert.deepEqual((await trial.run("preview", pair())).counts, { same: 2, update: 1 });
    assert.deepEqual((await trial.run("up", pair())).counts, { same: 2, update: 1 });
    assert.deepEqual(trial.memory.calls, ["update a"]);
    assert.equal(trial.memory.objects.get("a-1")?.["value"], 1);
    assert.match(trial.stateText(), /"pending":\[\]/);
    assert.deepEqual((await trial.run("up", pair())).counts, { same: 3 });
  });

  it("looks whether what it was deleting is still there, once it is wanted again", async () => {
    await trial.run("up", pair());
    await killedIn("delete b", onlyA);
    assert.deepEqual((await trial.run("up", pair())).counts, { refresh: 1, same: 2, create: 1 });
    assert.deepEqual(trial.memory.calls, ["create b"], "it was gone");

    const there = trial.memory.objects.get("b-3")!;
    await killedIn("delete b", onlyA);
    trial.memory.objects.set("b-3", there);
    assert.deepEqual((await trial.run("up", pair())).counts, { same: 3 });
    assert.deepEqual(trial.memory.calls, [], "it was there");
    assert.match(trial.stateText(), /"pending":\[\]/);
    assert.deepEqual((await trial.run("up", pair())).counts, { same: 3 });
  });

  it("deletes again what it was deleting, and is not wanted", async () => {
    await trial.run("up", pair());
    await killedIn("delete b", onlyA);
    assert.deepEqual((await trial.run("up", onlyA)).counts, { same: 2, delete: 1 });
    assert.deepEqual(trial.memory.calls, ["delete b"]);
    assert.match(trial.stateText(), /"pending":\[\]/);
    await killedIn("delete a", undefined);
    assert.ok((await trial.run("destroy")).ok);
    assert.deepEqual(trial.memory.calls, ["delete a"]);
    assert.throws(() => trial.stateText(), /ENOENT/);
  });

  it("deletes what it was creating in place of another, once that one is wanted again", async () => {
    await trial.run("up", onlyA);
    const there = trial.memory.objects.get("a-1")!;
    await killedIn("create a", async (build) => void (await build.thing("a", { value: 1, size: 2 })));
    trial.memory.objects.set("a-1", there);
    assert.deepEqual((await trial.run("up", onlyA)).counts, { same: 2 });
    assert.deepEqual([trial.memory.calls, trial.memory.objects.has("a-1")], [["create a", "delete a"], true]);
    assert.match(trial.stateText(), /"pending":\[\]/);
    assert.deepEqual((await trial.run("up", onlyA)).counts, { same: 2 });
  });

  it("finds what it was creating to delete it, once it is not wanted, and says when it cannot", async () => {
    await trial.run("up", onlyA);
    await killedIn("create b", pair());
    assert.deepEqual((await trial.run("preview", onlyA)).counts, { same: 2 });
    assert.deepEqual((await trial.run("up", onlyA)).counts, { same: 2, delete: 1 });
    assert.deepEqual(trial.memory.calls, ["create b", "delete b"]);
    await killedIn("create b", pair());
    trial.memory.during = (call) => {
      if (call === "create b") throw new Error("no room");
    };
    const { ok, counts } = await trial.run("up", onlyA);
    assert.deepEqual([ok, counts], [true, { same: 2 }]);
    const said = trial.events.flatMap((event) => (event.type === "log" ? [event] : []));
    assert.equal(said.length, 1);
    assert.match(
      said[0]!.message,
      /Thing::b was being created .*cannot be found again \(no room\).*delete it by hand/,
    );
    assert.equal(said[0]!.severity, "warning");
    assert.match(trial.stateText(), /"pending":\[\]/);
  });
});
