// `npm start`: first what Node alone can show; then everything comes up on this machine, the story is told, and it stays.
import { relative } from "node:path";
import { tellFirstPart } from "../../firstPart.ts";
import { type Addresses, readAddresses } from "../addresses.ts";
import { type Environment, readEnvironment } from "../environment.ts";
import { loadKubeConfig } from "../kube.ts";
import type { Screen } from "../screen.ts";
import { MissingTools } from "../tools/missing.ts";
import { tellStory } from "../scenario/run.ts";
import { tellDemo, whenPageAnswers } from "./pageStep.ts";
import { bringUpStack } from "./stackStep.ts";
import type { StackCommandOptions } from "./stack.ts";
import { stop } from "./stop.ts";
import { joinLateTools, up } from "./up.ts";

export interface StartOptions {
  engine: StackCommandOptions["engine"];
  /** Ends after what Node alone can show. */
  quick?: boolean;
  /** Takes everything down again at the end. */
  exit?: boolean;
  /** Opens the page in a browser. */
  open?: boolean;
  /** Load, and what comes of it, instead of the story of a few workloads. */
  demo?: boolean;
  /** Every resource and all evidence. */
  verbose?: boolean;
  screen: Screen;
  signal: AbortSignal;
}

const howToLive =
  "Live, on a real control plane: `npm start`. The first time its programs are built, which takes Go and some minutes.";

/** @throws when a stack cannot be brought up, or a step of the story does not show in the cluster */
export async function start(options: StartOptions): Promise<void> {
  const { quick, screen, signal } = options;
  // Who has the environment running has seen it.
  if (quick || !readEnvironment()) await tellFirstPart(screen, signal);
  if (quick) return screen.say(howToLive);
  try {
    await live(options, Date.now());
  } catch (error) {
    if (!(error instanceof MissingTools)) throw error;
    screen.say(`${error.message}\nThen \`npm start\` goes on from here with the live part.`);
  }
}

async function live(options: StartOptions, startedAt: number): Promise<void> {
  const { engine, exit, open, demo, verbose, screen, signal } = options;
  const environment = await up({ screen, early: true, signal });
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const late = joinLateTools({ screen, background: true, signal: until });
  late.catch(() => undefined);
  try {
    for (const stack of ["base-local", "db-local", "deploy-local"])
      await bringUpStack(stack, { engine, screen, verbose, signal });
    const config = loadKubeConfig(environment.kubeconfig);
    const page = whenPageAnswers(environment, { open, say: screen.say, signal: until });
    page.catch(() => undefined);
    if (demo) {
      // Autoscalers wait for metrics-server, the load for the gateway.
      await late;
      await tellDemo(config, await page, screen.say, signal);
    } else await tellStory(config, { startedAt, verbose, screen, signal });
    if (!exit) await withoutFailing(late, screen);
  } finally {
    over.abort();
    await late.catch(() => undefined);
  }
  if (exit) await stop({ engine, verbose, screen, signal });
  else screen.say(`\n${lookAround(environment, await readAddresses(environment))}`);
}

/** What joins late is not worth the failure of what has been seen. */
async function withoutFailing(late: Promise<void>, { say }: Screen): Promise<void> {
  await late.catch((error: unknown) => say(`Some programs did not join: ${(error as Error).message}`));
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
