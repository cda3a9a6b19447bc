// The kinds of the Gateway API, as a provider of clusters brings them.
import { readFileSync } from "node:fs";
import {
  KubernetesObjectApi,
  PatchStrategy,
  type KubernetesObject,
  type V1CustomResourceDefinition,
} from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { loadKubeConfig, waitFor } from "../kube.ts";

/**
 * Returns when all of them are served. Repeatable.
 * @param file YAML of CustomResourceDefinitions
 */
export async function registerGatewayApi(
  kubeconfig: string,
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  const api = KubernetesObjectApi.makeApiClient(loadKubeConfig(kubeconfig));
  const apply = (object: KubernetesObject) =>
    api.patch(object, undefined, undefined, "spot-balancer-local", true, PatchStrategy.ServerSideApply);
  const objects = parseAllDocuments(readFileSync(file, "utf8")).map((one) => one.toJS() as KubernetesObject);
  await Promise.all(
    objects.map((object) =>
      waitFor(async () => isServed(await apply(woken(object))), {
        what: `${object.metadata?.name} to be served`,
        timeoutMs: 60_000,
        intervalMs: 1_000,
        signal,
      }),
    ),
  );
}

/**
 * With something new in it. An API server that ended just before it served a kind goes on with it only when the kind changes
 * (updateCustomResourceDefinition in apiextensions-apiserver's customresource_handler.go), so one was missing for good.
 */
const woken = (object: KubernetesObject): KubernetesObject => {
  const { annotations, ...metadata } = object.metadata ?? {};
  const asked = { "local.spot-balancer/asked": String(Date.now()) };
  return { ...object, metadata: { ...metadata, annotations: { ...annotations, ...asked } } };
};

const isServed = (object: KubernetesObject): boolean =>
  (object as V1CustomResourceDefinition).status?.conditions?.some(
    ({ type, status }) => type === "Established" && status === "True",
  ) ?? false;
