// `npm run local -- watch`: follows the balancer's decisions as the cluster records them, until it is stopped.
import { setTimeout as delay } from "node:timers/promises";
import { runningEnvironment } from "../environment.ts";
import { loadKubeConfig } from "../kube.ts";
import { clock } from "../scenario/lines.ts";
import { type ClusterView, type Decision, viewCluster } from "../scenario/clusterView.ts";

/** `09:12:33  demo/nginx-demo  MoveToSpot  Idle  it used …` */
export function decisionLine({ at, namespace, workload, action, reason, message }: Decision): string {
  return [clock(at), `${namespace}/${workload}`, action, reason, message].join("  ");
}

/**
 * Says every decision once that is made from now on; a repeated one again at its new time. Of those from before only how
 * many there are: the first lines would be of hours ago.
 * Returns when the signal fires; rejects when the cluster can no longer be read.
 */
export async function watch(options: {
  view: ClusterView;
  say: (line: string) => void;
  signal: AbortSignal;
  /** How often the cluster is looked at, ms. */
  intervalMs?: number;
}): Promise<void> {
  const { view, say, signal, intervalMs = 1_000 } = options;
  const said = new Set((await view.decisions()).map(decisionLine));
  if (said.size > 0)
    say(`${said.size} decisions were made before, and are not shown; \`kubectl events -A\` has them`);
  while (!signal.aborted) {
    for (const decision of await view.decisions()) {
      const line = decisionLine(decision);
      if (!said.has(line)) say(line);
      said.add(line);
    }
    await delay(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}

/** `watch` on the running environment. */
export async function watchEnvironment(say: (line: string) => void, signal: AbortSignal): Promise<void> {
  await watch({ view: viewCluster(loadKubeConfig(runningEnvironment().kubeconfig)), say, signal });
}
