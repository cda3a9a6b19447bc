import assert from "node:assert/strict";
import { buildPolicy, noon } from "../testing/builders.ts";
import { budgetStatus, selects } from "./budgetStatus.ts";
import { clusterOf } from "./cluster.ts";
import type { FoundObject } from "./files.ts";
import { podsOf } from "./pods.ts";

const object = (kind: string, name: string, spec: object = {}, more: object = {}, namespace = "demo") =>
  ({ apiVersion: "apps/v1", kind, metadata: { name, namespace, ...more }, spec }) as unknown as FoundObject;
const template = (labels: object = { app: "web" }, spec: object = { containers: [{ name: "c" }] }) => ({ template: { metadata: { labels }, spec } }); // prettier-ignore

describe("the pods that a manifest would have", () => {
  const pods = (owner: FoundObject, limits: FoundObject[] = []) => podsOf(owner, 3, limits, noon);

  const counts: [replicas: unknown, count: number][] = [
    [undefined, 1],
    [null, 1],
    [0, 0],
    [2, 2],
    [3, 3],
    [4, 3],
    [-1, 1],
    ["many", 1],
  ];
  for (const [replicas, count] of counts)
    it(`are ${count} of ${String(replicas)}, of which 3 are played`, () =>
      assert.equal(pods(object("Deployment", "web", { replicas })).length, count));

  it("are a Deployment's by its ReplicaSet, and run for a day", () => {
    const [, second] = pods(object("Deployment", "web", { replicas: 2, ...template() }));
    const { metadata, spec, status } = second!;
    const since = new Date(noon - 24 * 3_600_000).toISOString();
    assert.deepEqual(metadata, {
      ...{ name: "web-1", namespace: "demo", uid: "pod/Deployment/demo/web/1", creationTimestamp: since },
      labels: { app: "web", "pod-template-hash": "offline" },
      ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-offline", uid: "rs/web", controller: true }],
    }); // prettier-ignore
    assert.deepEqual(spec, { containers: [{ name: "c" }] });
    assert.deepEqual(status, { phase: "Running", conditions: [{ type: "PodScheduled", status: "True" }, { type: "Ready", status: "True", lastTransitionTime: since }] }); // prettier-ignore
  });

  it("have their template's annotations", () => {
    const annotations = { "karpenter.sh/do-not-disrupt": "true" };
    const [pod] = pods(object("Deployment", "web", { template: { metadata: { annotations } } }));
    assert.deepEqual(pod!.metadata["annotations"], annotations);
    const [bare] = pods(object("Deployment", "web", {}));
    assert.equal("annotations" in bare!.metadata, false);
  });

  it("are anybody else's by itself", () => {
    const [pod] = pods(object("StatefulSet", "db", template({ app: "db" })));
    assert.deepEqual(pod!.metadata.labels, { app: "db" });
    assert.deepEqual(pod!.metadata["ownerReferences"], [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "StatefulSet/demo/db", controller: true }]); // prettier-ignore
  });

  it("request what a LimitRange of their namespace gives to containers that do not say", () => {
    const limit = { type: "Container", default: { cpu: "2", memory: "2Gi" }, defaultRequest: { cpu: "1" } };
    const range = object("LimitRange", "l", { limits: [limit, { type: "Pod", default: { cpu: "9" } }] });
    const elsewhere = object("LimitRange", "l", { limits: [{ ...limit, defaultRequest: { cpu: "7" } }] }, {}, "other"); // prettier-ignore
    const containers = [{ name: "a" }, { name: "b", resources: { limits: { cpu: "4" } } }, { name: "c", resources: { limits: { cpu: "4" }, requests: { cpu: "3" } } }]; // prettier-ignore
    const [pod] = pods(object("Deployment", "web", template({}, { containers })), [range, elsewhere]);
    const requests = (pod!.spec["containers"] as { resources: { requests: object } }[]).map(({ resources }) => resources.requests); // prettier-ignore
    assert.deepEqual(requests, [{ cpu: "1", memory: "2Gi" }, { cpu: "4", memory: "2Gi" }, { cpu: "3", memory: "2Gi" }]); // prettier-ignore
    const says = (limits: unknown) => object("LimitRange", "l", { limits });
    for (const none of [
      elsewhere,
      says(undefined),
      says("many"),
      says([{ type: "Pod", default: { cpu: "9" } }]),
    ]) {
      const [other] = pods(object("Deployment", "web", template({}, { containers })), [none]);
      assert.deepEqual(other!.spec["containers"], containers);
    }
  });

  it("have a spec each of their own", () => {
    const [a, b] = pods(object("Deployment", "web", { replicas: 2, ...template() }));
    a!.spec.nodeName = "n";
    assert.equal(b!.spec.nodeName, undefined);
  });
});

describe("a disruption budget whose pods are all healthy", () => {
  const pods = (count: number) => podsOf(object("Deployment", "web", { replicas: count, ...template() }), 9, [], noon); // prettier-ignore
  const budget = (spec: object) => object("PodDisruptionBudget", "b", { selector: { matchLabels: { app: "web" } }, ...spec }); // prettier-ignore
  const cases: [spec: object, count: number, desired: number, allowed: number][] = [
    [{ minAvailable: 2 }, 3, 2, 1],
    [{ minAvailable: 5 }, 3, 5, 0],
    [{ minAvailable: "50%" }, 3, 2, 1],
    [{ minAvailable: "40%" }, 3, 2, 1],
    [{ maxUnavailable: 1 }, 3, 2, 1],
    [{ maxUnavailable: "50%" }, 3, 1, 2],
    [{ maxUnavailable: "40%" }, 3, 1, 2],
    [{ maxUnavailable: 9 }, 3, 0, 3],
    [{ maxUnavailable: 1, minAvailable: 3 }, 3, 2, 1],
    [{}, 3, 1, 2],
    [{ maxUnavailable: "some" }, 3, 3, 0],
  ];
  for (const [spec, count, desired, allowed] of cases)
    it(`allows ${allowed} of ${count} by ${JSON.stringify(spec)}`, () => {
      const others = podsOf(object("Deployment", "db", template({ app: "db" })), 9, [], noon);
      const { status } = budgetStatus(budget(spec), [...others, ...pods(count)]) as { status: object };
      assert.deepEqual(status, { currentHealthy: count, desiredHealthy: desired, expectedPods: count, disruptionsAllowed: allowed }); // prettier-ignore
    });

  it("selects by labels in its own namespace", () => {
    const is = (selector: unknown, namespace = "demo") => selects(budget({ selector }), { namespace, labels: { app: "web" } }); // prettier-ignore
    assert.equal(is({ matchLabels: { app: "web" } }), true);
    assert.equal(is({ matchLabels: { app: "web" } }, "other"), false);
    assert.equal(is({ matchLabels: { app: "db" } }), false);
    assert.equal(is({}), true);
    assert.equal(is(undefined), false);
    assert.equal(is({ matchLabels: 7 }), false, "what cannot be read is told by the round");
  });
});

describe("the cluster that has just taken the manifests", () => {
  const policy = buildPolicy();
  const at = (list: object[]) => list as { metadata: { name: string; namespace?: string; labels?: Record<string, string> }; spec?: { replicas?: number; nodeName?: string; taints?: object[] }; status?: object }[]; // prettier-ignore
  const see = (...objects: FoundObject[]) => clusterOf(objects, policy, noon);
  const names = (list: object[] = []) => at(list).map(({ metadata }) => metadata.name);

  it("has nodes of both sides, two more than the most replicas, and six at least", () => {
    const nodes = (replicas: number) => at(see(object("Deployment", "web", { replicas, ...template() }))["nodes"]!); // prettier-ignore
    assert.equal(nodes(1).length, 12);
    assert.equal(nodes(4).length, 12);
    assert.equal(nodes(5).length, 14);
    assert.equal(nodes(1000).length, 2 * 202);
    const [regular, ...rest] = nodes(1);
    const spot = rest.at(-1)!;
    assert.deepEqual([regular!.metadata.name, spot.metadata.name], ["regular-1", "spot-6"]);
    assert.deepEqual(regular!.metadata.labels, {
      ...{
        "kubernetes.io/hostname": "regular-1",
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
      },
      ...{ "topology.kubernetes.io/zone": "zone-1", "kubernetes.azure.com/agentpool": "regular" },
      ...{ "kubernetes.azure.com/priority": "regular", "kubernetes.azure.com/mode": "user" },
    });
    assert.deepEqual([regular!.spec!.taints, spot.spec!.taints], [[], [policy.pools.spot.taint]]);
    const week = new Date(noon - 7 * 24 * 3_600_000).toISOString();
    assert.equal((regular!.metadata as { creationTimestamp?: string }).creationTimestamp, week);
    assert.deepEqual(regular!.status, {
      conditions: [{ type: "Ready", status: "True", lastTransitionTime: week }],
      allocatable: { cpu: "100000", memory: "100Ti", "ephemeral-storage": "100Ti", pods: "100000" },
    });
    const zone = (node: typeof spot) => node.metadata.labels!["topology.kubernetes.io/zone"];
    assert.deepEqual(nodes(1).slice(0, 4).map(zone), ["zone-1", "zone-2", "zone-3", "zone-1"]);
  });

  it("runs every pod on regular, one after the other", () => {
    const { pods } = see(
      ...["web", "api", "more"].map((name) => object("Deployment", name, { replicas: 8, ...template() })),
    );
    const on = at(pods!).map(({ spec }) => spec!.nodeName);
    assert.deepEqual(on.slice(0, 3), ["regular-1", "regular-2", "regular-3"]);
    assert.ok(on.every((name) => name!.startsWith("regular-")));
    assert.deepEqual(on.slice(9, 11), ["regular-10", "regular-1"]);
    const others = see(object("DaemonSet", "agent", template()), object("Job", "job", template()));
    assert.deepEqual(names(others["pods"]), ["agent-0", "job-0"]);
  });

  it("has rolled out what there is, with as many as its autoscaler keeps at least", () => {
    const hpa = (minReplicas: number | undefined, kind = "Deployment", namespace = "demo", name = "web") => object("HorizontalPodAutoscaler", "h", { minReplicas, scaleTargetRef: { kind, name } }, {}, namespace); // prettier-ignore
    const count = (replicas: number | undefined, ...more: FoundObject[]) => {
      const { deployments, horizontalpodautoscalers } = see(
        object("Deployment", "web", { replicas }),
        ...more,
      );
      const [{ spec, status }] = at(deployments!) as unknown as [
        { spec: { replicas: number }; status: object },
      ];
      assert.deepEqual(status, { replicas: spec.replicas, updatedReplicas: spec.replicas, availableReplicas: spec.replicas, observedGeneration: 1 }); // prettier-ignore
      return [spec.replicas, ...at(horizontalpodautoscalers!).map(({ status }) => (status as { desiredReplicas: number }).desiredReplicas)]; // prettier-ignore
    };
    assert.deepEqual(count(undefined), [1]);
    assert.deepEqual(count(2), [2]);
    assert.deepEqual(count(2, hpa(3)), [3, 3]);
    assert.deepEqual(count(5, hpa(3)), [5, 5]);
    assert.deepEqual(count(0, hpa(3)), [0, 0], "which leaves it alone");
    for (const replicas of [1, 2]) assert.deepEqual(count(replicas, hpa(undefined)), [replicas, replicas]);
    assert.deepEqual(count(2, hpa(3, "StatefulSet")), [2, 0]);
    assert.deepEqual(count(2, hpa(3, "Deployment", "other")), [2, 0]);
    assert.deepEqual(count(2, hpa(3, "Deployment", "demo", "api")), [2, 0]);
    const { horizontalpodautoscalers } = see(hpa(3));
    assert.deepEqual((horizontalpodautoscalers as FoundObject[])[0]?.["spec"], hpa(3)["spec"]);
  });

  it("knows no other rollout than its own, also of what was exported", () => {
    const { deployments } = see(
      object("Deployment", "web", {}, { uid: "7", generation: 7, labels: { a: "b" } }),
    );
    assert.deepEqual(at(deployments!)[0]!.metadata, { name: "web", namespace: "demo", labels: { a: "b" }, uid: "Deployment/demo/web", generation: 1 }); // prettier-ignore
  });

  it("leaves what is no number of replicas to who reads it, and plays one", () => {
    for (const replicas of ["${REPLICAS}", "3", -1]) {
      const scaler = object("HorizontalPodAutoscaler", "h", {
        minReplicas: 2,
        scaleTargetRef: { kind: "Other" },
      });
      const { statefulsets, pods, nodes } = see(
        object("StatefulSet", "db", { replicas, ...template() }),
        scaler,
      );
      const [set] = statefulsets as { spec: { replicas: unknown } }[];
      assert.deepEqual([set?.spec.replicas, pods!.length, nodes!.length], [replicas, 1, 12]);
    }
  });

  it("has the claims that a StatefulSet makes, and those that are written", () => {
    const volumeClaimTemplates = [{ metadata: { name: "data" }, spec: { a: 1 } }];
    const { persistentvolumeclaims } = see(object("StatefulSet", "db", { replicas: 2, volumeClaimTemplates, ...template() }), object("PersistentVolumeClaim", "files")); // prettier-ignore
    assert.deepEqual(names(persistentvolumeclaims), ["files", "data-db-0", "data-db-1"]);
    assert.deepEqual(persistentvolumeclaims![1], { metadata: { name: "data-db-0", namespace: "demo" }, spec: { a: 1 } }); // prettier-ignore
  });

  it("has what manifests name and do not bring, once in each namespace", () => {
    const uses = (name: string, namespace: string, ...claims: string[]) => {
      const volumes = claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } }));
      const spec = { containers: [{ name: "c" }], volumes, priorityClassName: "high" };
      return object("Deployment", name, { replicas: 2, ...template({ app: name }, spec) }, {}, namespace);
    };
    const { persistentvolumeclaims, priorityclasses } = see(
      ...[uses("a", "demo", "files", "more"), uses("b", "demo", "files"), uses("a", "shop", "files")],
      object("PersistentVolumeClaim", "more"),
    );
    const claims = at(persistentvolumeclaims!).map(({ metadata: { namespace, name } }) => `${namespace}/${name}`); // prettier-ignore
    assert.deepEqual(claims, ["demo/more", "demo/files", "shop/files"]);
    assert.deepEqual(names(priorityclasses), ["high"]);
  });

  it("has each object in the list of its kind alone, and reads what says next to nothing", () => {
    const kinds = ["Deployment", "StatefulSet", "ReplicaSet", "PersistentVolume", "PriorityClass", "PodDisruptionBudget", "HorizontalPodAutoscaler"]; // prettier-ignore
    const lists = see(...kinds.map((kind) => ({ ...object(kind, kind.toLowerCase()), spec: undefined })));
    for (const kind of kinds) {
      const list = `${kind.toLowerCase()}${kind === "PriorityClass" ? "es" : "s"}`;
      assert.deepEqual(names(lists[list]), [kind.toLowerCase()], list);
    }
    assert.deepEqual([lists["csinodes"], names(lists["persistentvolumeclaims"]), lists["pods"]!.length], [[], [], 3]); // prettier-ignore
    const odd = { volumeClaimTemplates: [{}], ...template({}, { containers: [], volumes: 7 }) };
    const { persistentvolumeclaims } = see(
      object("StatefulSet", "db", odd),
      object("HorizontalPodAutoscaler", "h"),
    );
    assert.deepEqual(names(persistentvolumeclaims), ["undefined-db-0"]);
  });

  it("has each namespace that is named, as its manifest says", () => {
    const { namespaces } = see(object("Deployment", "web", {}, {}, "shop"), object("Namespace", "zoo", {}, { labels: { a: "b" } })); // prettier-ignore
    const zoo = { name: "zoo", namespace: "demo", labels: { a: "b" } };
    assert.deepEqual(namespaces, [{ metadata: { name: "shop" } }, { metadata: { name: "demo" } }, { metadata: zoo }]); // prettier-ignore
  });
});
