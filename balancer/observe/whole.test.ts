// What is seen of a cluster in which every object says all that it can, whole: testdata/whole.txt has each as one line.
import { join } from "node:path";
import { connect } from "../kube/client.ts";
import { emptyState } from "../model.ts";
import { observe } from "../observe.ts";
import { connectPrometheus } from "../prometheus.ts";
import { addDemo, addObject, buildApiDeployment, buildApiNode, buildApiPod } from "../testing/apiObjects.ts";
import { type FakeApiServer, startApiServer } from "../testing/apiServer.ts";
import { inOneLine, lookedAt } from "../testing/lookedAt.ts";
import { type FakePrometheus, capturedPolicy, startPrometheus } from "../testing/prometheus.ts";

const holds = lookedAt(join(import.meta.dirname, "testdata/whole.txt"));
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 18, 12, minutes)).toISOString();
const named = (name: string) => ({ name, namespace: "demo", uid: `uid-${name}`, creationTimestamp: at(-90) });
const expressions = (key: string, operator: string, ...values: string[]) => [{ key, operator, values }];
const term = (app: string) => ({ topologyKey: "zone", labelSelector: { matchLabels: { app } } });

describe("the whole of what is seen", () => {
  let server: FakeApiServer;
  let prometheus: FakePrometheus;
  before(async () => {
    [server, prometheus] = await Promise.all([startApiServer(), startPrometheus()]);
    addDemo(server);
    addNodes(server);
    addWorkloads(server);
    addPods(server);
    addVolumes(server);
    addLimits(server);
  });
  after(() => Promise.all([server.stop(), prometheus.stop()]));

  it("is what was last looked at", async () => {
    const signal = new AbortController().signal;
    const client = connect(server.kubeconfig(), { signal, backoffMs: 1 });
    const usage = connectPrometheus(prometheus.url, { signal, backoffMs: 1 });
    const { snapshot } = await observe(client, usage, capturedPolicy, emptyState);
    await client.close();
    for (const [name, list] of Object.entries(snapshot)) {
      if (!Array.isArray(list)) continue;
      const lines = list.map((each: { usage?: object }) =>
        inOneLine({ ...each, ...(each.usage && { usage: { ...each.usage, sampledAt: undefined } }) }),
      );
      holds(name, lines.join("\n"));
    }
  });
});

function addNodes(server: FakeApiServer): void {
  const node = buildApiNode("full", "spot");
  node.metadata = {
    ...node.metadata,
    creationTimestamp: at(-60),
    deletionTimestamp: at(5),
    annotations: { "cluster-autoscaler.kubernetes.io/scale-down-disabled": "true" },
  };
  node.spec = {
    unschedulable: true,
    taints: [
      { key: "a", effect: "NoExecute" },
      { key: "b", value: "c", effect: "PreferNoSchedule" },
    ],
  };
  node.status = {
    conditions: [
      { type: "Ready", status: "False", lastTransitionTime: at(-3) },
      { type: "VMEventScheduled", status: "True", reason: "Preempt", message: "in 30 s" },
      { type: "MemoryPressure", status: "True" },
      { type: "DiskPressure", status: "Unknown", reason: "NodeStatusUnknown" },
    ],
    allocatable: { cpu: "1900m", memory: "7Gi", pods: "110", "ephemeral-storage": "100Gi", "nvidia.com/gpu": "1" },
    capacity: { cpu: "2", memory: "8Gi", pods: "250", "ephemeral-storage": "128Gi" },
  }; // prettier-ignore
  addObject(server, "nodes", node);
  addObject(server, "storage.k8s.io/v1/csinodes", {
    metadata: { name: "full" },
    spec: { drivers: [{ name: "disk.csi.azure.com", allocatable: { count: 8 } }, { name: "file.csi.azure.com" }] },
  }); // prettier-ignore
}

/** All that a pod's spec can say about where it may run, and what it takes. */
const fullSpec = {
  priorityClassName: "high",
  schedulerName: "packing",
  nodeSelector: { disk: "ssd" },
  overhead: { cpu: "10m", memory: "16Mi" },
  initContainers: [
    { name: "proxy", restartPolicy: "Always", resources: { requests: { cpu: "20m", memory: "8Mi" }, limits: { cpu: "40m", memory: "9Mi" } }, ports: [{ containerPort: 15, hostPort: 15 }] },
    { name: "setup", resources: { requests: { cpu: "1", memory: "4Mi" } } },
  ],
  containers: [
    { name: "main", resources: { requests: { cpu: "300m", memory: "64Mi", "ephemeral-storage": "1Gi" }, limits: { cpu: "600m", memory: "128Mi", "nvidia.com/gpu": "1" } }, ports: [{ containerPort: 53, hostPort: 53, protocol: "UDP", hostIP: "10.0.0.1" }] },
  ],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: expressions("arch", "NotIn", "arm64"), matchFields: expressions("metadata.name", "In", "n1") }] },
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 3, preference: { matchExpressions: expressions("gen", "Gt", "4") } }],
    },
    podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...term("near"), namespaces: ["other"] }] },
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term("far")], preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 9, podAffinityTerm: term("rather-not") }] },
  },
  tolerations: [{ key: "gpu", operator: "Equal", value: "yes", effect: "NoSchedule" }],
  topologySpreadConstraints: [
    { ...term("full"), maxSkew: 2, minDomains: 3, whenUnsatisfiable: "DoNotSchedule", nodeTaintsPolicy: "Honor", nodeAffinityPolicy: "Ignore", matchLabelKeys: ["version"] },
    { ...term("full"), maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" },
  ],
  volumes: [{ name: "scratch", emptyDir: {} }, { name: "host", hostPath: { path: "/" } }, { name: "files", persistentVolumeClaim: { claimName: "files" } }],
}; // prettier-ignore

const memory = { lastMovedAt: Date.parse(at(-30)), lastMove: "ToRegular", lastReason: "Busy", recentMoves: [Date.parse(at(-30))], placedAt: Date.parse(at(-80)), failedReturns: 2 }; // prettier-ignore

function addWorkloads(server: FakeApiServer): void {
  const plain = buildApiDeployment("full");
  const template = {
    metadata: {
      labels: { app: "full", version: "2" },
      annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" },
    },
    spec: fullSpec,
  };
  addObject(server, "apps/v1/deployments", {
    metadata: {
      ...named("full"),
      generation: 7,
      labels: { tier: "low" },
      deletionTimestamp: at(9),
      annotations: { "spot-balancer/memory": JSON.stringify(memory) },
      ownerReferences: [{ apiVersion: "kafka.strimzi.io/v1", kind: "Kafka", name: "k", uid: "k" }],
    },
    spec: {
      ...{ replicas: 10, paused: true, progressDeadlineSeconds: 120, template },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
    },
    status: { observedGeneration: 6, replicas: 12, updatedReplicas: 5, availableReplicas: 9, readyReplicas: 11 },
  }); // prettier-ignore
  addObject(server, "apps/v1/deployments", {
    metadata: named("recreated"),
    spec: { ...plain.spec, replicas: 3, strategy: { type: "Recreate" } },
  });
  addObject(server, "apps/v1/statefulsets", {
    metadata: { ...named("db"), generation: 3, labels: { app: "db" } },
    spec: {
      ...{ replicas: 3, ordinals: { start: 2 }, template: plain.spec!.template },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 2 } },
      volumeClaimTemplates: [{ metadata: { name: "data" } }, { metadata: { name: "logs" } }],
    },
    status: { observedGeneration: 2, replicas: 4, updatedReplicas: 1, availableReplicas: 3 },
  });
  addObject(server, "apps/v1/statefulsets", {
    metadata: named("by-hand"),
    spec: { ...plain.spec, replicas: 2, updateStrategy: { type: "OnDelete" } },
  });
  addObject(server, "apps/v1/replicasets", {
    metadata: { ...named("alone-7d9f"), uid: "rs-alone", generation: 4 },
    spec: { ...plain.spec, replicas: 5 },
    status: { observedGeneration: 4, replicas: 6, availableReplicas: 2 },
  });
}

function addPods(server: FakeApiServer): void {
  const add = (name: string, change: { metadata?: object; spec?: object; status?: object }, app = name) => {
    const pod = buildApiPod(app, "full");
    addObject(server, "pods", {
      metadata: { ...pod.metadata, ...named(`${name}-1`), ...change.metadata },
      spec: { ...pod.spec, ...change.spec },
      status: { ...pod.status, ...change.status },
    });
  };
  const unschedulable = { type: "PodScheduled", status: "False", reason: "Unschedulable", lastTransitionTime: at(-7) }; // prettier-ignore
  const noOwner = { ownerReferences: [] };
  const sidecar = { name: "proxy", restartPolicy: "Always" };
  // Of two containers each; Prometheus knows two of the first and one of the second.
  add("busy-demo", { spec: { initContainers: [sidecar, { name: "setup" }] } });
  add("nginx-demo", { spec: { initContainers: [sidecar] } });
  add("gated", { spec: { nodeName: undefined }, status: { phase: "Pending", conditions: [{ ...unschedulable, reason: "SchedulingGated" }] } }, "full"); // prettier-ignore
  add("alone", { metadata: { deletionTimestamp: at(1) } });
  add(
    "starting",
    { status: { phase: "Pending", conditions: [{ type: "Ready", status: "False" }] } },
    "alone",
  );
  add("failed", { status: { phase: "Failed" } }, "alone");
  add("waiting", { spec: { nodeName: undefined }, status: { phase: "Pending", conditions: [unschedulable] } }, "full"); // prettier-ignore
  add("bare", {
    metadata: { ...noOwner, labels: { app: "bare", version: "3" } },
    spec: { ...fullSpec, nodeName: undefined, schedulingGates: [{ name: "g" }] },
    status: { phase: "Pending", conditions: [{ ...unschedulable, message: "0/2 nodes are available: 2 node(s) had untolerated taint {a: b}." }] },
  }); // prettier-ignore
  add("patient", {
    metadata: { annotations: { "karpenter.sh/do-not-disrupt": "1h30m" } },
    spec: { volumes: [{ name: "files", persistentVolumeClaim: { claimName: "files" } }, { name: "own", ephemeral: {} }] },
    status: { startTime: at(-60), containerStatuses: [{ name: "main", allocatedResources: { cpu: "700m" } }] },
  }, "recreated"); // prettier-ignore
  const owner = { apiVersion: "apps/v1", kind: "DaemonSet", name: "agent", uid: "ds", controller: true };
  add("agent", { metadata: { ownerReferences: [owner] }, spec: { hostNetwork: true, containers: [{ name: "a", ports: [{ containerPort: 9100 }] }] } }); // prettier-ignore
}

function addVolumes(server: FakeApiServer): void {
  const claim = (name: string, volumeName: string, ...accessModes: string[]) =>
    addObject(server, "persistentvolumeclaims", { metadata: named(name), spec: { volumeName, accessModes } });
  const volume = (name: string, spec: object, labels = {}) =>
    addObject(server, "persistentvolumes", { metadata: { name, labels }, spec });
  const inZone = (zone: string) => ({ "topology.kubernetes.io/zone": zone });
  const disk = { csi: { driver: "disk.csi.azure.com" } };
  claim("files", "pv-files", "ReadWriteMany");
  volume("pv-files", { csi: { driver: "file.csi.azure.com" } });
  claim("patient-1-own", "pv-own", "ReadWriteOnce");
  volume("pv-own", { awsElasticBlockStore: {} });
  // The first replica of three is number 2; those before and after are left over.
  for (const ordinal of [1, 2, 3, 4, 5]) claim(`data-db-${ordinal}`, `pv-${ordinal}`, "ReadWriteOnce");
  volume("pv-1", disk, inZone("before"));
  volume("pv-2", disk, inZone("a__b"));
  volume("pv-3", { azureDisk: {} }, { "failure-domain.beta.kubernetes.io/zone": "c" });
  volume("pv-4", { gcePersistentDisk: {}, nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [...expressions("topology.gke.io/zone", "In", "d", ""), ...expressions("rack", "In", "7")] }] } } }); // prettier-ignore
  volume("pv-5", disk, inZone("after"));
  claim("logs-db-3", "pv-logs", "ReadOnlyMany");
  volume("pv-logs", disk);
}

function addLimits(server: FakeApiServer): void {
  addObject(server, "namespaces", { metadata: { name: "demo", labels: { team: "a" }, deletionTimestamp: at(2), annotations: { "scheduler.alpha.kubernetes.io/node-selector": "env=test,zone==1" } } }); // prettier-ignore
  addObject(server, "scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "usual" }, value: 7, globalDefault: true }); // prettier-ignore
  addObject(server, "scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "high" }, value: 500 });
  addObject(server, "policy/v1/poddisruptionbudgets", {
    metadata: { ...named("pdb"), generation: 2 },
    spec: { selector: { matchLabels: { app: "full" }, matchExpressions: expressions("v", "Exists") }, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    status: { observedGeneration: 2, disruptionsAllowed: 1, currentHealthy: 5, desiredHealthy: 4, expectedPods: 6 },
  }); // prettier-ignore
  addObject(server, "autoscaling/v2/horizontalpodautoscalers", {
    metadata: named("hpa"),
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "full" }, minReplicas: 2, maxReplicas: 20 },
    status: { currentReplicas: 10, desiredReplicas: 11, lastScaleTime: at(-4), conditions: [{ type: "AbleToScale", status: "False", reason: "BackoffBoth" }] },
  }); // prettier-ignore
  addObject(server, "resourcequotas", {
    metadata: named("quota"),
    spec: { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "NotIn", values: ["low"] }] } },
    status: { hard: { cpu: "10", memory: "2Gi", "limits.cpu": "20", "limits.memory": "4Gi", pods: "30", "requests.ephemeral-storage": "5Gi", "count/replicasets.apps": "9" }, used: { cpu: "2500m", memory: "1Gi", "limits.cpu": "3", "limits.memory": "1Gi", pods: "4", "requests.ephemeral-storage": "1Gi", "count/replicasets.apps": "7" } },
  }); // prettier-ignore
  const group = (name: string, status: string, scaleUp: string, minSize: number) =>
    `- { name: ${name}, health: { status: ${status}, minSize: ${minSize}, maxSize: 9, nodeCounts: { registered: { total: 3 } } }, scaleUp: { status: ${scaleUp}, lastTransitionTime: "${at(-2)}" } }`;
  addObject(server, "configmaps", {
    metadata: { name: "cluster-autoscaler-status", namespace: "kube-system" },
    data: { status: ["nodeGroups:", group("a", "Healthy", "Backoff", 1), group("b", "Unhealthy", "NoActivity", 2)].join("\n") },
  }); // prettier-ignore
}
