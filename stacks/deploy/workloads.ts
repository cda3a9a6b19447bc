// The workloads that are nothing but a folder in k8s/. One more of them is a folder there, and a line here.

export const workloads = [
  "nginx-demo",
  "busy-demo",
  "accounts",
  "payments",
  "ledger",
  "fraud-check",
  "statements",
  "reports",
] as const;
