// A snapshot as the objects that an API server would have it from: what `observe` reads becomes the snapshot again. Pure.
import type { V1Pod, V1PodSpec } from "@kubernetes/client-node";
import type { Json } from "../../../balancer/kube/json.ts";
import type { DisruptionBudget, Node, Resources, Snapshot, Workload } from "../../../balancer/model.ts";

/** As etcd has it: with `apiVersion` and `kind`, without a resource version. */
export interface StoredObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [key: string]: unknown };
  [key: string]: unknown;
}

/** Where etcd has it → object. */
export type Stored = [key: string, object: StoredObject];

const hash = "7d9f8c6b54";
const ageMs = 600 * 60_000;

/**
 * @param sample a pod that the API server itself gave its defaults, volumes and managed fields: all pods look like it
 * @param now ms since 1970
 */
export function* storedObjects(snapshot: Snapshot, sample: Json<V1Pod>, now: number): Generator<Stored> {
  const since = new Date(now - ageMs).toISOString().replace(/\.\d+Z$/, "Z");
  const uid = uidCounter();
  const meta = (name: string, namespace?: string) => ({
    name,
    namespace,
    uid: uid(),
    creationTimestamp: since,
  });
  const template = (workload: Workload) => podSpec(workload, sample.spec!);

  for (const node of snapshot.nodes) yield [`minions/${node.name}`, nodeObject(node, since, uid())];
  for (const name of new Set(snapshot.workloads.map(({ namespace }) => namespace))) {
    const spec = { finalizers: ["kubernetes"] };
    yield [
      `namespaces/${name}`,
      { apiVersion: "v1", kind: "Namespace", metadata: meta(name), spec, status: { phase: "Active" } },
    ];
  }
  const specs = new Map<string, Json<V1PodSpec>>();
  const controllers = new Map<string, object>();
  for (const workload of snapshot.workloads) {
    const { kind, namespace, name } = workload;
    const spec = template(workload);
    specs.set(`${kind}/${namespace}/${name}`, spec);
    controllers.set(`${kind}/${namespace}/${name}`, replicaSetReference(workload, uid()));
    yield [`deployments/${namespace}/${name}`, deploymentObject(workload, spec, meta(name, namespace))];
  }
  for (const budget of snapshot.disruptionBudgets) {
    const { namespace, name } = budget;
    yield [`poddisruptionbudgets/${namespace}/${name}`, budgetObject(budget, meta(name, namespace))];
  }
  for (const pod of snapshot.pods) {
    const spec = specs.get(pod.workload!)!;
    const metadata = {
      ...{ ...sample.metadata, resourceVersion: undefined, ...meta(pod.name, pod.namespace) },
      labels: { ...pod.labels, "pod-template-hash": hash },
      ownerReferences: [controllers.get(pod.workload!)!],
    };
    const object = {
      ...sample,
      apiVersion: "v1",
      kind: "Pod",
      metadata,
      spec: { ...spec, nodeName: pod.nodeName },
    };
    yield [`pods/${pod.namespace}/${pod.name}`, object];
  }
}

/** Unique and of the usual length. */
function uidCounter(): () => string {
  let count = 0;
  return () => `6f1c52d0-9a4e-4c1b-8d37-${(++count).toString(16).padStart(12, "0")}`;
}

const quantities = ({ cpu, memory }: Resources) => ({ cpu: `${cpu}m`, memory: String(memory) });

function nodeObject(node: Node, since: string, uid: string): StoredObject {
  const { name, labels, taints } = node;
  const allocatable = { ...quantities(node.allocatable), pods: String(node.allocatable.pods) };
  const conditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"].map((type) => ({
    ...{ type, status: type === "Ready" ? "True" : "False", reason: "KubeletReady" },
    ...{ lastHeartbeatTime: since, lastTransitionTime: since },
  }));
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, uid, labels, creationTimestamp: since },
    spec: { taints },
    status: { allocatable, capacity: allocatable, conditions },
  };
}

/** The sample's, with the workload's own demands. */
function podSpec({ template, name }: Workload, sample: Json<V1PodSpec>): Json<V1PodSpec> {
  const labelSelector = { matchLabels: { app: name } };
  return {
    ...sample,
    containers: sample.containers.map((one) => ({
      ...one,
      resources: { requests: quantities(template.requests) },
    })),
    tolerations: [...(sample.tolerations ?? []), ...template.tolerations],
    topologySpreadConstraints: template.topologySpread.map(({ topologyKey, maxSkew }) => {
      return { topologyKey, maxSkew, whenUnsatisfiable: "DoNotSchedule", labelSelector };
    }),
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: template.podAntiAffinity.map(({ topologyKey }) => {
          return { topologyKey, labelSelector };
        }),
      },
    },
  };
}

const replicaSetReference = ({ name }: Workload, uid: string) => ({
  ...{ apiVersion: "apps/v1", kind: "ReplicaSet", name: `${name}-${hash}`, uid },
  ...{ controller: true, blockOwnerDeletion: true },
});

function deploymentObject(
  { name, replicas, placement, template: { labels } }: Workload,
  spec: Json<V1PodSpec>,
  metadata: StoredObject["metadata"] & { creationTimestamp: string },
): StoredObject {
  const managedFields = placement === "spot" ? [ourPlacement(metadata.creationTimestamp)] : [];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { ...metadata, generation: 1, labels, managedFields },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: { metadata: { labels }, spec },
    },
    status: {
      ...{ observedGeneration: 1, replicas, updatedReplicas: replicas },
      ...{ readyReplicas: replicas, availableReplicas: replicas },
    },
  };
}

/** What applying a spot placement leaves in `managedFields`. */
const ourPlacement = (time: string) => ({
  ...{ manager: "spot-balancer", operation: "Apply", apiVersion: "apps/v1", time, fieldsType: "FieldsV1" },
  fieldsV1: {
    "f:spec": {
      "f:template": {
        "f:spec": {
          "f:affinity": { "f:nodeAffinity": { "f:preferredDuringSchedulingIgnoredDuringExecution": {} } },
          "f:tolerations": {},
        },
      },
    },
  },
});

function budgetObject(budget: DisruptionBudget, metadata: StoredObject["metadata"]): StoredObject {
  const { name, disruptionsAllowed, currentHealthy, desiredHealthy } = budget;
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { ...metadata, generation: 1 },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: name } } },
    status: {
      disruptionsAllowed,
      currentHealthy,
      desiredHealthy,
      expectedPods: currentHealthy,
      observedGeneration: 1,
    },
  };
}

/** A pod as the ReplicaSet controller makes it, to be created through the API. */
export const samplePod = (namespace: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { generateName: `app-${hash}-`, namespace, labels: { app: "app", "pod-template-hash": hash } },
  spec: {
    nodeName: "node-0",
    containers: [
      {
        name: "main",
        image: "registry.example/team/app:1.27.3",
        ports: [{ name: "http", containerPort: 8080 }],
        env: [{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
        readinessProbe: { httpGet: { path: "/ready", port: "http" }, periodSeconds: 5 },
        resources: { requests: { cpu: "300m", memory: "1Gi" } },
      },
    ],
  },
});

/** What a kubelet reports of it. */
export function runningStatus(now: number): object {
  const at = new Date(now - ageMs).toISOString().replace(/\.\d+Z$/, "Z");
  const conditions = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
  return {
    phase: "Running",
    conditions: conditions.map((type) => ({
      type,
      status: "True",
      lastProbeTime: null,
      lastTransitionTime: at,
    })),
    containerStatuses: [
      {
        ...{
          name: "main",
          image: "registry.example/team/app:1.27.3",
          ready: true,
          started: true,
          restartCount: 0,
        },
        imageID: `registry.example/team/app@sha256:${"5".repeat(64)}`,
        containerID: `containerd://${"b".repeat(64)}`,
        state: { running: { startedAt: at } },
      },
    ],
    ...{
      hostIP: "10.1.0.4",
      hostIPs: [{ ip: "10.1.0.4" }],
      podIP: "10.244.1.7",
      podIPs: [{ ip: "10.244.1.7" }],
    },
    ...{ startTime: at, qosClass: "Burstable" },
  };
}
