// The kinds of the Gateway API, as a provider of clusters brings them.
import { readFileSync } from "node:fs";
import { KubernetesObjectApi, PatchStrategy, type KubernetesObject } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { loadKubeConfig } from "../kube.ts";

/** @param file YAML of CustomResourceDefinitions. Repeatable */
export async function registerGatewayApi(kubeconfig: string, file: string): Promise<void> {
  const api = KubernetesObjectApi.makeApiClient(loadKubeConfig(kubeconfig));
  const objects = parseAllDocuments(readFileSync(file, "utf8")).map((one) => one.toJS() as KubernetesObject);
  await Promise.all(
    objects.map((object) =>
      api.patch(object, undefined, undefined, "spot-balancer-local", true, PatchStrategy.ServerSideApply),
    ),
  );
}
