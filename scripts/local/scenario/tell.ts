// Tells the story of a few workloads on a running environment, and what it came to.
import type { KubeConfig } from "@kubernetes/client-node";
import { stateDir } from "../environment.ts";
import type { Screen } from "../screen.ts";
import { callSupervisor } from "../supervisor/client.ts";
import { environmentPaths } from "../processes/paths.ts";
import { viewCluster } from "./clusterView.ts";
import { summary } from "./lines.ts";
import { play } from "./run.ts";
import { savingSentence } from "./saving.ts";

/** The namespace of the demo workloads. */
const namespace = "demo";
/** Total of the workload's pods: 2 % of its requests, and well above them. */
const load = { idleCpu: "4m", busyCpu: "400m" };

export interface TellOptions {
  startedAt: number;
  verbose?: boolean;
  screen: Screen;
  signal: AbortSignal;
}

export async function tellStory(config: KubeConfig, options: TellOptions): Promise<void> {
  const preempt = async (node: string): Promise<void> => {
    await callSupervisor(environmentPaths(stateDir).socket, "POST /preempt", { node });
  };
  const { before, after, seen } = await play(load, { config, namespace, preempt, ...options });
  const moves = seen.filter(({ decision }) => decision.isMove).length;
  const saving = savingSentence(await viewCluster(config).spotPods(namespace));
  options.screen.say(`\n${summary({ before, after, moves, saving })}`);
}
