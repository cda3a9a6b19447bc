// A small cluster as the API server's objects: three pools with pods, an autoscaler, what the balancer said. Pure.
import type { ApiAutoscaler, ApiEvent, ApiNode, ApiPod } from "../../../../k8s/backend/src/cluster/slim.ts";

/** Path of a list → its objects. */
export type Lists = Record<string, object[]>;

const ready = [{ type: "Ready", status: "True" }];

function node(name: string, pool: "regular" | "spot" | "system"): ApiNode {
  return {
    metadata: {
      ...{ name, uid: name, resourceVersion: "1" },
      labels: {
        "kubernetes.azure.com/agentpool": pool,
        "kubernetes.azure.com/mode": pool === "system" ? "system" : "user",
        "node.kubernetes.io/instance-type": "Standard_D4as_v5",
        ...(pool === "spot" && { "kubernetes.azure.com/scalesetpriority": "spot" }),
      },
    },
    status: { allocatable: { cpu: "3860m", memory: "13Gi", pods: "110" }, conditions: ready },
  };
}

function pod(namespace: string, workload: string, index: number, nodeName: string | undefined): ApiPod {
  const name = `${workload}-7d9f8c6b54-${index}`;
  const owner = { kind: "ReplicaSet", name: `${workload}-7d9f8c6b54`, controller: true };
  return {
    metadata: {
      ...{ name, namespace, uid: `${namespace}/${name}`, resourceVersion: "1" },
      ...{ labels: { "pod-template-hash": "7d9f8c6b54" }, ownerReferences: [owner] },
    },
    spec: {
      ...(nodeName !== undefined && { nodeName }),
      containers: [{ resources: { requests: { cpu: "250m", memory: "256Mi" } } }],
    },
    status: nodeName === undefined ? { phase: "Pending" } : { phase: "Running", conditions: ready },
  };
}

function autoscaler(namespace: string, name: string): ApiAutoscaler {
  const metric = (metricName: string, values: object) => ({
    type: "Resource",
    resource: { name: metricName, ...values },
  });
  return {
    metadata: { name, namespace, uid: `${namespace}/${name}`, resourceVersion: "1" },
    spec: {
      ...{ minReplicas: 2, maxReplicas: 10, scaleTargetRef: { kind: "Deployment", name } },
      metrics: [
        metric("cpu", { target: { averageUtilization: 70 } }),
        metric("memory", { target: { averageUtilization: 80 } }),
      ],
    },
    status: {
      ...{ currentReplicas: 7, desiredReplicas: 10 },
      currentMetrics: [
        metric("cpu", { current: { averageUtilization: 214 } }),
        metric("memory", { current: { averageUtilization: 143 } }),
      ],
    },
  };
}

function event(workload: string, action: string, reason: string, note: string, eventTime: string): ApiEvent {
  const metadata = { name: `${workload}.${action}`, namespace: "banking", resourceVersion: "1" };
  return {
    metadata: { ...metadata, uid: metadata.name },
    ...{ eventTime, action, reason, note, type: action === "Evict" ? "Warning" : "Normal" },
    regarding: { kind: "Deployment", name: workload, namespace: "banking" },
  };
}

/** @param now ms since 1970 */
export function buildLists(now: number): Lists {
  const nodes = [
    node("aks-regular-58522022-vmss000000", "regular"),
    node("aks-regular-58522022-vmss000001", "regular"),
    node("aks-spot-58522022-vmss000000", "spot"),
    node("aks-system-58522022-vmss000000", "system"),
  ];
  nodes[1]!.spec = { unschedulable: true };
  const [first, second, spot, system] = nodes.map(({ metadata }) => metadata.name);
  const pods = [
    ...["accounts", "ledger", "payments"].flatMap((name) => [
      pod("banking", name, 0, first),
      pod("banking", name, 1, second),
    ]),
    ...["reports", "statements"].map((name) => pod("banking", name, 0, spot)),
    ...["backend-a", "backend-b"].map((name) => pod("backend", name, 0, system)),
    pod("placeholder", "placeholder", 0, undefined),
  ];
  pods[1]!.metadata.deletionTimestamp = new Date(now).toISOString();
  const at = (secondsAgo: number) => new Date(now - secondsAgo * 1000).toISOString();
  const events = [
    event("reports", "MoveToSpot", "LowPriority", "regular → spot: its tier is low (usage 0.29)", at(40)),
    event("accounts", "MoveToRegular", "Busy", "spot → regular: CPU at 80 % of its requests", at(300)),
    event("statements", "Evict", "Hot", "its node is hotter than others", at(4000)),
    event("ledger", "Refuse", "Critical", "critical workloads stay on regular", at(10)),
  ];
  return {
    "/api/v1/nodes": nodes,
    "/api/v1/pods": pods,
    "/apis/autoscaling/v2/horizontalpodautoscalers": [
      autoscaler("backend", "backend-a"),
      autoscaler("banking", "fraud-check"),
    ],
    "/apis/events.k8s.io/v1/events": events,
  };
}
