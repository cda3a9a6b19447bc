// What is made of Prometheus' samples, one number at a time; usage.test.ts asks a server instead.
import assert from "node:assert/strict";
import { UnreachableError } from "../failures.ts";
import type { Prometheus, Sample } from "../prometheus.ts";
import { buildNode, buildPods, buildPolicy, buildUsage, buildWorkload } from "../testing/builders.ts";
import { readNodeUsage } from "./nodeUsage.ts";
import { type UsageReport, attachUsage, readUsage, unlessOthers, usageQueries } from "./usage.ts";

const now = 1_000_000_000;
/** By Prometheus' clock, which is another one. */
const evaluatedAt = 500_000_000;
const at = (ageSeconds: number) => evaluatedAt / 1000 - ageSeconds;
const web = (value: number, labels: object = {}): Sample => ({ labels: { namespace: "demo", pod: "web", ...labels }, value }); // prettier-ignore
const policy = buildPolicy("{ idle: { maxSampleAgeMinutes: 5 } }");

const report = (pods: Record<string, object>, more: Partial<UsageReport> = {}): UsageReport => ({
  ...{ pods: new Map(Object.entries(pods)) as never, nodes: new Map(), containers: new Map() },
  ...more,
});

describe("usage by its samples", () => {
  type Answers = { [measure in keyof ReturnType<typeof usageQueries>]?: Sample[] };
  const whole: Answers = {
    cpu: [web(0.5)],
    memory: [web(7)],
    cpuOverWindow: [web(0.25)],
    samples: [web(30, { kind: "samples" }), web(2, { kind: "containers" })],
    sampledAt: [web(at(20))],
    network: [web(9)],
  };
  const read = (changes: Answers = {}, warnings: string[] = [], warned?: keyof Answers) => {
    const answers = { ...whole, ...changes };
    const names = new Map(Object.entries(usageQueries(policy)).map(([name, query]) => [query, name]));
    const prometheus: Prometheus = {
      url: "http://p",
      query: (query, each) => {
        const name = names.get(query) as keyof Answers;
        answers[name]?.forEach(each);
        return Promise.resolve({ evaluatedAt: name === "nodes" ? evaluatedAt + 1000 : evaluatedAt, warnings: !warned || warned === name ? warnings : [] });
      },
    } as Prometheus; // prettier-ignore
    return readUsage(prometheus, policy, () => now);
  };
  const usage = { cpu: 500, memory: 7, cpuOverWindow: 250, networkOverWindow: 9, samples: 30, sampledAt: now - 20_000 }; // prettier-ignore

  const cases: [what: string, changes: Answers, expected: object | undefined][] = [
    ["whole, in millicores", {}, usage],
    ["without a past: the present stands for it, of no samples", { cpuOverWindow: [] }, { ...usage, cpuOverWindow: 500, samples: 0 }],
    ["without a count of samples", { samples: [] }, { ...usage, samples: 0 }],
    ["without traffic", { network: [] }, { ...usage, networkOverWindow: undefined }],
    ["of nothing, which is not none", { cpu: [web(0)], memory: [web(0)] }, { ...usage, cpu: 0, memory: 0 }],
    ["not older than now, by a clock that is ahead", { sampledAt: [web(at(-30))] }, { ...usage, sampledAt: now }],
    ["none without a rate", { cpu: [] }, undefined],
    ["none without memory", { memory: [] }, undefined],
    ["none without a time", { sampledAt: [] }, undefined],
    ["none of a rate below zero", { cpu: [web(-1)] }, undefined],
    ["none of a rate that is no number", { cpu: [web(Number.NaN)] }, undefined],
  ]; // prettier-ignore
  for (const [what, changes, expected] of cases)
    it(`is ${what}`, async () => assert.deepEqual((await read(changes)).pods.get("demo/web"), expected));

  it("is kept apart by namespace and by pod", async () => {
    const cpu = [web(1), web(2, { pod: "db" }), web(3, { namespace: "other" })];
    const same = (value: number) => cpu.map(({ labels }) => ({ labels, value }));
    const { pods } = await read({ cpu: [web(0, { pod: "unmeasured" }), ...cpu], memory: same(7), sampledAt: same(at(1)) }); // prettier-ignore
    assert.deepEqual([...pods].map(([key, { cpu }]) => [key, cpu]), [["demo/web", 1000], ["demo/db", 2000], ["other/web", 3000]]); // prettier-ignore
  });

  it("is of so many containers, where it is more than one", async () => {
    const count = async (value: number) => [...(await read({ samples: [web(value, { kind: "containers" })] })).containers]; // prettier-ignore
    assert.deepEqual([await count(1), await count(2)], [[], [["demo/web", 2]]]);
  });

  it("is as old as the newest of all", async () => {
    const sampledAt = [web(at(400)), web(at(20), { pod: "db" }), web(at(100), { pod: "c" })];
    const same = sampledAt.map(({ labels }) => ({ labels, value: 1 }));
    const { newestSampleAgeMs, problem } = await read({ cpu: same, memory: same, sampledAt });
    assert.deepEqual([newestSampleAgeMs, problem], [20_000, undefined]);
  });

  for (const [age, isStale] of [
    [299, false],
    [300, false],
    [301, true],
  ] as const)
    // prettier-ignore
    it(`${isStale ? "is not" : "is"} believed at ${age} s, of 5 min`, async () => {
      const { problem = "" } = await read({ sampledAt: [web(at(age))] });
      assert.equal(/^The newest sample in Prometheus at http:\/\/p is 301 s old, .* above 300 s/.test(problem), isStale); // prettier-ignore
    });

  it("that is stale says so before it says that it is not complete", async () => {
    assert.match((await read({ sampledAt: [web(at(900))] }, ["partial"])).problem ?? "", /is 900 s old/);
    assert.match((await read({}, ["a", "b"])).problem ?? "", /not complete: a$/);
    assert.match((await read({}, ["a"], "nodes")).problem ?? "", /not complete: a$/, "whatever was asked");
    assert.match((await read({}, ["a".repeat(300)])).problem ?? "", /not complete: a{200}$/);
  });

  it("is none of a Prometheus that cannot be asked, and ends the round where we cannot ask", async () => {
    const asked = (error: Error) => readUsage({ query: () => Promise.reject(error) } as unknown as Prometheus, policy, () => now); // prettier-ignore
    assert.deepEqual(await asked(new UnreachableError("no")), report({}, { problem: "no" }));
    await assert.rejects(asked(new Error("ended")), /^Error: ended$/);
  });

  it("of nodes goes by the time that their query was made for", async () => {
    const node = (kind: string, value: number): Sample => ({ labels: { node: "n", kind }, value });
    const nodes = [node("cpu", 1), node("memory", 2), node("sampledAt", at(20))];
    assert.equal((await read({ nodes })).nodes.get("n")?.sampledAt, now - 21_000);
  });
});

describe("usage of nodes by its samples", () => {
  const node = (kind: string, value: number, name = "n"): Sample => ({ labels: { node: name, kind }, value });
  const all = [node("cpu", 1.5), node("memory", 7), node("sampledAt", at(20))];
  const usage = { cpu: 1500, memory: 7, sampledAt: now - 20_000 };
  const cases: [what: string, samples: Sample[], expected: object | undefined][] = [
    ["whole, in millicores", all, usage],
    ["of nothing, which is not none", [node("cpu", 0), node("memory", 0), all[2]!], { ...usage, cpu: 0, memory: 0 }],
    ["not older than now, by a clock that is ahead", [...all.slice(0, 2), node("sampledAt", at(-30))], { ...usage, sampledAt: now }],
    ["none without CPU", [all[1]!, all[2]!], undefined],
    ["none without memory", [all[0]!, all[2]!], undefined],
    ["none without a time", [all[0]!, all[1]!], undefined],
    ["none of what cannot be", [node("cpu", -1), all[1]!, all[2]!], undefined],
    ["none of what is no number", [node("cpu", Infinity), all[1]!, all[2]!], undefined],
    ["not of other kinds", [...all, node("disk", 9)], usage],
    ["not of other nodes", [...all, node("cpu", 9, "m"), node("cpu", 9, "")], usage],
  ]; // prettier-ignore
  for (const [what, samples, expected] of cases)
    it(`is ${what}`, () => {
      const found = readNodeUsage(samples, evaluatedAt, now);
      assert.deepEqual([...found], expected ? [["n", expected]] : []);
    });

  it("is that of each node by itself", () => {
    const whole = (name: string) => [node("cpu", 1, name), node("memory", 2, name), node("sampledAt", at(20), name)]; // prettier-ignore
    const found = readNodeUsage([node("cpu", 1, "half"), ...whole("a"), ...whole("b")], evaluatedAt, now);
    assert.deepEqual([...found.keys()], ["a", "b"]);
  });
});

describe("usage, handed out", () => {
  const observed = (changes: object = {}) => ({
    pod: { ...buildPods(buildWorkload("web"), ["n"], { usage: undefined })[0]!, name: "web" },
    ...{ claimNames: [], drivers: [], containers: 1, hostNetwork: false },
    ...changes,
  });
  const measured = buildUsage({ networkOverWindow: 5 });
  const unmeasured = buildUsage({ networkOverWindow: undefined });
  const cases: [what: string, usage: UsageReport, changes: object, expected: object | undefined][] = [
    ["is the pod's own", report({ "demo/web": measured, "other/web": unmeasured }), {}, measured],
    ["is none of a pod that nobody measures", report({ "other/web": measured }), {}, undefined],
    ["is none where a container is missing", report({ "demo/web": measured }), { containers: 2 }, undefined],
    ["is none where one of three is", report({ "demo/web": measured }, { containers: new Map([["demo/web", 2]]) }), { containers: 3 }, undefined],
    ["is whole where all are there", report({ "demo/web": measured }, { containers: new Map([["demo/web", 2]]) }), { containers: 2 }, measured],
    ["is whole where there are more: a debugger's", report({ "demo/web": measured }, { containers: new Map([["demo/web", 3]]) }), { containers: 2 }, measured],
    ["has no traffic on its node's network", report({ "demo/web": measured }), { hostNetwork: true }, { ...measured, networkOverWindow: undefined }],
    ["does not know its traffic where others' is known", report({ a: measured, "demo/web": unmeasured, b: unmeasured }), {}, { ...unmeasured, networkUnknown: true }],
    ["has no traffic where nobody's is known", report({ a: unmeasured, "demo/web": unmeasured }), {}, unmeasured],
  ]; // prettier-ignore
  for (const [what, usage, changes, expected] of cases)
    it(`to a pod ${what}`, () => {
      const one = observed(changes);
      attachUsage([], [one], usage);
      assert.deepEqual(one.pod.usage, expected);
    });

  it("to a node is its own", () => {
    const nodes = [buildNode("regular", "n"), buildNode("regular", "m")];
    const usage = { cpu: 1, memory: 2, sampledAt: 3 };
    attachUsage(nodes, [], report({}, { nodes: new Map([["m", usage]]) }));
    assert.deepEqual(nodes.map(({ usage }) => usage), [undefined, usage]); // prettier-ignore
  });

  it("is none where no node could give so much: a counter seemed to begin anew (thanos-io/thanos#7623)", () => {
    const node = buildNode("regular", "n", { allocatable: { cpu: 2000, memory: 1000, pods: 9 } });
    const on = (usage: object, nodeName = "n") => {
      const one = observed({ pod: { ...observed().pod, nodeName } });
      attachUsage([node], [one], report({ "demo/web": { ...measured, memory: 7, ...usage } }));
      return one.pod.usage !== undefined;
    };
    assert.deepEqual([on({ cpu: 8000 }), on({ cpu: 8001 }), on({ memory: 4000 }), on({ memory: 4001 })], [true, false, true, false]);
    assert.equal(on({ cpu: 790_000 }, "gone"), true, "of a node that is gone nobody knows");
    const both = ["odd", "web"].map((name) => observed({ pod: { ...observed().pod, name } }));
    attachUsage([node], both, report({ "demo/odd": { ...measured, cpu: 8001 }, "demo/web": { ...measured, memory: 7 } }));
    assert.deepEqual(both.map(({ pod }) => pod.usage !== undefined), [false, true]);
    const ofNode = (cpu: number) => new Map([["n", { cpu, memory: 2, sampledAt: 3 }]]);
    attachUsage([node], [], report({}, { nodes: ofNode(500_000) }));
    assert.equal(node.usage, undefined);
  }); // prettier-ignore

  it("is another cluster's, where none of many pods is in this one", () => {
    const look = (usage: UsageReport, ...pods: object[]) => {
      const { problem, ...rest } = unlessOthers(usage, pods as never, { url: "http://p" } as Prometheus);
      const { problem: _, ...seen } = usage;
      assert.deepEqual(rest, seen, "told all the same");
      return problem;
    };
    const elsewhere = observed({ pod: { ...observed().pod, namespace: "other" } });
    const [ours, theirs] = [report({ "demo/web": measured }), report({ "x/y": measured, "x/z": measured })];
    assert.match(look(theirs, observed()) ?? "", /http:\/\/p has usage of 2 pods, x\/y for instance/);
    assert.match(look(ours, elsewhere) ?? "", /has usage of 1 pods/);
    assert.equal(look(ours, elsewhere, observed()), undefined, "one of them is enough");
    assert.equal(look(theirs), undefined, "of a cluster without pods nothing is to be said");
    assert.equal(look(report({}), observed()), undefined);
    assert.equal(look({ ...theirs, problem: "stale" }, observed()), "stale");
  });
});
