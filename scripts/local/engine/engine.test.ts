// The life of a stack: what is created, changed, replaced and deleted, in which order, and what a failure leaves behind.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { buildTrial, until, type Trial, type TrialProgram } from "./testing/trial.ts";
import { type Properties, secret, unknown } from "./values.ts";

describe("embedded engine", () => {
  let trial: Trial;
  beforeEach(() => (trial = buildTrial()));
  afterEach(() => trial.remove());

  /** Two things, the second standing on the first. */
  const pair =
    (first = {}, second = {}): TrialProgram =>
    async (build) => {
      const a = await build.thing("a", { value: 1, ...first });
      const b = await build.thing(
        "b",
        { of: a.id || unknown, ...second },
        { dependencies: [a.urn], propertyDependencies: { of: [a.urn] } },
      );
      return { token: b.outputs["token"]! };
    };

  it("creates, leaves alone, updates and deletes", async () => {
    assert.deepEqual((await trial.run("up", pair())).counts, { create: 3 });
    assert.deepEqual(trial.memory.calls, ["create a", "create b"]);

    assert.deepEqual((await trial.run("up", pair())).counts, { same: 3 });
    assert.deepEqual(trial.memory.calls, []);

    assert.deepEqual((await trial.run("up", pair({ value: 2 }))).counts, { same: 2, update: 1 });
    assert.deepEqual(trial.memory.calls, ["update a"]);

    const onlyA: TrialProgram = async (build) => void (await build.thing("a", { value: 2 }));
    assert.deepEqual((await trial.run("up", onlyA)).counts, { same: 2, delete: 1 });
    assert.deepEqual(trial.memory.calls, ["delete b"]);
  });

  it("previews without writing, with what only an update can know left unknown", async () => {
    const { counts, outputs } = await trial.run("preview", pair());
    assert.deepEqual(counts, { create: 3 });
    assert.equal(outputs["token"], unknown);
    assert.equal(trial.memory.objects.size, 0);
    assert.throws(() => trial.stateText(), /ENOENT/);

    await trial.run("up", pair());
    const before = trial.stateText();
    assert.deepEqual((await trial.run("preview", pair({ size: 2 }))).counts, {
      same: 1,
      replace: 1,
      update: 1,
    });
    assert.equal(trial.stateText(), before);
  });

  it("replaces by making the new one first, and deletes the old one last", async () => {
    await trial.run("up", pair({ size: 1 }));
    const { counts } = await trial.run("up", pair({ size: 2 }));
    assert.deepEqual(counts, { same: 1, replace: 1, update: 1 });
    assert.deepEqual(trial.memory.calls, ["create a", "update b", "delete a"]);
    assert.deepEqual([...trial.memory.objects.keys()].sort(), ["a-3", "b-2"]);
  });

  it("deletes first where it must, and takes along only dependents that cannot stay", async () => {
    const program =
      (fixed: number): TrialProgram =>
      async (build) => {
        const [a, still] = [await build.thing("a", { fixed }), await build.thing("still")];
        const on = { dependencies: [a.urn] };
        await build.thing(
          "goes",
          { size: a.id || unknown },
          { ...on, propertyDependencies: { size: [still.urn, a.urn] } }, // made of both
        );
        await build.thing(
          "stays",
          { value: a.id || unknown },
          { ...on, propertyDependencies: { value: [a.urn] } },
        );
      };
    await trial.run("up", program(1));
    await trial.run("up", program(2));
    assert.deepEqual(trial.memory.calls.slice(0, 3), ["delete goes", "delete a", "create a"]);
    assert.deepEqual(trial.memory.calls.slice(3).sort(), ["create goes", "update stays"]);
  });

  it("ignores changes of what ignoreChanges names", async () => {
    const program =
      (count: number, value: number): TrialProgram =>
      async (build) =>
        void (await build.thing("a", { count, value }, { ignoreChanges: ["count"] }));
    await trial.run("up", program(1, 1));
    assert.deepEqual((await trial.run("up", program(5, 1))).counts, { same: 2 });
    await trial.run("up", program(5, 2));
    assert.deepEqual(
      [...trial.memory.objects.values()].map(({ count, value }) => [count, value]),
      [[1, 2]],
    );
  });

  it("deletes in reverse order, independent ones at the same time", async () => {
    await trial.run("up", async (build) => {
      const a = await build.thing("a");
      const [b, c] = await Promise.all(
        ["b", "c"].map((name) => build.thing(name, {}, { dependencies: [a.urn] })),
      );
      await build.thing("d", {}, { dependencies: [b!.urn, c!.urn] });
    });
    let together = 0;
    let most = 0;
    trial.memory.during = async () => {
      most = Math.max(most, ++together);
      await new Promise((resolve) => setImmediate(resolve));
      together--;
    };
    const { ok } = await trial.run("destroy");
    assert.ok(ok);
    assert.equal(trial.memory.calls[0], "delete d");
    assert.deepEqual(trial.memory.calls.slice(1, 3).sort(), ["delete b", "delete c"]);
    assert.equal(trial.memory.calls[3], "delete a");
    assert.equal(most, 2);
    assert.throws(() => trial.stateText(), /ENOENT/, "an empty stack leaves no file");
  });

  it("keeps what a failed deletion stands on, and says so", async () => {
    await trial.run("up", pair());
    trial.memory.during = (call) => {
      if (call === "delete b") throw new Error("it is stuck");
    };
    const { ok, failures } = await trial.run("destroy");
    assert.ok(!ok);
    assert.match(failures.join(), /Thing::b: it is stuck/);
    assert.deepEqual([...trial.memory.objects.keys()], ["a-1", "b-2"]);
    trial.memory.during = () => undefined;
    assert.ok((await trial.run("destroy")).ok);
    assert.equal(trial.memory.objects.size, 0);
  });

  it("records the others when one fails: siblings finish, dependents are skipped, nothing is deleted", async () => {
    await trial.run("up", async (build) => void (await build.thing("leftover")));
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    trial.memory.during = async (call) => {
      if (call === "create sibling") await slow;
      if (call === "create broken") {
        setTimeout(release, 10);
        throw new Error("expected a quota of 2 cores, but 1 is left");
      }
    };
    const { ok, failures } = await trial.run("up", async (build) => {
      await Promise.all([
        build.thing("sibling"),
        build.thing("broken").then((broken) => build.thing("dependent", {}, { dependencies: [broken.urn] })),
      ]);
    });
    assert.ok(!ok);
    assert.equal(failures.length, 1);
    assert.match(failures[0]!, /memory:index:Thing::broken: expected a quota of 2 cores, but 1 is left/);
    assert.deepEqual(trial.memory.calls, ["create broken!", "create sibling"]);
    assert.match(trial.stateText(), /Thing::sibling/);
    assert.match(trial.stateText(), /Thing::leftover/);
    assert.doesNotMatch(trial.stateText(), /Thing::broken/);
  });

  it("reports every refused input at once, also of what comes after the first", async () => {
    const { failures } = await trial.run("preview", async (build) => {
      await Promise.all([
        build.thing("a", { bad: 1 }),
        build.thing("first").then(() => build.thing("b", { bad: 1 })),
      ]);
    });
    assert.equal(failures.length, 2);
    assert.match(failures[0]!, /Thing::a: refused by its provider:\n {2}- bad: expected nothing/);
  });

  it("records what exists but is not ready, and takes it up again", async () => {
    trial.memory.neverReady.add("a");
    const { failures } = await trial.run("up", pair());
    assert.match(failures.join(), /a is not ready/);
    assert.deepEqual([...trial.memory.objects.keys()], ["a-1"]);
    trial.memory.neverReady.clear();
    assert.ok((await trial.run("up", pair())).ok);
    assert.deepEqual(trial.memory.calls, ["update a", "create b"]);
    assert.deepEqual((await trial.run("up", pair())).counts, { same: 3 });
  });

  it("keeps made-up names in an update, and has new ones made for a replacement", async () => {
    const named = (more: Properties) => trial.run("up", async (build) => void (await build.thing("a", { named: true, ...more }))); // prettier-ignore
    const name = () => [...trial.memory.objects.values()].map((object) => object["name"]);
    await named({ value: 1 });
    await named({ value: 2 });
    assert.deepEqual(name(), ["name-1"]);
    await named({ value: 2, size: 9 });
    assert.deepEqual(name(), ["name-2"]);
  });

  it("refuses to delete or replace what is protected, by name", async () => {
    const program =
      (size: number): TrialProgram =>
      async (build) =>
        void (await build.thing("precious", { size }, { protect: true }));
    await trial.run("up", program(1));
    for (const attempt of [
      () => trial.run("destroy"),
      () => trial.run("up"),
      () => trial.run("up", program(2)),
    ]) {
      const { ok, failures } = await attempt();
      assert.ok(!ok);
      assert.match(
        failures.join(),
        /refusing to (delete|replace) what the program protects:\n {2}- .*Thing::precious/,
      );
    }
    assert.equal(trial.memory.objects.size, 1);
  });

  it("keeps protected resources and what they stand on, when asked to destroy the rest", async () => {
    await trial.run("up", async (build) => {
      const base = await build.thing("base");
      await build.thing("precious", {}, { dependencies: [base.urn], protect: true });
      await build.thing("other");
    });
    const { ok } = await trial.run("destroy", undefined, { excludeProtected: true });
    assert.ok(ok);
    assert.deepEqual(trial.memory.calls, ["delete other"]);
    const said = trial.events.flatMap((event) => (event.type === "log" ? [event.message] : []));
    assert.deepEqual(said, ["kept, because protected: precious; because those need it: base"]);
  });

  it("follows an alias to the new name, references included", async () => {
    let old = "";
    await trial.run("up", async (build) => {
      const a = await build.thing("a");
      old = a.urn;
      await build.thing("b", {}, { dependencies: [a.urn] });
    });
    const { counts } = await trial.run("up", async (build) => {
      const a = await build.thing("renamed", {}, { aliases: [old] });
      await build.thing("b", {}, { dependencies: [a.urn] });
    });
    assert.deepEqual(counts, { same: 3 });
    assert.ok(!trial.stateText().includes(old));
  });

  it("refuses two resources of one name", async () => {
    const { failures } = await trial.run("up", async (build) => {
      await build.thing("a");
      await build.thing("a");
    });
    assert.match(failures.join(), /Thing::a is registered twice/);
  });

  it("refuses types that it has no provider for, naming what it has", async () => {
    const { failures } = await trial.run(
      "preview",
      async (build) => void (await build.thing("bucket", {}, { type: "aws:s3:Bucket" })),
    );
    assert.match(failures.join(), /no provider for aws:s3:Bucket; it has memory/);
  });

  it("lists what others changed or removed, and puts it right", async () => {
    await trial.run("up", pair());
    trial.memory.objects.get("a-1")!["value"] = 7;
    trial.memory.objects.delete("b-2");

    const seen = await trial.run("preview", pair(), { refresh: true });
    assert.deepEqual(seen.counts, { refresh: 2, same: 1, update: 1, create: 1 });
    assert.deepEqual(trial.memory.calls, []);
    const put = await trial.run("up", pair(), { refresh: true });
    assert.deepEqual(put.counts, { refresh: 2, same: 1, update: 1, create: 1 });
    assert.deepEqual((await trial.run("preview", pair(), { refresh: true })).counts, { same: 3 });
  });

  it("changes nothing when it cannot look at what is there", async () => {
    await trial.run("up", pair());
    trial.memory.unreadable.add("a");
    for (const operation of ["up", "destroy"] as const) {
      const { ok, failures } = await trial.run(operation, pair({ value: 2 }), { refresh: true });
      assert.match(failures.join(), /Thing::a could not be read: nobody answers/);
      assert.deepEqual([ok, trial.memory.calls], [false, []]);
    }
  });

  it("never writes or prints a secret in clear", async () => {
    const password = "correct-horse-battery";
    const program: TrialProgram = async (build) => {
      const a = await build.thing(
        "a",
        { password: secret(password) },
        { additionalSecretOutputs: ["token"] },
      );
      return { password: a.outputs["password"]!, token: a.outputs["token"]! };
    };
    await trial.run("up", program);
    assert.equal(trial.memory.objects.get("a-1")!["password"], password, "the provider itself gets it");
    const seen = trial.stateText() + JSON.stringify(trial.events);
    assert.ok(!seen.includes(password) && !seen.includes("token-of-a-1"));
    assert.match(JSON.stringify(trial.events.at(-1)), /"password":"\[secret\]","token":"\[secret\]"/);
    assert.equal(statSync(join(trial.stateDir, "stacks/base-local.json")).mode & 0o777, 0o600);
    assert.deepEqual((await trial.run("up", program)).counts, { same: 2 });

    trial.memory.during = () => {
      throw new Error(`the password ${password} is too plain`);
    };
    const failed = await trial.run("destroy");
    assert.match(failed.failures.join(), /the password \[secret\] is too plain/);
    assert.ok(!JSON.stringify(trial.events).includes(password));
  });

  it("gives another stack's outputs, secret ones as secrets", async () => {
    const refused = await trial.run("up", async (build) => void (await build.readStack("base-local")), {
      stack: "deploy-local",
    });
    assert.match(
      refused.failures.join(),
      /base-local is not deployed yet: run `npm run local -- up base-local` first/,
    );

    const assumed = await trial.run("preview", async (build) => void (await build.readStack("base-local")), {
      stack: "deploy-local",
    });
    assert.ok(assumed.ok);
    const said = trial.events.flatMap((event) => (event.type === "log" ? [event.message] : []));
    assert.match(said.join(), /base-local is not deployed yet.*its outputs are unknown/);

    const account = secret({ user: "admin", password: "clusters" });
    await trial.run("up", () =>
      Promise.resolve({ name: "aks", kubeconfig: secret("clusters: []"), account }),
    );
    const { ok, outputs } = await trial.run(
      "up",
      async (build) => (await build.readStack("base-local")).outputs["outputs"] as never,
      { stack: "deploy-local" },
    );
    assert.ok(ok);
    assert.deepEqual(outputs, { name: "aks", kubeconfig: secret("clusters: []"), account });
    assert.ok(!trial.stateText("deploy-local").includes("clusters"));
    assert.ok((await trial.run("destroy", undefined, { stack: "deploy-local" })).ok);
    assert.ok(trial.stateText(), "the other stack is untouched");
  });

  it("refuses a second run on the same stack while the first one works", async () => {
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    let begun = false;
    trial.memory.during = () => {
      begun = true;
      return slow;
    };
    const first = trial.run("up", pair());
    await until(() => begun, "the first run");
    await assert.rejects(
      trial.run("up", pair()),
      /stack base-local is being changed by another process \(PID \d+\)/,
    );
    assert.ok((await trial.run("preview", pair())).ok, "looking is allowed");
    release();
    assert.ok((await first).ok);
    assert.ok((await trial.run("up", pair())).ok);
  });
});
