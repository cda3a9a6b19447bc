// Where k8s/balancer has the balancer, and the Prometheus that it asks there.

export const own = {
  namespace: "monitoring",
  prometheus: "http://prometheus.monitoring.svc:9090",
  priorityClass: "tier-critical",
} as const;
