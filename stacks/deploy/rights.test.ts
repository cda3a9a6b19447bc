// Who may do what by the API server, against the table of what is meant: a verb or a resource too many is one line too many.
// That the balancer can live with its own is tried on a real control plane: balancer/rbac.cluster.test.ts.
import assert from "node:assert/strict";
import type { V1ClusterRole, V1RoleBinding } from "@kubernetes/client-node";
import type { Manifest } from "./manifests.ts";
import { everyManifest } from "./testing/everyManifest.ts";

const routes = ["gateways", "httproutes", "grpcroutes", "tlsroutes", "referencegrants", "backendtlspolicies"];
const workloads = "apps: deployments, statefulsets, replicasets";
const followed = "list watch";
const oneNamespace = {
  gateway: [
    `${followed} : services, configmaps, secrets`,
    `${followed} discovery.k8s.io: endpointslices`,
    `${followed} gateway.networking.k8s.io: ${routes.join(", ")}`,
    `update gateway.networking.k8s.io: ${routes
      .filter((kind) => kind !== "referencegrants")
      .map((kind) => `${kind}/status`)
      .join(", ")}`,
  ],
  prometheus: ["get list watch : pods, services", "get list watch discovery.k8s.io: endpointslices"],
};

/** `account in namespace`; without one: in the whole cluster. Of each rule its verbs, its group, its resources, and their names. */
const table: Record<string, string[]> = {
  "backend/backend": [
    `${followed} : nodes, pods`,
    `${followed} autoscaling: horizontalpodautoscalers`,
    `${followed} events.k8s.io: events`,
  ],
  "gateway/gateway": [
    `${followed} : namespaces`,
    `${followed} gateway.networking.k8s.io: gatewayclasses`,
    "update gateway.networking.k8s.io: gatewayclasses/status",
  ],
  ...inEach("gateway/gateway", ["gateway", "backend", "frontend"], oneNamespace.gateway),
  "monitoring/kube-state-metrics": [
    `${followed} : namespaces, nodes, persistentvolumeclaims, pods, resourcequotas`,
    `${followed} apps: daemonsets, deployments, replicasets, statefulsets`,
    `${followed} autoscaling: horizontalpodautoscalers`,
    `${followed} batch: cronjobs, jobs`,
    `${followed} policy: poddisruptionbudgets`,
  ],
  "monitoring/prometheus": ["get list watch : nodes", "get : nodes/metrics", "get /metrics"],
  ...inEach(
    "monitoring/prometheus",
    ["backend", "banking", "demo", "frontend", "gateway", "monitoring", "node-metrics"],
    oneNamespace.prometheus,
  ),
  "monitoring/spot-balancer": [
    `${followed} : nodes`,
    "list : pods, namespaces, resourcequotas, persistentvolumes, persistentvolumeclaims",
    `list ${workloads}`,
    "list policy: poddisruptionbudgets",
    "list autoscaling: horizontalpodautoscalers",
    "list storage.k8s.io: csinodes, storageclasses",
    "list scheduling.k8s.io: priorityclasses",
    "list karpenter.sh: nodepools, nodeclaims",
  ],
  "monitoring/spot-balancer in demo": [
    `get patch ${workloads}`,
    "get : pods",
    "create : pods/eviction",
    "create patch events.k8s.io: events",
  ],
  "monitoring/spot-balancer in monitoring": [
    "get update create coordination.k8s.io: leases (spot-balancer)",
    "get patch create : configmaps (spot-balancer-state)",
  ],
  "monitoring/spot-balancer in kube-system": ["get : configmaps (cluster-autoscaler-status)"],
  "monitoring/spot-balancer in placeholder": [
    "get create delete : pods",
    "get create : podtemplates",
    "list create patch delete autoscaling.x-k8s.io: capacitybuffers",
    "create : pods/eviction",
  ],
  "monitoring/spot-balancer-metrics in monitoring": ["get : configmaps (spot-balancer-state)"],
};

function inEach(account: string, namespaces: string[], rights: string[]): Record<string, string[]> {
  return Object.fromEntries(namespaces.map((namespace) => [`${account} in ${namespace}`, rights]));
}

type Rule = NonNullable<V1ClusterRole["rules"]>[number];

function shown({ verbs, apiGroups = [], resources = [], resourceNames, nonResourceURLs = [] }: Rule): string {
  const what = [
    ...(resources.length > 0 ? [`${apiGroups.join(" ")}: ${resources.join(", ")}`] : []),
    ...nonResourceURLs,
  ];
  return [...verbs, ...what, ...(resourceNames ? [`(${resourceNames.join(", ")})`] : [])].join(" ");
}

const sorted = (rights: Record<string, string[]>) =>
  Object.fromEntries(Object.entries(rights).map(([whose, each]) => [whose, each.toSorted()]));

describe("rights", () => {
  const objects = everyManifest();
  const ofKind = <Kind>(...kinds: string[]) =>
    objects.filter(({ kind }) => kinds.includes(kind)) as unknown as (Kind & Manifest)[];
  const roles = ofKind<V1ClusterRole>("Role", "ClusterRole");
  const bindings = ofKind<V1RoleBinding>("RoleBinding", "ClusterRoleBinding");

  it("are those of the table, and nobody else's", () => {
    const used = new Set<unknown>();
    const found: Record<string, string[]> = {};
    for (const { metadata, roleRef, subjects = [] } of bindings) {
      const role = roles.find(
        ({ kind, metadata: { name, namespace } }) =>
          kind === roleRef.kind &&
          name === roleRef.name &&
          (kind === "ClusterRole" || namespace === metadata.namespace),
      );
      assert.ok(role, `${metadata.namespace}/${metadata.name} binds ${roleRef.kind} ${roleRef.name}`);
      used.add(role);
      for (const { kind, namespace, name } of subjects) {
        assert.equal(kind, "ServiceAccount");
        const where = metadata.namespace === undefined ? "" : ` in ${metadata.namespace}`;
        (found[`${namespace}/${name}${where}`] ??= []).push(...(role.rules ?? []).map(shown));
      }
    }
    assert.deepEqual(sorted(found), sorted(table));
    assert.deepEqual(roles.filter((role) => !used.has(role)).map(({ metadata: { name } }) => name), []); // prettier-ignore
  });

  it("of the balancer in workloads end where its admission policies say, and whatever fails there is refused", () => {
    const policies = objects.filter(({ kind }) => kind === "ValidatingAdmissionPolicy");
    const enforced = objects
      .filter(({ kind }) => kind === "ValidatingAdmissionPolicyBinding")
      .map(({ spec }) => spec);
    assert.deepEqual(
      enforced,
      policies.map(({ metadata }) => ({ policyName: metadata.name, validationActions: ["Deny"] })),
    );
    assert.equal(policies.length, 2);
    for (const { spec } of policies) {
      const { failurePolicy, matchConditions } = spec as { failurePolicy: string; matchConditions: object[] };
      assert.equal(failurePolicy, "Fail");
      assert.deepEqual(matchConditions, [
        {
          name: "by-the-balancer",
          expression: "request.userInfo.username == 'system:serviceaccount:monitoring:spot-balancer'",
        },
      ]);
    }
  });

  it("of the balancer change nothing in a workload but its place, and what it remembers of it", () => {
    const policy = objects.find(
      ({ kind, metadata }) =>
        kind === "ValidatingAdmissionPolicy" && metadata.name === "spot-balancer-workloads",
    );
    const { variables, matchConstraints } = policy?.["spec"] as {
      variables: { name: string; expression: string }[];
      matchConstraints: object;
    };
    const parts = variables.find(({ name }) => name === "parts")!.expression;
    const found = [
      ...parts.matchAll(/'at': dyn\('(.*)'\),\s+'old': (.*),\s+'new': (.*),\s+'free': dyn\(\[(.*)\]\)/g),
    ];
    // What is compared is what is named: `spec.template.spec.` is `oldPod.?spec` and `newPod.?spec`.
    for (const [, at = "", old, now] of found) {
      const [, inPod, path = at] = /^(spec\.template\.)(.*)/.exec(at) ?? [];
      const deeper = path.slice(0, -1).split(".").filter(Boolean).map((key) => `.?${key}`).join(""); // prettier-ignore
      const part = (whole: string) => `variables.${whole}${deeper}${deeper && ".orValue({})"}`;
      assert.deepEqual([old, now], (inPod ? ["oldPod", "newPod"] : ["before", "after"]).map(part));
    }
    const free = found.map(([, at, , , keys = ""]) => `${at}: ${keys.replaceAll("'", "")}`);
    assert.deepEqual(free, [
      ": metadata, spec",
      "metadata.: annotations, generation, managedFields, resourceVersion",
      "metadata.annotations.: spot-balancer/memory, spot-balancer/last-moved-at, spot-balancer/last-reason",
      "spec.: template",
      "spec.template.: metadata, spec",
      "spec.template.metadata.: annotations",
      "spec.template.metadata.annotations.: spot-balancer/placed-at",
      "spec.template.spec.: affinity, tolerations, topologySpreadConstraints",
      "spec.template.spec.affinity.: nodeAffinity",
      "spec.template.spec.affinity.nodeAffinity.: preferredDuringSchedulingIgnoredDuringExecution",
    ]);
    assert.deepEqual(matchConstraints, {
      resourceRules: [
        {
          ...{ apiGroups: ["apps"], apiVersions: ["*"], operations: ["CREATE", "UPDATE"] },
          resources: ["deployments", "statefulsets", "replicasets"],
        },
      ],
    });
  });
});
