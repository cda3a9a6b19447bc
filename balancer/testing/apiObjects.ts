// API objects for tests, as the API server would answer them: something ordinary, and what is to be different.
import type { V1Deployment, V1Node, V1Pod } from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import type { ApiObject, FakeApiServer } from "./apiServer.ts";

const since = "2026-11-18T12:00:00Z";
const spot = { key: "kubernetes.azure.com/scalesetpriority", value: "spot", effect: "NoSchedule" };

/** Puts any object where the API has it. */
export function addObject(server: FakeApiServer, resource: string, object: object): void {
  const { namespace, name } = (object as ApiObject).metadata;
  const root = resource.includes("/") ? `/apis/${resource.slice(0, resource.lastIndexOf("/"))}` : "/api/v1";
  const plural = resource.slice(resource.lastIndexOf("/") + 1);
  const folder = namespace === undefined ? root : `${root}/namespaces/${namespace}`;
  server.add(`${folder}/${plural}/${name}`, object as ApiObject);
}

/** Ready, with 2 CPUs and 8 GiB. */
export function buildApiNode(name: string, priority: "regular" | "spot"): Json<V1Node> {
  return {
    metadata: {
      name,
      creationTimestamp: since,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.azure.com/agentpool": priority,
        "kubernetes.azure.com/mode": "user",
        "kubernetes.azure.com/priority": priority,
        ...(priority === "spot" && { [spot.key]: "spot" }),
      },
    },
    spec: { taints: priority === "spot" ? [spot] : [] },
    status: {
      conditions: [
        { type: "Ready", status: "True", lastTransitionTime: since },
        { type: "MemoryPressure", status: "False" },
      ],
      allocatable: { cpu: "2", memory: "8Gi", pods: "30" },
    },
  };
}

/** One replica that requests 100m and 128Mi, rolled out. */
export function buildApiDeployment(name: string, namespace = "demo"): Json<V1Deployment> {
  return {
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      generation: 1,
      labels: { app: name },
      creationTimestamp: since,
    },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: { metadata: { labels: { app: name } }, spec: podSpec() },
    },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
  };
}

/** A running pod `<deployment>-1` of a Deployment, on a node. */
export function buildApiPod(deployment: string, nodeName: string, namespace = "demo"): Json<V1Pod> {
  const name = `${deployment}-1`;
  return {
    metadata: {
      ...{ name, namespace, uid: `uid-${name}`, creationTimestamp: since },
      labels: { app: deployment, "pod-template-hash": "7d9f" },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: `${deployment}-7d9f`,
          uid: `rs-${deployment}`,
          controller: true,
        },
      ],
    },
    spec: { ...podSpec(), nodeName },
    status: {
      phase: "Running",
      conditions: [
        { type: "PodScheduled", status: "True" },
        { type: "Ready", status: "True", lastTransitionTime: since },
      ],
    },
  };
}

const podSpec = () => ({
  containers: [{ name: "main", resources: { requests: { cpu: "100m", memory: "128Mi" } } }],
});

/** A namespace `demo` with an idle `nginx-demo` and a busy `busy-demo` on regular, and a spot node beside them. */
export function addDemo(server: FakeApiServer): void {
  for (const name of ["demo", "monitoring"])
    addObject(server, "namespaces", { metadata: { name, labels: {} } });
  addObject(server, "nodes", buildApiNode("regular-1", "regular"));
  addObject(server, "nodes", buildApiNode("spot-1", "spot"));
  for (const name of ["nginx-demo", "busy-demo"]) {
    addObject(server, "apps/v1/deployments", buildApiDeployment(name));
    addObject(server, "pods", buildApiPod(name, "regular-1"));
  }
  addObject(server, "configmaps", { metadata: { name: "spot-balancer-state", namespace: "monitoring" } });
  addObject(server, "coordination.k8s.io/v1/leases", {
    metadata: { name: "spot-balancer", namespace: "monitoring" },
  });
}
