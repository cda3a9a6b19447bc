// A manifest of a workload, as text, for those who judge it offline.

export const container = "{ name: main, image: web, resources: { requests: { cpu: 100m, memory: 64Mi } } }";

/** A manifest that may go to spot, and what is to be different in it: keys of its spec, and of its template's. */
export function manifest({
  kind = "Deployment",
  spec = "",
  metadata = "",
  labels = "",
  template = "",
} = {}): string {
  return `
apiVersion: apps/v1
kind: ${kind}
metadata: { name: web, namespace: shop, ${metadata} }
spec:
  selector: { matchLabels: { app: web } }
  ${spec}
  template:
    metadata: { labels: { app: web }, ${labels} }
    spec: { ${template || `containers: [${container}]`} }
`;
}
