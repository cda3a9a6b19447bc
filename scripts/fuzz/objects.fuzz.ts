// Objects of the cluster as any tenant may store them, through the API into observe and decide.
import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../../balancer/decide.ts";
import { connect } from "../../balancer/kube/client.ts";
import { emptyState, workloadKey } from "../../balancer/model.ts";
import { observe } from "../../balancer/observe.ts";
import { connectPrometheus } from "../../balancer/prometheus.ts";
import { renderTable, buildStats } from "../../balancer/report.ts";
import { addDemo, buildApiDeployment, buildApiNode, buildApiPod } from "../../balancer/testing/apiObjects.ts";
import { type ApiObject, type FakeApiServer, startApiServer } from "../../balancer/testing/apiServer.ts";
import { type FakePrometheus, capturedPolicy, startPrometheus } from "../../balancer/testing/prometheus.ts";
import { fuzz } from "./harness.ts";
import { mutated } from "./odd.ts";

const metadata = (name: string, namespace?: string) => ({
  name,
  ...(namespace && { namespace }),
  uid: `uid-${name}`,
  resourceVersion: "7",
  labels: { app: "odd" },
  annotations: { "spot-balancer/memory": "{}" },
});
const selector = { matchLabels: { app: "odd" } };

/** One of each kind that a round reads. */
const bases: [path: string, object: object][] = [
  ["/apis/apps/v1/namespaces/demo/deployments/odd", buildApiDeployment("odd")],
  ["/apis/apps/v1/namespaces/demo/statefulsets/odd", { ...buildApiDeployment("odd"), kind: "StatefulSet", spec: { ...buildApiDeployment("odd").spec, serviceName: "odd", volumeClaimTemplates: [{ metadata: { name: "data" } }] } }],
  ["/apis/apps/v1/namespaces/demo/replicasets/odd-5d4f", { metadata: { ...metadata("odd-5d4f", "demo"), ownerReferences: [{ kind: "Deployment", name: "odd", uid: "uid-odd", controller: true }] }, spec: { replicas: 1, selector, template: { metadata: { labels: { app: "odd" } }, spec: { containers: [{ name: "c" }] } } }, status: { replicas: 1 } }],
  ["/api/v1/namespaces/demo/pods/odd-1", buildApiPod("odd", "regular-1")],
  ["/api/v1/nodes/odd", buildApiNode("odd", "spot")],
  ["/apis/policy/v1/namespaces/demo/poddisruptionbudgets/odd", { metadata: metadata("odd", "demo"), spec: { selector, minAvailable: "50%" }, status: { disruptionsAllowed: 1, expectedPods: 2, observedGeneration: 1 } }],
  ["/apis/autoscaling/v2/namespaces/demo/horizontalpodautoscalers/odd", { metadata: metadata("odd", "demo"), spec: { scaleTargetRef: { kind: "Deployment", name: "odd", apiVersion: "apps/v1" }, minReplicas: 1, maxReplicas: 3, metrics: [{ type: "Resource", resource: { name: "cpu", target: { averageUtilization: 70 } } }] }, status: { currentReplicas: 1, desiredReplicas: 1, currentMetrics: [], conditions: [] } }],
  ["/api/v1/namespaces/demo/persistentvolumeclaims/odd", { metadata: metadata("odd", "demo"), spec: { volumeName: "odd", accessModes: ["ReadWriteOnce"] }, status: { phase: "Bound" } }],
  ["/api/v1/persistentvolumes/odd", { metadata: metadata("odd"), spec: { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "topology.kubernetes.io/zone", operator: "In", values: ["1"] }] }] } } } }],
  ["/api/v1/namespaces/odd", { metadata: { ...metadata("odd"), annotations: { "scheduler.alpha.kubernetes.io/node-selector": "a=b,c=d" } } }],
  ["/api/v1/namespaces/demo/resourcequotas/odd", { metadata: metadata("odd", "demo"), spec: { hard: { pods: "9" }, scopes: ["NotTerminating"] }, status: { hard: { pods: "9", "requests.cpu": "9" }, used: { pods: "1", "requests.cpu": "1" } } }],
  ["/apis/karpenter.sh/v1/nodepools/odd", { metadata: metadata("odd"), spec: { limits: { cpu: "9" }, replicas: 1, disruption: { consolidateAfter: "30s", budgets: [{ nodes: "10%" }] } }, status: { resources: { cpu: "1", nodes: "1" }, nodes: 1, conditions: [{ type: "Ready", status: "True" }] } }],
  ["/apis/karpenter.sh/v1/nodeclaims/odd", { metadata: { ...metadata("odd"), labels: { "karpenter.sh/nodepool": "odd" }, creationTimestamp: "2026-11-29T12:00:00Z" }, status: { conditions: [{ type: "Launched", status: "False" }] } }],
  ["/apis/storage.k8s.io/v1/csinodes/spot-1", { metadata: metadata("spot-1"), spec: { drivers: [{ name: "disk.csi.azure.com", nodeID: "a", allocatable: { count: 4 } }] } }],
  ["/apis/storage.k8s.io/v1/storageclasses/odd", { metadata: { ...metadata("odd"), annotations: { "storageclass.kubernetes.io/is-default-class": "true" } }, allowedTopologies: [{ matchLabelExpressions: [{ key: "topology.kubernetes.io/zone", values: ["1"] }] }] }],
  ["/apis/scheduling.k8s.io/v1/priorityclasses/odd", { metadata: metadata("odd"), value: 1000, globalDefault: false }],
  ["/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status", { metadata: metadata("cluster-autoscaler-status", "kube-system"), data: { status: "nodeGroups:\n- name: spot\n  health: { status: Healthy, minSize: 0, maxSize: 3 }\n" } }],
]; // prettier-ignore

/** Every object has a name and a uid, in the namespace where it was made: without those no API server stores one. */
const identity = (path: string): boolean =>
  /^\.metadata\.(name|namespace|uid|resourceVersion)$|^\.metadata$/.test(path);

describe("fuzz: objects of the cluster", () => {
  let server: FakeApiServer;
  let prometheus: FakePrometheus;
  const { signal } = new AbortController();

  before(async () => {
    [server, prometheus] = await Promise.all([startApiServer(), startPrometheus()]);
    addDemo(server);
  });
  after(() => Promise.all([server.stop(), prometheus.stop()]));

  const several = fc.uniqueArray(
    fc.oneof(...bases.map(([path, object]) => mutated(object, identity).map((odd) => [path, odd] as const))),
    { selector: ([path]) => path, minLength: 1, maxLength: 3 },
  );

  fuzz(
    "objects that are odd in some places end no round, and each workload is decided once",
    14,
    several,
    async (objects) => {
      for (const [path, object] of objects) server.objects.set(path, object as ApiObject);
      const client = connect(server.kubeconfig(), { signal, backoffMs: 1 });
      try {
        const usage = connectPrometheus(prometheus.url, { signal, backoffMs: 1 });
        const { snapshot } = await observe(client, usage, capturedPolicy, emptyState);
        const now = Date.now();
        const plan = decide(snapshot, capturedPolicy, now);
        const decided = [...plan.moves, ...plan.refusals].map(({ workload }) => workloadKey(workload));
        assert.deepEqual(decided.toSorted(), [...new Set(snapshot.workloads.map(workloadKey))].sort());
        const stats = buildStats(plan, [], snapshot, {
          ...{ startedAt: "", durationMs: 1, dryRun: true, apiReads: 0, apiWrites: 0, promQueries: 0 },
          ...{ newestSampleAgeSeconds: null, warnings: [] },
        });
        const text = renderTable(plan, [], stats, { snapshot, policy: capturedPolicy, now });
        assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Cf}]/u);
      } finally {
        for (const [path] of objects) server.objects.delete(path);
        await client.close();
      }
    },
    (objects) => objects.length,
  );
});
