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
 * How often a kind is looked at before it is changed again. Each change has the API server build what it says of all its
 * kinds anew: changed every second, these took four of its eleven CPU seconds until it was ready.
 */
const looks = 10;

/**
 * Returns when all of them are served. Repeatable.
 * @param file YAML of CustomResourceDefinitions
 */
export async function registerGatewayApi(
  kubeconfig: string,
  file: string,
  signal?: AbortSignal,
  intervalMs = 500,
): Promise<void> {
  const api = KubernetesObjectApi.makeApiClient(loadKubeConfig(kubeconfig));
  const apply = (object: KubernetesObject) =>
    api.patch(object, undefined, undefined, "spot-balancer-local", true, PatchStrategy.ServerSideApply);
  const objects = parseAllDocuments(readFileSync(file, "utf8")).map((one) => one.toJS() as KubernetesObject);
  const register = async (object: KubernetesObject): Promise<void> => {
    let looksLeft = 0;
    const look = () => {
      if (looksLeft-- > 0) return api.read(object as Named);
      looksLeft = looks;
      return apply(woken(object));
    };
    const what = `${object.metadata?.name} to be served`;
    await waitFor(async () => isServed(await look()), { what, timeoutMs: 60_000, intervalMs, signal });
  };
  await Promise.all(objects.map(register));
}

type Named = KubernetesObject & { metadata: { name: string } };

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
