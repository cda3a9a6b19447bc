// The balancer's rights on a real control plane, tried one by one: what it needs is allowed, and nothing else.
import assert from "node:assert/strict";
import type { KubeConfig } from "@kubernetes/client-node";
import { isStatus } from "./kube/apiError.ts";
import { type KubeClient, type KubeRequest, connect } from "./kube/client.ts";
import { buildApiDeployment } from "./testing/apiObjects.ts";
import { TestCluster, until } from "./testing/cluster.ts";

interface Resource {
  group: string;
  /** With its subresource: `pods/eviction`. */
  name: string;
  namespaced: boolean;
}

const verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
/** Of special meaning to some resources (RBAC, impersonation, certificates, node proxies). */
const specialVerbs = ["escalate", "bind", "impersonate", "approve", "sign", "use", "proxy"];

/** In namespaces that policy lists, in those it does not, and for objects without one. */
const namespaces = ["demo", "monitoring", "kube-system", "other", ""];

/** `namespace verb group/resource`; the namespace is empty for rights on the whole cluster. */
const expected = [
  ...["nodes", "namespaces", "persistentvolumes", "pods", "persistentvolumeclaims"].map(
    (name) => `list /${name}`,
  ),
  ...["deployments", "statefulsets", "replicasets"].map((name) => `list apps/${name}`),
  ...["list policy/poddisruptionbudgets", "list autoscaling/horizontalpodautoscalers"],
  "list scheduling.k8s.io/priorityclasses",
];
const expectedInDemo = [
  ...["deployments", "statefulsets", "replicasets"].flatMap((name) => [
    `get apps/${name}`,
    `patch apps/${name}`,
  ]),
  ...["get /pods", "create /pods/eviction"],
  ...["create events.k8s.io/events", "patch events.k8s.io/events"],
];

describe("the balancer's rights", () => {
  const cluster = new TestCluster();
  let balancer: KubeClient;
  let nobody: KubeClient;
  let resources: Resource[];
  const signal = new AbortController().signal;

  before(async () => {
    await cluster.start();
    await cluster.installBalancer();
    const config = async (namespace: string, name: string): Promise<KubeConfig> =>
      (await cluster.identity(namespace, name)).config;
    balancer = connect(await config("monitoring", "spot-balancer"), { signal });
    nobody = connect(
      await until("a ServiceAccount without rights", () => config("other", "default").catch(() => undefined)),
      { signal },
    );
    resources = await discover(connect(cluster.admin, { signal }));
  });
  after(() => cluster.stop());

  /** Everything allowed in a namespace, less what every account may do (ask for its own rights, mostly). */
  async function allowed(namespace: string): Promise<string[]> {
    const questions = resources
      .filter(({ namespaced }) => namespace === "" || namespaced)
      .flatMap((resource) => [...verbs, ...specialVerbs].map((verb) => ({ verb, resource })));
    const found: string[] = [];
    await inParallel(32, questions, async ({ verb, resource }) => {
      const { group, name } = resource;
      if (!(await may(balancer, verb, group, name, namespace))) return;
      if (!(await may(nobody, verb, group, name, namespace))) found.push(`${verb} ${group}/${name}`);
    });
    return found.sort();
  }

  for (const namespace of namespaces) {
    it(`are only what is needed ${namespace ? `in namespace ${namespace}` : "in the whole cluster"}`, async () => {
      const inNamespace = expected.filter(
        (right) => !/\/(nodes|namespaces|persistentvolumes|priorityclasses)$/.test(right),
      );
      const wanted =
        namespace === "" ? expected : [...inNamespace, ...(namespace === "demo" ? expectedInDemo : [])];
      assert.deepEqual(await allowed(namespace), wanted.sort());
    });
  }

  it("on Lease, state and autoscaler status hold for these objects alone", async () => {
    const named: [string, string, string, string, string[]][] = [
      ["monitoring", "coordination.k8s.io", "leases", "spot-balancer", ["get", "update"]],
      ["monitoring", "", "configmaps", "spot-balancer-state", ["get", "patch"]],
      ["kube-system", "", "configmaps", "cluster-autoscaler-status", ["get"]],
      ["monitoring", "", "configmaps", "other", []],
      ["monitoring", "coordination.k8s.io", "leases", "other", []],
      ["demo", "coordination.k8s.io", "leases", "spot-balancer", []],
      ["kube-system", "", "configmaps", "spot-balancer-state", []],
    ];
    for (const [namespace, group, resource, name, wanted] of named) {
      const found: string[] = [];
      for (const verb of verbs)
        if (await may(balancer, verb, group, resource, namespace, name)) found.push(verb);
      assert.deepEqual(found, wanted, `${namespace}/${resource}/${name}`);
    }
  });

  const tries: [string, KubeRequest][] = [
    ["read the secrets of a namespace", { path: "/api/v1/namespaces/demo/secrets" }],
    ["read its own namespace's secrets", { path: "/api/v1/namespaces/monitoring/secrets" }],
    ["read ConfigMaps", { path: "/api/v1/namespaces/demo/configmaps" }],
    ["cordon a node", { method: "PATCH", path: "/api/v1/nodes/any", body: { spec: { unschedulable: true } } }],
    ["move a workload of another namespace", apply("other")],
    ["move a workload of its own namespace", apply("monitoring")],
    ["evict elsewhere", evict("kube-system")],
    ["run a pod", { method: "POST", path: "/api/v1/namespaces/demo/pods", body: pod() }],
    ["run a Deployment", { method: "POST", path: "/apis/apps/v1/namespaces/demo/deployments", body: deployment("new") }],
    ["give itself rights", { method: "POST", path: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", body: binding() }],
    ["make another token", { method: "POST", path: "/api/v1/namespaces/monitoring/serviceaccounts/spot-balancer/token", body: {} }],
    ["write other state", { method: "POST", path: "/api/v1/namespaces/monitoring/configmaps", body: named("v1", "ConfigMap", "x") }],
  ]; // prettier-ignore
  for (const [what, request] of tries) {
    it(`do not let it ${what}`, async () => {
      const merge = request.method === "PATCH" && {
        contentType: request.contentType ?? "application/merge-patch+json",
      };
      await assert.rejects(balancer.send({ ...request, ...merge }), (error: unknown) => {
        assert.ok(isStatus(error, 403), String(error));
        return true;
      });
    });
  }
});

async function may(
  client: KubeClient,
  verb: string,
  group: string,
  resource: string,
  namespace: string,
  name?: string,
) {
  const [main, subresource] = resource.split("/");
  const resourceAttributes = { verb, group, resource: main, subresource, namespace, name };
  const { status } = await client.send<{ status: { allowed: boolean } }>({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes },
    },
  });
  return status.allowed;
}

/** Every resource that this API server serves. */
async function discover(admin: KubeClient): Promise<Resource[]> {
  const { groups } = await admin.send<{ groups: { preferredVersion: { groupVersion: string } }[] }>({
    path: "/apis",
  });
  const versions = ["v1", ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const lists = await Promise.all(
    versions.map(async (version) => {
      const path = version === "v1" ? "/api/v1" : `/apis/${version}`;
      const { resources } = await admin.send<{ resources: { name: string; namespaced: boolean }[] }>({
        path,
      });
      const group = version.includes("/") ? version.split("/")[0]! : "";
      return resources.map(({ name, namespaced }) => ({ group, name, namespaced }));
    }),
  );
  // `impersonate` is a verb on these, which are no resources of the API.
  const people = ["users", "groups", "userextras"].map((name) => ({ group: "", name, namespaced: false }));
  return [...lists.flat(), ...people];
}

async function inParallel<T>(width: number, items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(Array.from({ length: width }, async () => {
    for (const item of queue) await work(item);
  })); // prettier-ignore
}

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

function apply(namespace: string): KubeRequest {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
  const contentType = "application/apply-patch+yaml";
  return {
    method: "PATCH",
    path,
    query: { fieldManager: "spot-balancer" },
    contentType,
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
