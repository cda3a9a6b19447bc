// The rights of the balancer's accounts on a real control plane, tried one by one: what is needed, and nothing else; and what
// ValidatingAdmissionPolicies leave of them.
import assert from "node:assert/strict";
import { isStatus } from "./kube/apiError.ts";
import { type KubeClient, type KubeRequest, connect } from "./kube/client.ts";
import { buildApiDeployment } from "./testing/apiObjects.ts";
import { TestCluster, until } from "./testing/controlPlane.ts";
import { admissionTests } from "./testing/controlPlane/admissionTests.ts";
import { type Resource, allowedIn, discover, may, verbs } from "./testing/controlPlane/rights.ts";

/** `verb group/resource` in every namespace. */
const inNamespaces = [
  ...["pods", "persistentvolumeclaims", "resourcequotas"].map((name) => `list /${name}`),
  ...["deployments", "statefulsets", "replicasets"].map((name) => `list apps/${name}`),
  ...["list policy/poddisruptionbudgets", "list autoscaling/horizontalpodautoscalers"],
];
const inNone = [
  ...["nodes", "namespaces", "persistentvolumes"].map((name) => `list /${name}`),
  "watch /nodes",
  "list scheduling.k8s.io/priorityclasses",
  "list storage.k8s.io/csinodes",
  "list storage.k8s.io/storageclasses",
];
const inDemo = [
  ...["deployments", "statefulsets", "replicasets"].flatMap((name) => [
    `get apps/${name}`,
    `patch apps/${name}`,
  ]),
  ...["get /pods", "create /pods/eviction"],
  ...["create events.k8s.io/events", "patch events.k8s.io/events"],
];
const ofPlaceholders = [
  ...["get", "create", "delete"].map((verb) => `${verb} /pods`),
  ...["create /pods/eviction", "get /podtemplates", "create /podtemplates"],
];

type Account = "spot-balancer" | "spot-balancer-metrics" | "placeholder";

/** Empty namespace: all of them, and objects without one. */
const allowed: [Account, namespace: string, rights: string[]][] = [
  ["spot-balancer", "", [...inNamespaces, ...inNone]],
  ["spot-balancer", "demo", [...inNamespaces, ...inDemo]],
  ["spot-balancer", "placeholder", [...inNamespaces, ...ofPlaceholders]],
  ["spot-balancer", "monitoring", inNamespaces],
  ["spot-balancer", "kube-system", inNamespaces],
  ["spot-balancer", "other", inNamespaces],
  ["spot-balancer-metrics", "", []],
  ["spot-balancer-metrics", "monitoring", []],
  ["placeholder", "placeholder", []],
];

/** Bound to one object each. */
const allowedByName: [Account, namespace: string, resource: string, name: string, verbs: string[]][] = [
  ["spot-balancer", "monitoring", "coordination.k8s.io/leases", "spot-balancer", ["create", "get", "update"]],
  ["spot-balancer", "monitoring", "/configmaps", "spot-balancer-state", ["create", "get", "patch"]],
  ["spot-balancer", "placeholder", "/podtemplates", "placeholder", ["create", "get"]],
  [
    "spot-balancer",
    "placeholder",
    "autoscaling.x-k8s.io/capacitybuffers",
    "any",
    ["create", "delete", "list", "patch"],
  ],
  ["spot-balancer", "demo", "autoscaling.x-k8s.io/capacitybuffers", "any", []],
  ["spot-balancer", "", "karpenter.sh/nodepools", "any", ["list"]],
  ["spot-balancer", "", "karpenter.sh/nodeclaims", "any", ["list"]],
  ["spot-balancer", "kube-system", "/configmaps", "cluster-autoscaler-status", ["get"]],
  ["spot-balancer", "monitoring", "/configmaps", "other", []],
  ["spot-balancer", "monitoring", "coordination.k8s.io/leases", "other", []],
  ["spot-balancer", "demo", "coordination.k8s.io/leases", "spot-balancer", []],
  ["spot-balancer", "kube-system", "/configmaps", "spot-balancer-state", []],
  ["spot-balancer-metrics", "monitoring", "/configmaps", "spot-balancer-state", ["get"]],
  ["spot-balancer-metrics", "monitoring", "/configmaps", "other", []],
  ["spot-balancer-metrics", "monitoring", "coordination.k8s.io/leases", "spot-balancer", []],
  ["spot-balancer-metrics", "kube-system", "/configmaps", "cluster-autoscaler-status", []],
];

const refused: [Account, what: string, KubeRequest][] = [
  ["spot-balancer", "read the secrets of a namespace", { path: "/api/v1/namespaces/demo/secrets" }],
  ["spot-balancer", "read its own namespace's secrets", { path: "/api/v1/namespaces/monitoring/secrets" }],
  ["spot-balancer", "read ConfigMaps", { path: "/api/v1/namespaces/demo/configmaps" }],
  ["spot-balancer", "cordon a node", merge("/api/v1/nodes/any", { spec: { unschedulable: true } })],
  ["spot-balancer", "move a workload of another namespace", apply("other")],
  ["spot-balancer", "move a workload of its own namespace", apply("monitoring")],
  ["spot-balancer", "change the placeholders' Deployment", apply("placeholder")],
  ["spot-balancer", "evict elsewhere", evict("kube-system")],
  ["spot-balancer", "change a pod that is no placeholder", merge("/api/v1/namespaces/demo/pods/x", {})],
  ["spot-balancer", "run a pod", { method: "POST", path: "/api/v1/namespaces/demo/pods", body: pod() }],
  ["spot-balancer", "change what placeholders are", merge("/api/v1/namespaces/placeholder/podtemplates/placeholder", {})],
  ["spot-balancer", "run a Deployment", { method: "POST", path: "/apis/apps/v1/namespaces/demo/deployments", body: deployment("new") }],
  ["spot-balancer", "give itself rights", { method: "POST", path: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", body: binding() }],
  ["spot-balancer", "make another token", { method: "POST", path: "/api/v1/namespaces/monitoring/serviceaccounts/spot-balancer/token", body: {} }],
  ["spot-balancer", "write other state", { method: "POST", path: "/api/v1/namespaces/monitoring/configmaps", body: named("v1", "ConfigMap", "x") }],
  ["spot-balancer-metrics", "change the numbers it serves", merge("/api/v1/namespaces/monitoring/configmaps/spot-balancer-state", { data: null })],
  ["spot-balancer-metrics", "list pods", { path: "/api/v1/pods" }],
  ["spot-balancer-metrics", "move a workload", apply("demo")],
  ["placeholder", "read itself", { path: "/api/v1/namespaces/placeholder/pods" }],
]; // prettier-ignore

describe("the rights of the balancer's accounts", () => {
  let cluster: TestCluster;
  const clients = new Map<string, KubeClient>();
  let nobody: KubeClient;
  let resources: Resource[];

  before(async () => {
    cluster = new TestCluster();
    await cluster.start();
    await cluster.installBalancer();
    await cluster.installPlaceholders();
    const { signal } = new AbortController();
    const clientOf = async (namespace: string, name: string) =>
      connect((await cluster.identity(namespace, name)).config, { signal });
    for (const name of ["spot-balancer", "spot-balancer-metrics"])
      clients.set(name, await clientOf("monitoring", name));
    clients.set("placeholder", await clientOf("placeholder", "placeholder"));
    nobody = await until("a ServiceAccount without rights", () =>
      clientOf("other", "default").catch(() => undefined),
    );
    resources = await discover(connect(cluster.admin, { signal }));
  });
  after(() => cluster?.stop());

  for (const [account, namespace, rights] of allowed) {
    const where = namespace ? `in namespace ${namespace}` : "in the whole cluster";
    it(`${account} has only what it needs ${where}`, async () => {
      assert.ok(resources.length > 50, "the API was not discovered");
      assert.deepEqual(await allowedIn(namespace, clients.get(account)!, nobody, resources), rights.sort());
    });
  }

  for (const [account, namespace, resource, name, wanted] of allowedByName) {
    it(`${account} may ${wanted.join(" and ") || "do nothing with"} ${namespace}/${name} of ${resource}`, async () => {
      const found: string[] = [];
      for (const verb of verbs)
        if (await may(clients.get(account)!, verb, resource, namespace, name)) found.push(verb);
      assert.deepEqual(found.sort(), wanted.sort());
    });
  }

  for (const [account, what, request] of refused) {
    it(`${account} cannot ${what}`, async () => {
      await assert.rejects(clients.get(account)!.send(request), (error: unknown) => {
        assert.ok(isStatus(error, 403), String(error));
        return true;
      });
    });
  }

  describe("within ValidatingAdmissionPolicies", () => admissionTests(() => cluster));
});

function named(apiVersion: string, kind: string, name: string) {
  return { apiVersion, kind, metadata: { name } };
}

function deployment(name: string) {
  const { metadata, spec } = buildApiDeployment(name);
  return { ...named("apps/v1", "Deployment", name), metadata: { name, labels: metadata?.labels }, spec };
}

function pod() {
  return { ...named("v1", "Pod", "x"), spec: { containers: [{ name: "c", image: "x" }] } };
}

function merge(path: string, body: object): KubeRequest {
  return { method: "PATCH", path, contentType: "application/merge-patch+json", body };
}

function apply(namespace: string): KubeRequest {
  return {
    method: "PATCH",
    path: `/apis/apps/v1/namespaces/${namespace}/deployments/web`,
    query: { fieldManager: "spot-balancer" },
    contentType: "application/apply-patch+yaml",
    body: deployment("web"),
  };
}

function evict(namespace: string): KubeRequest {
  const body = named("policy/v1", "Eviction", "x");
  return { method: "POST", path: `/api/v1/namespaces/${namespace}/pods/x/eviction`, body };
}

function binding() {
  const subjects = [{ kind: "ServiceAccount", name: "spot-balancer", namespace: "monitoring" }];
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" };
  return { ...named("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "x"), roleRef, subjects };
}
