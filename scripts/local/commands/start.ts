// `npm start`: brings everything up on this machine, plays the story, and leaves the environment running.
import { relative } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { loadKubeConfig } from "../kube.ts";
import { type Addresses, readAddresses } from "../addresses.ts";
import { type Environment, stateDir } from "../environment.ts";
import { demoCluster } from "../demo/cluster.ts";
import { playDemo } from "../demo/demo.ts";
import { demoLoad } from "../demo/load.ts";
import { openBrowser } from "../demo/openBrowser.ts";
import { summary } from "../scenario/lines.ts";
import { play, type Played } from "../scenario/run.ts";
import { savingSentence } from "../scenario/saving.ts";
import { viewCluster } from "../scenario/clusterView.ts";
import { callSupervisor } from "../supervisor/client.ts";
import { environmentPaths } from "../supervisor/paths.ts";
import { runStackCommand, type StackCommandOptions } from "./stack.ts";
import { stop } from "./stop.ts";
import { up } from "./up.ts";

export interface StartOptions {
  engine: StackCommandOptions["engine"];
  /** Takes everything down again at the end. */
  exit?: boolean;
  /** Opens the page in a browser. */
  open?: boolean;
  /** Load, and what comes of it, instead of the story of a few workloads. */
  demo?: boolean;
  say: (line: string) => void;
  signal?: AbortSignal;
}

/** The namespace of the demo workloads. */
const namespace = "demo";
/** Total of the workload's pods: 2 % of its requests, and well above them. */
const load = { idleCpu: "4m", busyCpu: "400m" };

/** @throws when a stack cannot be brought up, or a step of the story does not show in the cluster */
export async function start({ engine, exit, open, demo, say, signal }: StartOptions): Promise<void> {
  const startedAt = Date.now();
  say("Starting the control plane and the emulated Azure");
  const environment = await up({ report: say, signal });
  for (const stack of ["base-local", "db-local", "deploy-local"]) {
    signal?.throwIfAborted();
    say(`\nBringing up ${stack}`);
    const code = await runStackCommand("up", stack, { engine, signal });
    if (code !== 0) throw new Error(`${stack} is not up: mend what is reported above, then run this again`);
  }
  const { page } = await readAddresses(environment);
  say(`\nThe page, live: ${page}`);
  if (open && page !== undefined) {
    const problem = await openBrowser(page);
    if (problem !== undefined) say(`It could not be opened here: ${problem}`);
  }
  const config = loadKubeConfig(environment.kubeconfig);
  if (demo) {
    if (page === undefined)
      throw new Error("the demo needs the page's address, which deploy-local does not tell");
    await playDemo({ cluster: demoCluster(config), page, startLoad: demoLoad(page), say, signal });
  } else await tellStory(config, startedAt, say, signal);
  if (exit) await stop({ engine, say, signal });
  else say(`\n${lookAround(environment, await readAddresses(environment))}`);
}

async function tellStory(
  config: KubeConfig,
  startedAt: number,
  say: StartOptions["say"],
  signal: AbortSignal | undefined,
): Promise<void> {
  const preempt = async (node: string): Promise<void> => {
    await callSupervisor(environmentPaths(stateDir).socket, "POST /preempt", { node });
  };
  const played = await play(load, { config, namespace, startedAt, preempt, say, signal });
  say(`\n${await closing(played, viewCluster(config).spotPods(namespace))}`);
}

async function closing(
  { before, after, seen }: Played,
  spotPods: Promise<Parameters<typeof savingSentence>[0]>,
) {
  const moves = seen.filter(({ decision }) => decision.action !== "Refuse").length;
  return summary({ before, after, moves, saving: savingSentence(await spotPods) });
}

function lookAround({ kubeconfig, apiServer }: Environment, { page, prometheus }: Addresses): string {
  return [
    "Everything keeps running:",
    `  page         ${page}`,
    `  API server   ${apiServer}`,
    `  kubeconfig   ${kubeconfig}`,
    `  Prometheus   ${prometheus}`,
    "",
    "  npm run local -- watch                  follow the balancer's decisions",
    '  eval "$(npm --silent run local -- env)" then kubectl, pulumi and curl by hand:',
    "  kubectl get pods -n demo -o wide        where the pods run",
    "  kubectl annotate deployment nginx-demo -n demo --overwrite local.spot-balancer/cpu=400m",
    "                                          load on nginx-demo, which brings it back to regular",
    `  npm run balance -- --kubeconfig ${relative(".", kubeconfig)} --prometheus ${prometheus} --dry-run`,
    "                                          one round from here, which only reads",
    "  npm stop                                destroy the stacks in reverse order, stop every process",
  ].join("\n");
}
