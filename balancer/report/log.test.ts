import assert from "node:assert/strict";
import type { Outcome, Refusal } from "../model.ts";
import { emptyState } from "../model.ts";
import { buildSnapshot, buildWorkload, noon } from "../testing/builders.ts";
import { createEvent, evidenceText } from "./event.ts";
import { renderExplanation } from "./explanationText.ts";
import { type Logger, isOutOfScope, logOutcomes, logPlan } from "./log.ts";
import { buildStats } from "./stats.ts";

const workload = { kind: "StatefulSet", namespace: "demo", name: "db" };
const move: Outcome["move"] = {
  ...{ kind: "ToRegular", workload, uid: "u", generation: 1, source: "spot", destination: "regular" },
  ...{ placement: "regular", evictions: [], nodes: [], reason: "Busy", message: "it is busy", score: 0.5 },
  ...{ voluntary: false, evidence: { cpuUtilization: 0.5 } },
};
const refusal = (changes: Partial<Refusal> = {}): Refusal => ({
  ...{ workload, uid: "u", reason: "NotIdle", message: "it works", placement: "regular" },
  evidence: { samples: 3 },
  ...changes,
});
const where = { workload: "demo/db", workloadKind: "StatefulSet" };

describe("the log", () => {
  const lines: unknown[][] = [];
  const log = Object.fromEntries(["debug", "info", "warn", "error"].map((level) => [level, (fields: unknown, message: unknown) => lines.push([level, message, fields])])) as unknown as Logger; // prettier-ignore
  beforeEach(() => (lines.length = 0));

  it("has a line for each move and each refusal", () => {
    logPlan(log, { moves: [move], refusals: [refusal()], state: emptyState });
    assert.deepEqual(lines, [
      ["info", "it is busy", { decision: "move", kind: "ToRegular", ...where, reason: "Busy", source: "spot", destination: "regular", score: 0.5, voluntary: false, evidence: { cpuUtilization: 0.5 } }],
      ["info", "it works", { decision: "refusal", ...where, reason: "NotIdle", placement: "regular", evidence: { samples: 3 } }],
    ]); // prettier-ignore
  });

  it("is silent on what is never touched", () => {
    const reasons = ["NamespaceForbidden", "UnsupportedKind", "NotIdle"] as const;
    const refusals = reasons.map((reason) => refusal({ reason }));
    assert.deepEqual(refusals.map(isOutOfScope), [true, true, false]);
    logPlan(log, { moves: [], refusals, state: emptyState });
    assert.deepEqual(lines.map(([level]) => level), ["debug", "debug", "info"]); // prettier-ignore
  });

  it("has a line for what came of each, as loud as it is bad", () => {
    const outcome = (result: Outcome["result"]) => ({ move, result, reason: "Why", message: result, at: noon }) as Outcome; // prettier-ignore
    logOutcomes(log, [outcome("Done"), outcome("Skipped"), outcome("Failed")]);
    assert.deepEqual(lines.map(([level, message]) => [level, message]), [["info", "Done"], ["warn", "Skipped"], ["error", "Failed"]]); // prettier-ignore
    const line = { outcome: "Done", kind: "ToRegular", ...where, reason: "Why", moveReason: "Busy" };
    assert.deepEqual(lines[0]![2], line);
  });
});

describe("the numbers of a round", () => {
  it("count what was seen, decided and done", () => {
    const rest = { startedAt: "", durationMs: 1, dryRun: false, apiReads: 2, apiWrites: 3, promQueries: 4, newestSampleAgeSeconds: 5, warnings: ["w"] }; // prettier-ignore
    const workloads = [buildWorkload("a"), buildWorkload("b"), buildWorkload("c", { placement: "spot" })];
    const outcome = { move, result: "Failed", reason: "x", message: "", at: noon } as unknown as Outcome;
    const stats = buildStats(
      { moves: [move, move], refusals: [refusal(), refusal({ reason: "Cooldown" }), refusal()], state: emptyState },
      [outcome],
      buildSnapshot({ workloads, nodes: [], pods: [] }),
      rest,
    ); // prettier-ignore
    assert.deepEqual(stats, {
      ...rest,
      ...{ nodes: 0, pods: 0, workloads: 3, placements: { regular: 2, spot: 1 } },
      ...{ moves: { Busy: 2 }, refusals: { NotIdle: 2, Cooldown: 1 }, outcomes: { Failed: 1 } },
      asks: { create: [], remove: 0 },
    });
  });
});

describe("an Event", () => {
  it("is as long as the API takes it, and its name too", async () => {
    const sent: { path: string; body: { metadata: { name: string }; note: string; reportingInstance: string } }[] = []; // prettier-ignore
    const client = { send: (what: (typeof sent)[number]) => Promise.resolve(void sent.push(what)) } as never;
    const long = { ...workload, name: "n".repeat(253) };
    const content = { workload: long, uid: "u", action: "Refuse", reason: "r", type: "Normal", note: "x".repeat(2000) } as const; // prettier-ignore
    await createEvent(content, { client, instance: "i".repeat(200), now: noon }, 7);
    const { metadata, note, reportingInstance } = sent[0]!.body;
    assert.deepEqual([note.length, reportingInstance.length], [1024, 128]);
    assert.equal(metadata.name, `${"n".repeat(200)}.${noon.toString(36)}-7`);
  });

  it("tells numbers in three digits", () => {
    assert.equal(evidenceText({ a: 0.123456, b: 1234567, c: "word" }), "a 0.123, b 1230000, c word");
    assert.equal(evidenceText({}), "");
  });
});

describe("an explanation in a terminal", () => {
  const decision = { text: "stays", reason: "NotIdle", message: "it works", evidence: {} };
  const render = (changes: object, rest: object = {}) =>
    renderExplanation({ workload, decision: { ...decision, ...changes }, facts: {}, checks: [], ...rest }); // prettier-ignore

  it("is its decision, and no more where there is no more", () => {
    assert.equal(render({}), "demo/db (StatefulSet): stays, NotIdle\n  it works\n");
  });

  it("is all that led there, in order", () => {
    const facts = { workload: { tier: "low", longer: true, score: 0.12345 }, pods: { ready: 1 } };
    const asked = [{ check: "running" }, { check: "idle", reason: "NotIdle", message: "by \u001b[31m" }];
    const text = render(
      { score: 0, nodes: ["a", "b"], makesRoom: ["p"], split: { spot: 2, regular: 1 }, evidence: { samples: 3 } },
      { facts, checks: [{ group: "may it", asked }] },
    ); // prettier-ignore
    assert.equal(
      text,
      `demo/db (StatefulSet): stays, NotIdle
  it works
  saves 0 an hour, restarts counted in
  room on a, b
  after placeholders p are gone
  split: 2 on spot, 1 on regular
  samples 3

workload
  tier    low
  longer  true
  score   0.123

pods
  ready  1

checks, in the order in which they are asked
  may it?
    ✔ running
    ✘ idle: NotIdle, by \\u{1b}[31m
`,
    );
  });
});
