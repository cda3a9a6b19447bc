// Where what runs in the cluster answers on this machine: addresses of the cluster mean nothing to a browser here.
import { CoreV1Api, type V1Service } from "@kubernetes/client-node";
import { publicUrl } from "../../stacks/deploy/publicUrl.ts";
import type { Environment } from "./environment.ts";
import { loadKubeConfig, orMissing } from "./kube.ts";
import { callSupervisor } from "./supervisor/client.ts";

/** URLs; what is not deployed has none. */
export interface Addresses {
  page?: string | undefined;
  prometheus?: string | undefined;
}

export async function readAddresses({ kubeconfig, supervisorSocket }: Environment): Promise<Addresses> {
  const core = loadKubeConfig(kubeconfig).makeApiClient(CoreV1Api);
  const find = (namespace: string, name: string): Promise<V1Service | undefined> =>
    orMissing(core.readNamespacedService({ namespace, name }));
  const [gateway, prometheus] = await Promise.all([
    find("gateway", "gateway"),
    find("monitoring", "prometheus"),
  ]);
  const at = { namespace: "monitoring", service: "prometheus", port: 9090 };
  return {
    page: publicUrl(gateway?.status),
    prometheus:
      prometheus &&
      `http://${(await callSupervisor(supervisorSocket, "POST /serviceAddress", at)) as string}`,
  };
}
