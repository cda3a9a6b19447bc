import assert from "node:assert/strict";
import { act, actDry } from "./act.ts";
import { type KubeClient, connect } from "./kube/client.ts";
import { type Move, type Outcome, type PodRef, emptyState } from "./model.ts";
import { addObject, buildApiDeployment, buildApiPod } from "./testing/apiObjects.ts";
import { type ApiObject, type FakeApiServer, startApiServer } from "./testing/apiServer.ts";
import { buildPolicy } from "./testing/builders.ts";

const now = Date.UTC(2026, 10, 21, 12);

function buildMove(changes: Partial<Move> = {}): Move {
  return {
    kind: "ToSpot",
    workload: { kind: "Deployment", namespace: "demo", name: "nginx-demo" },
    uid: "uid-nginx-demo",
    resourceVersion: "1",
    ...{ source: "regular", destination: "spot", placement: "spot", evictions: [], nodes: ["spot-1"] },
    ...{ reason: "Idle", message: "idle", score: 0.5, voluntary: true, evidence: {} },
    memory: {
      lastMovedAt: now,
      lastMove: "ToSpot",
      lastReason: "Idle",
      recentMoves: [now],
      failedReturns: 0,
    },
    ...changes,
  };
}

describe("acting", () => {
  let server: FakeApiServer;
  let client: KubeClient;
  let live: ApiObject;
  let stop: AbortController;
  let leaseHeld: boolean;

  const run = (...moves: Move[]) =>
    act(
      { moves, refusals: [], state: emptyState },
      {
        client,
        policy: buildPolicy(),
        generations: new Map([["Deployment/demo/nginx-demo", 1]]),
        isLeaseHeld: () => Promise.resolve(leaseHeld),
        stop: stop.signal,
      },
    );
  async function runOne(move = buildMove()): Promise<Outcome> {
    const [outcome] = await run(move);
    return outcome!;
  }
  const short = ({ result, reason }: Outcome) => `${result} ${reason}`;

  beforeEach(async () => {
    server = await startApiServer();
    client = connect(server.kubeconfig(), {
      signal: new AbortController().signal,
      backoffMs: 1,
      timeoutMs: 300,
    });
    live = buildApiDeployment("nginx-demo") as unknown as ApiObject;
    addObject(server, "apps/v1/deployments", live);
    stop = new AbortController();
    leaseHeld = true;
  });
  afterEach(() => server.stop());

  it("applies toleration, preferred affinity and memory at once, as their owner", async () => {
    const version = live.metadata.resourceVersion;
    assert.equal(short(await runOne()), "Done Applied");
    const [write, ...rest] = server.writes();
    assert.deepEqual(rest, []);
    assert.equal(write!.headers["content-type"], "application/apply-patch+yaml");
    assert.equal(write!.query.get("fieldManager"), "spot-balancer");
    assert.equal(write!.query.get("force"), null);
    const { metadata, spec } = write!.body as { metadata: Record<string, unknown>; spec: unknown };
    assert.deepEqual([metadata["uid"], metadata["resourceVersion"]], ["uid-nginx-demo", version]);
    assert.match(
      JSON.stringify(metadata["annotations"]),
      /spot-balancer\/last-moved-at":"2026-11-21T12:00:00.000Z/,
    );
    const key = "kubernetes.azure.com/scalesetpriority";
    const preference = { matchExpressions: [{ key, operator: "In", values: ["spot"] }] };
    assert.deepEqual(spec, {
      template: {
        metadata: { annotations: { "spot-balancer/placed-at": "2026-11-21T12:00:00.000Z" } },
        spec: {
          tolerations: [{ key, operator: "Equal", value: "spot", effect: "NoSchedule" }],
          affinity: {
            nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference }] },
          },
        },
      },
    });
  });

  it("evicts placeholders that are in the way, and moves only once they are gone", async () => {
    const room = buildApiPod("room", "spot-1") as unknown as ApiObject;
    addObject(server, "pods", room);
    const ref = (uid: string): PodRef => ({
      ...{ namespace: "demo", name: "room-1", uid, resourceVersion: "1", nodeName: "spot-1" },
    });
    assert.equal(
      short(await runOne(buildMove({ makesRoom: [ref(String(room.metadata.uid))] }))),
      "Done Applied",
    );
    const written = server
      .writes()
      .map(({ method, path }) => `${method} ${path.split("/").slice(-2).join("/")}`);
    assert.deepEqual(written, ["POST room-1/eviction", "PATCH deployments/nginx-demo"]);
  });

  it("adds the constraint that splits a workload, over its own selector and only its new pods", async () => {
    const split = { topologyKey: "priority", maxSkew: 2, regular: 1, spot: 2 };
    assert.equal(short(await runOne(buildMove({ split }))), "Done Applied");
    const { spec } = server.writes()[0]!.body as {
      spec: { template: { spec: Record<string, unknown> } };
    };
    assert.deepEqual(spec.template.spec["topologySpreadConstraints"], [
      {
        ...{ topologyKey: "priority", maxSkew: 2, whenUnsatisfiable: "DoNotSchedule" },
        ...{ nodeTaintsPolicy: "Honor", matchLabelKeys: ["pod-template-hash"] },
        labelSelector: { matchLabels: { app: "nginx-demo" } },
      },
    ]);
  });

  it("renews a placement that is there, and only that", async () => {
    assert.equal(short(await runOne(buildMove({ renews: true }))), "Skipped Changed");
    live.metadata["managedFields"] = [ownedBy("spot-balancer", "Apply")];
    assert.equal(short(await runOne(buildMove({ renews: true }))), "Done Applied");
  });

  it("takes the placement back by applying nothing of it", async () => {
    live.metadata["managedFields"] = [ownedBy("spot-balancer", "Apply")];
    const outcome = await runOne(buildMove({ kind: "ToRegular", placement: "regular" }));
    assert.equal(short(outcome), "Done Applied");
    const body = server.writes()[0]!.body as ApiObject;
    assert.deepEqual(Object.keys(body), ["apiVersion", "kind", "metadata"]);
  });

  const changes: [string, (live: ApiObject) => void, string][] = [
    ["was made anew", ({ metadata }) => (metadata["uid"] = "other"), "Skipped Changed"],
    ["is being deleted", ({ metadata }) => (metadata["deletionTimestamp"] = "2026-11-21T12:00:00Z"), "Skipped Changed"],
    ["has another spec now", ({ metadata }) => (metadata["generation"] = 2), "Skipped Changed"],
    ["is placed already", ({ metadata }) => (metadata["managedFields"] = [ownedBy("spot-balancer", "Apply")]), "Skipped Changed"],
    ["has an owner of its tolerations", ({ metadata }) => (metadata["managedFields"] = [ownedBy("helm", "Update")]), "Skipped ForeignOwner"],
  ]; // prettier-ignore
  for (const [name, change, expected] of changes) {
    it(`leaves a workload alone that ${name}`, async () => {
      change(live);
      const outcome = await runOne();
      assert.equal(short(outcome), expected, outcome.message);
      assert.deepEqual(server.writes(), []);
    });
  }

  it("leaves a workload alone that is gone", async () => {
    server.objects.clear();
    assert.equal(short(await runOne()), "Skipped Changed");
  });

  const refusals: [string, { status: number; file?: string }, string, RegExp][] = [
    ["a field of somebody else", { status: 409, file: "apply-409-field-conflict.json" }, "Skipped ForeignOwner", /"helm"/],
    ["a write in between", { status: 409, file: "apply-409-resource-version.json" }, "Skipped Changed", /has been modified/],
    ["a missing right", { status: 403, file: "kubernetes-403-rbac.json" }, "Failed Forbidden", /cannot list resource/],
    ["an admission webhook", { status: 403 }, "Failed Rejected", /Injected/],
    ["validation", { status: 422 }, "Failed Rejected", /Injected/],
    ["an API server without time", { status: 429 }, "Failed TooManyRequests", /429/],
    ["an API server in trouble", { status: 500 }, "Failed Unreachable", /500/],
  ]; // prettier-ignore
  for (const [name, fault, expected, message] of refusals) {
    it(`gives a move up for ${name}, and goes on with the next one`, async () => {
      addObject(server, "apps/v1/deployments", buildApiDeployment("second"));
      server.fail({ method: "PATCH", path: /nginx-demo/, fault, times: 99 });
      const second = { kind: "Deployment", namespace: "demo", name: "second" };
      const outcomes = await run(buildMove(), buildMove({ workload: second, uid: "uid-second" }));
      assert.deepEqual(outcomes.map(short), [expected, "Done Applied"]);
      assert.match(outcomes[0]!.message, message);
    });
  }

  it("finds out whether a write was done whose answer was lost", async () => {
    server.fail({ method: "PATCH", path: /nginx-demo/, fault: "cut", afterDoing: true });
    assert.equal(short(await runOne()), "Done Applied");
    assert.equal(server.writes().length, 1);
    addObject(server, "apps/v1/deployments", buildApiDeployment("nginx-demo"));
    server.fail({ method: "PATCH", path: /nginx-demo/, fault: "cut" });
    assert.equal(short(await runOne()), "Failed Unreachable");
    assert.equal(server.writes().length, 2);
  });

  it("writes nothing without the Lease, after a stop, and in a dry run", async () => {
    leaseHeld = false;
    assert.equal(short(await runOne()), "Skipped LeaseLost");
    leaseHeld = true;
    stop.abort();
    assert.equal(short(await runOne()), "Skipped Stopped");
    const [planned] = actDry({ moves: [buildMove()], refusals: [], state: emptyState }, now);
    assert.equal(short(planned!), "Planned DryRun");
    assert.deepEqual(server.requests, []);
  });

  describe("by eviction", () => {
    const pods = ["a", "b"].map((name): PodRef => {
      return {
        namespace: "demo",
        name: `${name}-1`,
        uid: `uid-${name}-1`,
        resourceVersion: "1",
        nodeName: "hot",
      };
    });
    const rebalance = (evictions = pods) =>
      buildMove({ kind: "Rebalance", placement: undefined, memory: undefined, evictions });
    const evictions = () => server.writes().map(({ path }) => path.slice(path.lastIndexOf("pods/") + 5));

    beforeEach(() => {
      for (const name of ["a", "b"]) addObject(server, "pods", buildApiPod(name, "hot"));
    });

    it("evicts with the uid and resource version just read, and touches no template", async () => {
      const version = server.objects.get("/api/v1/namespaces/demo/pods/a-1")!.metadata.resourceVersion;
      assert.equal(short(await runOne(rebalance())), "Done Evicted");
      assert.deepEqual(evictions(), ["a-1/eviction", "b-1/eviction"]);
      const { deleteOptions } = server.writes()[0]!.body as { deleteOptions: unknown };
      assert.deepEqual(deleteOptions, { preconditions: { uid: "uid-a-1", resourceVersion: version } });
    });

    it("takes a disruption budget's no for an answer, and asks once", async () => {
      server.fail({
        path: /eviction/,
        fault: { status: 429, file: "eviction-429-disruption-budget.json" },
        times: 9,
      });
      const outcome = await runOne(rebalance());
      assert.equal(short(outcome), "Skipped DisruptionBudget");
      assert.match(outcome.message, /The disruption budget b needs 1 healthy pods and has 1 currently/);
      assert.deepEqual(evictions(), ["a-1/eviction"]);
    });

    it("says how far it came", async () => {
      server.fail({
        path: /b-1.eviction/,
        fault: { status: 429, file: "eviction-429-disruption-budget.json" },
      });
      const outcome = await runOne(rebalance());
      assert.equal(short(outcome), "Done PartlyEvicted");
      assert.match(outcome.message, /^1 of 2 pods evicted, then: /);
    });

    it("leaves a pod alone that moved, was replaced, or changed in between", async () => {
      const elsewhere = pods.map((pod) => ({ ...pod, nodeName: "other" }));
      assert.equal(short(await runOne(rebalance(elsewhere))), "Skipped Changed");
      const replaced = pods.map((pod) => ({ ...pod, uid: "other" }));
      assert.equal(short(await runOne(rebalance(replaced))), "Skipped Changed");
      assert.deepEqual(server.writes(), []);
      server.fail({ path: /eviction/, fault: { status: 409, file: "eviction-409-resource-version.json" } });
      assert.equal(short(await runOne(rebalance())), "Skipped Changed");
    });

    it("remembers before it evicts the pods of a ReplicaSet whose template it changed", async () => {
      const outcome = await runOne(buildMove({ evictions: pods.slice(0, 1) }));
      assert.equal(short(outcome), "Done Evicted");
      assert.deepEqual(
        server.writes().map(({ method }) => method),
        ["PATCH", "POST"],
      );
    });
  });
});

function ownedBy(manager: string, operation: string) {
  return {
    manager,
    operation,
    fieldsV1: { "f:spec": { "f:template": { "f:spec": { "f:tolerations": {} } } } },
  };
}
