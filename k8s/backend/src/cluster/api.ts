// The way to the API server as the pod's ServiceAccount, for balancer/kube. Not by client-node's KubeConfig, which reads
// every kind of kubeconfig and would be half of this program.
import { readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { join } from "node:path";
import type { ClusterAccess } from "../../../../balancer/kube/client.ts";

/** @param serviceAccountDir has `token`, which is renewed now and then and read again when it is refused, and `ca.crt` */
export function serviceAccountAccess(server: string, serviceAccountDir: string): ClusterAccess {
  const read = (name: string) => readFileSync(join(serviceAccountDir, name), "utf8");
  return {
    getCurrentCluster: () => ({ name: "in-cluster", server, skipTLSVerify: false }),
    applyToHTTPSOptions(options: RequestOptions) {
      options.ca = read("ca.crt");
      options.headers = { authorization: `Bearer ${read("token")}` };
      return Promise.resolve();
    },
  };
}
