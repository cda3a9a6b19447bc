// Tells the story of `npm start` on a running environment: each step only once the cluster shows it, and what it came to.
import type { KubeConfig } from "@kubernetes/client-node";
import { stateDir } from "../environment.ts";
import { environmentPaths } from "../processes/paths.ts";
import type { Screen, Step as Line } from "../screen.ts";
import { callSupervisor } from "../supervisor/client.ts";
import { waitFor } from "../waitFor.ts";
import { type ClusterView, type Decision, type PlacedPod, viewCluster } from "./clusterView.ts";
import { clock, countPods, type Seen, seenLine, summary } from "./lines.ts";
import { requestRound } from "./rounds.ts";
import { savingSentence } from "./saving.ts";
import { decisionBehind, isPlaced, type Step, story } from "./steps.ts";
import { setUsage } from "./usage.ts";
import { waitingText } from "./waiting.ts";

export interface TellOptions {
  /** When `npm start` began, ms since 1970: what the balancer decided before belongs to an earlier story. */
  startedAt: number;
  /** Tells the balancer's evidence, too. */
  verbose?: boolean;
  screen: Screen;
  signal: AbortSignal;
}

interface Stage extends TellOptions {
  config: KubeConfig;
  view: ClusterView;
}

/** The namespace of the demo workloads. */
const namespace = "demo";

/** How often the cluster is looked at, ms. */
const lookEvery = 1_000;

/** @throws with what was last seen, when a step does not show in the cluster in its time */
export async function tellStory(config: KubeConfig, options: TellOptions): Promise<void> {
  const { screen, verbose } = options;
  const view = viewCluster(config);
  const steps = story(await wasTold(view, options));
  const before = countPods(await view.pods(namespace));
  const seen: Seen[] = [];
  for (const [index, step] of steps.entries()) {
    const line = screen.step(`${index + 1}. ${step.title}`);
    try {
      const found = await playStep(step, { ...options, config, view }, seen, line);
      line.done(`seen at ${clock(found.at)}`);
      screen.say(seenLine(found, verbose));
      seen.push(found);
    } catch (error) {
      line.failed();
      throw error;
    }
  }
  const after = countPods(await view.pods(namespace));
  const moves = seen.filter(({ decision }) => decision.isMove).length;
  const saving = savingSentence(await view.spotPods(namespace));
  screen.say(`\n${summary({ before, after, moves, saving })}`);
}

/** Whether the workload was moved to spot by an earlier start, and not just now by a quick balancer. */
async function wasTold(view: ClusterView, { startedAt }: TellOptions): Promise<boolean> {
  const pods = await view.pods(namespace, "nginx-demo");
  const decisions = await view.decisions(namespace);
  const isOnSpot = pods.some(({ priority }) => priority === "spot");
  return isOnSpot && !decisions.some(({ action, at }) => action === "MoveToSpot" && at >= startedAt);
}

/** Brings about what the step starts with. */
async function bringAbout({ cause, workload }: Step, { config, view }: Stage): Promise<void> {
  if (cause.kind === "load") await setUsage(config, namespace, { [workload]: cause.cpu });
  if (cause.kind === "preempt") {
    const pods = await view.pods(namespace, workload);
    const nodes = new Set(pods.filter(({ priority }) => priority === "spot").map(({ node }) => node ?? ""));
    if (nodes.size === 0) throw new Error(`no pod of ${namespace}/${workload} runs on a spot node`);
    const { socket } = environmentPaths(stateDir);
    await Promise.all([...nodes].map((node) => callSupervisor(socket, "POST /preempt", { node })));
  }
}

async function playStep(step: Step, stage: Stage, earlier: Seen[], line: Line): Promise<Seen> {
  const { config, view, signal, startedAt } = stage;
  // A refusal may have been said before this step began, a move may not: each move is a new one.
  const since =
    step.actions.includes("Refuse") && step.cause.kind === "none"
      ? 0
      : Math.max(startedAt, ...earlier.map(({ decision }) => decision.at + 1));
  await bringAbout(step, stage);
  let lastSeen = "nothing yet";
  return waitFor(
    async () => {
      const [pods, replicas, decisions] = await Promise.all([
        view.pods(namespace, step.workload),
        view.replicas(namespace, step.workload),
        view.decisions(namespace),
      ]);
      const decision = decisionBehind(step, decisions, since);
      if (decision && isPlaced(step, pods, replicas)) return { step, decision, at: Date.now(), pods };
      lastSeen = describe(pods, newest(step, decisions));
      line.update(waitingText(pods, newest(step, decisions), Date.now()));
      if (!decision) await requestRound(config, Date.now());
      return undefined;
    },
    { what: `"${step.title}"`, timeoutMs: step.timeoutMs, intervalMs: lookEvery, signal },
  ).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}; last seen: ${lastSeen}`, { cause: error });
  });
}

const newest = ({ workload }: Step, decisions: Decision[]): Decision | undefined =>
  decisions.findLast((decision) => decision.workload === workload);

function describe(pods: PlacedPod[], decision: Decision | undefined): string {
  const places = pods.map(({ priority, ready }) => `${priority ?? "no node"}${ready ? "" : " (not ready)"}`);
  const said = decision ? `${decision.reason}: ${decision.message}` : "no decision yet";
  return `${pods.length} pods on ${places.join(", ")}; ${said}`;
}
