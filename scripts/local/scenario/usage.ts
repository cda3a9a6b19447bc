// How busy the emulated workloads are: an annotation of theirs, which is the total CPU of their pods.
import { AppsV1Api, type KubeConfig, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";

/** Copied to the workload's pods by the environment's usage driver, as if they used that much together. */
const usageAnnotation = "local.spot-balancer/cpu";

/** Workload → total CPU, as a Kubernetes quantity. */
export type Usage = Record<string, string>;

/** What the workloads use now. */
export async function readUsage(
  config: KubeConfig,
  namespace: string,
  workloads: readonly string[],
): Promise<Usage> {
  const { items } = await config.makeApiClient(AppsV1Api).listNamespacedDeployment({ namespace });
  return Object.fromEntries(
    items.flatMap(({ metadata }) => {
      const name = metadata?.name ?? "";
      const usage = metadata?.annotations?.[usageAnnotation];
      return workloads.includes(name) && usage !== undefined ? [[name, usage]] : [];
    }),
  );
}

export async function setUsage(config: KubeConfig, namespace: string, usage: Usage): Promise<void> {
  const apps = config.makeApiClient(AppsV1Api);
  for (const [name, cpu] of Object.entries(usage)) {
    await apps.patchNamespacedDeployment(
      {
        namespace,
        name,
        body: { metadata: { annotations: { [usageAnnotation]: cpu } } },
        fieldManager: "load",
      },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
  }
}
