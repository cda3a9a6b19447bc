import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect } from "../kube/client.ts";
import { type Outcome, type Plan, type Refusal, emptyState, workloadKey } from "../model.ts";
import type { ToldEvents } from "../state/schema.ts";
import { type FakeApiServer, startApiServer } from "../testing/apiServer.ts";
import { tellEvents } from "./events.ts";
import { createLog } from "./log.ts";

const noon = Date.UTC(2026, 10, 21, 12);
const minute = 60_000;
const workload = { kind: "Deployment", namespace: "demo", name: "busy-demo" };

const buildRefusal = (changes: Partial<Refusal> = {}): Refusal => ({
  ...{
    workload,
    uid: "uid-busy",
    reason: "NotIdle",
    message: "uses more than a tenth",
    placement: "regular",
  },
  evidence: { cpuUtilization: 0.45678, enterThreshold: 0.1 },
  ...changes,
});
const buildPlan = (...refusals: Refusal[]): Plan => ({ moves: [], refusals, state: emptyState });

describe("Events", () => {
  let server: FakeApiServer;
  const bodies = () => server.writes().map(({ body }) => body as Record<string, unknown>);

  function tell(plan: Plan, told: ToldEvents = {}, now = noon, outcomes: Outcome[] = []) {
    const client = connect(server.kubeconfig(), { signal: new AbortController().signal, backoffMs: 1 });
    return tellEvents(plan, outcomes, told, {
      client,
      log: createLog("silent"),
      instance: "pod-1",
      now,
    });
  }

  beforeEach(async () => {
    server = await startApiServer();
  });
  afterEach(() => server.stop());

  it("tell a refusal on the workload, with its evidence", async () => {
    await tell(buildPlan(buildRefusal()));
    const { path, query } = server.writes()[0]!;
    assert.equal(path, "/apis/events.k8s.io/v1/namespaces/demo/events");
    assert.equal(query.get("fieldManager"), "spot-balancer");
    const { metadata, ...event } = bodies()[0]!;
    assert.match((metadata as { name: string }).name, /^busy-demo\.[0-9a-f]{10}$/);
    assert.deepEqual(event, {
      ...{ apiVersion: "events.k8s.io/v1", kind: "Event", eventTime: "2026-11-21T12:00:00.000000Z" },
      ...{ reportingController: "spot-balancer", reportingInstance: "pod-1" },
      ...{ action: "Refuse", reason: "NotIdle", type: "Normal" },
      note: "uses more than a tenth (cpuUtilization 0.457, enterThreshold 0.1)",
      regarding: { apiVersion: "apps/v1", ...workload, uid: "uid-busy" },
    });
  });

  it("have no character that moves a cursor or turns reading around", async () => {
    await tell(buildPlan(buildRefusal({ message: "by \u001b[31m\u202eadmin", evidence: {} })));
    assert.equal(bodies()[0]!["note"], "by \\u{1b}[31m\\u{202e}admin");
  });

  it("tell the same refusal once an hour only, as a series", async () => {
    let told = await tell(buildPlan(buildRefusal()));
    told = await tell(buildPlan(buildRefusal()), told, noon + minute);
    told = await tell(buildPlan(buildRefusal()), told, noon + 59 * minute);
    assert.equal(server.writes().length, 1);
    await tell(buildPlan(buildRefusal()), told, noon + 61 * minute);
    assert.deepEqual(
      server.writes().map(({ method }) => method),
      ["POST", "POST", "PATCH"],
    );
    // The API refuses a change of anything else, the note included.
    const series = { count: 2, lastObservedTime: "2026-11-21T13:01:00.000000Z" };
    assert.deepEqual(bodies()[2], { series });
  });

  it("tell it again when the hour is full, and not a moment before", async () => {
    const told = await tell(buildPlan(buildRefusal()));
    await tell(buildPlan(buildRefusal()), told, noon + 60 * minute - 1);
    assert.equal(server.writes().length, 1);
    await tell(buildPlan(buildRefusal()), told, noon + 60 * minute);
    assert.equal(server.writes().length, 3);
  });

  it("are a series from the second on, though what was told before is forgotten", async () => {
    await tell(buildPlan(buildRefusal()));
    await tell(buildPlan(buildRefusal()), {}, noon + minute);
    assert.equal((bodies()[2]!["series"] as { count: number }).count, 2, "the API wants two at least");
  });

  it("tell at once when the reason changes, and forget what is no more", async () => {
    const told = await tell(buildPlan(buildRefusal()));
    const later = await tell(buildPlan(buildRefusal({ reason: "Cooldown" })), told, noon + minute);
    assert.deepEqual(bodies().map(({ reason }) => reason), ["NotIdle", "Cooldown"]); // prettier-ignore
    assert.deepEqual(Object.values(later).map(({ count }) => count), [1]); // prettier-ignore
    assert.deepEqual(await tell(buildPlan(), later), {});
  });

  it("are at most 50 refusals a round; the others follow", async () => {
    const many = Array.from({ length: 70 }, (_, index) => {
      return buildRefusal({ workload: { ...workload, name: `w${index}` } });
    });
    const told = await tell(buildPlan(...many));
    assert.equal(server.writes().length, 50);
    await tell(buildPlan(...many), told, noon + minute);
    assert.equal(new Set(bodies().map(({ regarding }) => JSON.stringify(regarding))).size, 70);
  });

  it("are not told anew because others had no turn", async () => {
    const old = buildRefusal();
    const told = await tell(buildPlan(old));
    const many = Array.from({ length: 51 }, (_, index) => buildRefusal({ workload: { ...workload, name: `w${index}` } })); // prettier-ignore
    const after = await tell(buildPlan(...many, old), told, noon + minute);
    const [key] = Object.keys(told);
    assert.deepEqual(after[key!], told[key!]);
    assert.equal(Object.keys(after).length, 51);
  });

  it("are of a Deployment, or of a StatefulSet of the same name", async () => {
    const both = ["Deployment", "StatefulSet"].map((kind) =>
      buildRefusal({ workload: { ...workload, kind } }),
    );
    await tell(buildPlan(...both));
    const names = bodies().map(({ metadata }) => (metadata as { name: string }).name);
    assert.equal(new Set(names).size, 2);
  });

  it("are remembered of 5000 workloads at most", async () => {
    const many = Array.from({ length: 5001 }, (_, i) => buildRefusal({ workload: { ...workload, name: `w${i}` } })); // prettier-ignore
    const keyOf = (refusal: Refusal) =>
      createHash("sha256").update(workloadKey(refusal.workload)).digest("base64url").slice(0, 10);
    const told = Object.fromEntries(many.map((each) => [keyOf(each), { reason: "NotIdle", at: noon, count: 1 }])); // prettier-ignore
    const remembered = async (count: number) =>
      Object.keys(await tell(buildPlan(...many.slice(0, count)), told)).length;
    assert.deepEqual([await remembered(5000), await remembered(5001)], [5000, 5000]);
    assert.deepEqual(server.requests, []);
  });

  it("do not tell of what the balancer never touches: it has no right to write there", async () => {
    await tell(
      buildPlan(buildRefusal({ reason: "NamespaceForbidden" }), buildRefusal({ reason: "UnsupportedKind" })),
    );
    assert.deepEqual(server.requests, []);
  });

  it("tell every move, done or not, each as an Event of its own", async () => {
    const move: Outcome["move"] = {
      ...{
        kind: "ToSpot",
        workload,
        uid: "uid-busy",
        generation: 1,
        source: "regular",
        destination: "spot",
      },
      ...{
        placement: "spot",
        evictions: [],
        nodes: [],
        reason: "Idle",
        message: "idle for 30 minutes",
        score: 1,
      },
      ...{ voluntary: true, evidence: { cpuUtilization: 0.01 } },
    };
    const done: Outcome = { move, result: "Done", reason: "Applied", message: "placed on spot", at: noon };
    const failed: Outcome = {
      move,
      result: "Skipped",
      reason: "ForeignOwner",
      message: "helm has it",
      at: noon + 1,
    };
    await tell(buildPlan(), {}, noon, [done, failed]);
    assert.deepEqual(
      bodies().map(({ action, reason, type, note }) => [action, reason, type, note]),
      [
        ["MoveToSpot", "Idle", "Normal", "regular → spot: idle for 30 minutes (cpuUtilization 0.01)"],
        ["MoveToSpot", "ForeignOwner", "Warning", "not moved from regular to spot (Idle): helm has it"],
      ],
    );
    assert.equal(new Set(bodies().map(({ metadata }) => (metadata as { name: string }).name)).size, 2);
    for (const { regarding } of bodies()) assert.equal((regarding as { uid: string }).uid, "uid-busy");
  });

  it("never stop a round", async () => {
    server.fail({ path: /events/, fault: { status: 403, file: "kubernetes-403-rbac.json" }, times: 99 });
    await tell(buildPlan(buildRefusal()));
    assert.equal(server.writes().length, 1);
  });
});
