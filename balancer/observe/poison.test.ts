// One object's fault is told of that one: whatever a tenant may store, the round goes on, and others move as ever.
import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../decide.ts";
import { connect } from "../kube/client.ts";
import { emptyState } from "../model.ts";
import { observe } from "../observe.ts";
import { connectPrometheus } from "../prometheus.ts";
import { addDemo, addObject, buildApiDeployment, buildApiNode, buildApiPod } from "../testing/apiObjects.ts";
import { type FakeApiServer, startApiServer } from "../testing/apiServer.ts";
import { type FakePrometheus, capturedPolicy, startPrometheus } from "../testing/prometheus.ts";

describe("an object that is not as it should be", () => {
  let server: FakeApiServer;
  let prometheus: FakePrometheus;
  const signal = new AbortController().signal;

  async function round() {
    const client = connect(server.kubeconfig(), { signal, backoffMs: 1 });
    const usage = connectPrometheus(prometheus.url, { signal, backoffMs: 1 });
    const { snapshot } = await observe(client, usage, capturedPolicy, emptyState);
    return { snapshot, ...decide(snapshot, capturedPolicy, Date.now()) };
  }
  const refusalOf = ({ refusals }: Awaited<ReturnType<typeof round>>, name: string) => {
    const found = refusals.find(({ workload }) => workload.name === name);
    return found && `${found.reason}: ${found.message}`;
  };
  const others = ({ refusals, moves }: Awaited<ReturnType<typeof round>>) =>
    [...refusals, ...moves]
      .filter(({ workload }) => ["nginx-demo", "busy-demo"].includes(workload.name))
      .map(({ workload, reason }) => `${workload.name} ${reason}`)
      .sort();

  beforeEach(async () => {
    [server, prometheus] = await Promise.all([startApiServer(), startPrometheus()]);
    addDemo(server);
  });
  afterEach(() => Promise.all([server.stop(), prometheus.stop()]));

  /** A Deployment `odd` with a pod, one of its fields changed. */
  function addOdd(change: (template: { spec: Record<string, unknown> }) => void, pod = false) {
    const deployment = buildApiDeployment("odd");
    if (!pod) change(deployment.spec!.template as never);
    addObject(server, "apps/v1/deployments", deployment);
    const odd = buildApiPod("odd", "regular-1");
    if (pod) change(odd as never);
    addObject(server, "pods", odd);
  }

  it("is refused with what cannot be read of it, and changes nothing about others", async () => {
    const before = others(await round());
    addOdd(({ spec }) => (spec["containers"] = { main: {} }));
    const plan = await round();
    assert.equal(
      refusalOf(plan, "odd"),
      "Unreadable: the Deployment cannot be read: expected a list in containers, got object",
    );
    assert.deepEqual(others(plan), before);
  });

  it("may be a pod: its workload is refused, and nothing is planned beside what nobody knows the size of", async () => {
    addOdd(({ spec }) => {
      spec["containers"] = [{ name: "main", resources: { requests: { cpu: "lots" } } }];
      spec["nodeName"] = "spot-1";
    }, true);
    const plan = await round();
    assert.match(
      refusalOf(plan, "odd")!,
      /^Unreadable: pod odd-1 cannot be read: expected a Kubernetes quantity .* got "lots"/,
    );
    assert.equal(refusalOf(plan, "nginx-demo"), "NoCapacityOnSpot: 0 of 1 pods find room on the spot nodes");
  });

  const owners: [what: string, references: unknown][] = [
    ["an owner whose name is none", [{ controller: true, kind: "ReplicaSet", name: { x: 1 }, uid: "u" }]],
    ["an owner of no kind", [{ controller: true, kind: 7, name: "x", uid: [] }]],
    ["owners that are no list", { controller: true }],
    ["an owner that is nothing", [null]],
  ];
  for (const [what, ownerReferences] of owners) {
    it(`may have ${what}, as a pod and as a ReplicaSet`, async () => {
      const before = others(await round());
      const pod = buildApiPod("odd", "regular-1");
      addObject(server, "pods", {
        ...pod,
        metadata: { ...pod.metadata, name: "odd-a", uid: "a", ownerReferences },
      });
      const above = [
        { controller: true, kind: "ReplicaSet", apiVersion: "apps/v1", name: "odd-rs", uid: "rs" },
      ];
      addObject(server, "pods", {
        ...pod,
        metadata: { ...pod.metadata, name: "odd-b", uid: "b", ownerReferences: above },
      });
      const { spec } = buildApiDeployment("odd");
      addObject(server, "apps/v1/replicasets", {
        metadata: { name: "odd-rs", namespace: "demo", uid: "rs", ownerReferences },
        spec,
        status: {},
      });
      assert.deepEqual(others(await round()).map((line) => line.split(" ")[0]), before.map((line) => line.split(" ")[0])); // prettier-ignore
    });
  }

  it("may ask for absurd amounts, which are counted as very much", async () => {
    const before = others(await round());
    addOdd(
      ({ spec }) =>
        (spec["containers"] = [{ name: "m", resources: { requests: { cpu: "1e66", memory: "1e66" } } }]),
    );
    const plan = await round();
    assert.deepEqual(others(plan), before);
    assert.match(refusalOf(plan, "odd")!, /^(NoSamples|NoWayBack|NoCapacityOnSpot)/);
  });

  it("may have 2147483647 replicas with a claim each: only what exists is counted", async () => {
    const { metadata, spec, status } = buildApiDeployment("many");
    addObject(server, "apps/v1/statefulsets", {
      metadata,
      spec: { ...spec, replicas: 2147483647, volumeClaimTemplates: [{ metadata: { name: "data" } }] },
      status,
    });
    addObject(server, "persistentvolumeclaims", {
      metadata: { name: "data-many-7", namespace: "demo" },
      spec: { volumeName: "pv", accessModes: ["ReadWriteOnce"] },
    });
    addObject(server, "persistentvolumes", {
      metadata: { name: "pv", labels: { "topology.kubernetes.io/zone": "z__y" } },
    });
    const start = performance.now();
    const { snapshot } = await round();
    assert.ok(performance.now() - start < 20_000);
    const many = snapshot.workloads.find(({ name }) => name === "many")!;
    assert.deepEqual([many.replicas, many.template.volumes.zones], [2147483647, ["z", "y"]]);
  });

  it("may be a node, a budget, an autoscaler, a class, a namespace, a claim or a volume", async () => {
    const before = others(await round());
    const named = (name: string) => ({ name, namespace: "demo" });
    const broken = buildApiNode("odd-node", "spot");
    broken.status!.allocatable = { cpu: "many" };
    addObject(server, "nodes", broken);
    addObject(server, "namespaces", { metadata: { name: "odd", labels: "none" } });
    addObject(server, "scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "odd" }, value: "high" });
    addObject(server, "autoscaling/v2/horizontalpodautoscalers", { metadata: named("odd") });
    addObject(server, "persistentvolumeclaims", { metadata: named("odd"), spec: { accessModes: "all" } });
    addOdd(({ spec }) => (spec["volumes"] = [{ name: "v", persistentVolumeClaim: { claimName: "odd" } }]));
    const plan = await round();
    assert.deepEqual(others(plan), before);
    assert.match(
      refusalOf(plan, "odd")!,
      /^Unreadable: claim odd cannot be read: expected a list in accessModes/,
    );
    assert.ok(
      plan.snapshot.nodes.some(({ name }) => name === "odd-node"),
      "it is there, so it is not lost",
    );
    assert.deepEqual(plan.state.spotLosses, []);
    addObject(server, "policy/v1/poddisruptionbudgets", {
      metadata: named("odd"),
      spec: { selector: { matchLabels: ["x"] } },
    });
    const [budget] = (await round()).snapshot.disruptionBudgets;
    assert.deepEqual(
      [budget?.selector, budget?.disruptionsAllowed],
      [[], 0],
      "holds for its namespace, allows nothing",
    );
  });

  it("is told by its name alone, whatever that is: `constructor` is a valid namespace, `toString` a valid label", async () => {
    const before = others(await round());
    for (const name of ["constructor", "valueof"]) {
      addObject(server, "namespaces", { metadata: { name, labels: {} } });
      addObject(server, "apps/v1/deployments", buildApiDeployment("web", name));
      addObject(server, "pods", buildApiPod("web", "regular-1", name));
    }
    const deployment = buildApiDeployment("odd");
    deployment.spec!.template.spec!.nodeSelector = { constructor: "x", toString: "y" };
    deployment.spec!.template.spec!.priorityClassName = "constructor";
    addObject(server, "apps/v1/deployments", deployment);
    assert.deepEqual(others(await round()), before);
  });

  it("never ends a round, whatever is put in place of any of its fields", async () => {
    const junk = fc.constantFrom<unknown>(
      null,
      7,
      -1,
      "x",
      "1e66",
      [],
      {},
      [null],
      { constructor: 1 },
      true,
      [[]],
    );
    const deployment = buildApiDeployment("odd");
    const pod = buildApiPod("odd", "regular-1");
    const places = [...pathsOf(deployment), ...pathsOf(pod).map((path) => ["pod", ...path])];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), junk, async ([first, ...rest], value) => {
        const changed = { deployment: structuredClone(deployment), pod: structuredClone(pod) };
        if (first === "pod") put(changed.pod, rest, value);
        else put(changed.deployment, [first!, ...rest], value);
        server.objects.set("/apis/apps/v1/namespaces/demo/deployments/odd", changed.deployment as never);
        server.objects.set("/api/v1/namespaces/demo/pods/odd-1", changed.pod as never);
        const plan = await round();
        assert.ok(plan.refusals.length + plan.moves.length >= 2);
      }),
      { numRuns: 60 },
    );
  });
});

/** Of every field in it, but its name and namespace. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (path[0] === "metadata" && (key === "name" || key === "namespace")) return [];
    return [[...path, key], ...pathsOf(inner, [...path, key])].filter(
      (each) => each.join(".") !== "metadata",
    );
  });
}

function put(object: unknown, path: string[], value: unknown): void {
  const last = path.at(-1)!;
  let inner = object as Record<string, unknown>;
  for (const key of path.slice(0, -1)) inner = inner[key] as Record<string, unknown>;
  inner[last] = value;
}
