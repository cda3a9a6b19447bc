// What the scenario does to the cluster, so that something happens in it: load on a workload, a preemption.
import type { KubeConfig } from "@kubernetes/client-node";
import type { ClusterView } from "./clusterView.ts";
import type { Step } from "./steps.ts";
import { setUsage } from "./usage.ts";

/** Takes a node as Azure does; rejects when there is no such spot node. */
export type Preempt = (node: string) => Promise<void>;

/** Brings about what the step starts with. */
export async function bringAbout(
  { cause, workload }: Step,
  namespace: string,
  { config, view, preempt }: { config: KubeConfig; view: ClusterView; preempt: Preempt },
): Promise<void> {
  if (cause.kind === "load") await setUsage(config, namespace, { [workload]: cause.cpu });
  if (cause.kind === "preempt") {
    const pods = await view.pods(namespace, workload);
    const nodes = new Set(pods.filter(({ priority }) => priority === "spot").map(({ node }) => node ?? ""));
    if (nodes.size === 0) throw new Error(`no pod of ${namespace}/${workload} runs on a spot node`);
    await Promise.all([...nodes].map(preempt));
  }
}
