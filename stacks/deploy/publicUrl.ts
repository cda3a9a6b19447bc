// The address that a load balancer has given to a Service, for a browser. Apart from gateway.ts, which loads Pulumi.
import type { V1Service } from "@kubernetes/client-node";

/**
 * The port is named where it is not the usual one: an address on a developer's machine.
 * Undefined while there is none.
 */
export function publicUrl(status: V1Service["status"]): string | undefined {
  const [ingress] = status?.loadBalancer?.ingress ?? [];
  const host = ingress?.hostname ?? ingress?.ip;
  if (host === undefined) return undefined;
  const port = ingress?.ports?.[0]?.port ?? 80;
  return port === 80 ? `http://${host}` : `http://${host}:${port}`;
}
