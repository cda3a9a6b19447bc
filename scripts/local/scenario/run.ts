// Plays the story of `npm start` on a running environment, and reports each step only once the cluster shows it.
import type { KubeConfig } from "@kubernetes/client-node";
import { waitFor } from "../waitFor.ts";
import { bringAbout, type Preempt } from "./causes.ts";
import { type ClusterView, type Decision, type PlacedPod, viewCluster } from "./clusterView.ts";
import type { Screen, Step as Line } from "../screen.ts";
import { clock, countPods, type PodCounts, type Seen, seenLine } from "./lines.ts";
import { requestRound } from "./rounds.ts";
import { waitingText } from "./waiting.ts";
import { decisionBehind, isPlaced, type Load, type Step, story } from "./steps.ts";

export interface Stage {
  config: KubeConfig;
  namespace: string;
  /** When `npm start` began, ms since 1970: what the balancer decided before belongs to an earlier story. */
  startedAt: number;
  preempt: Preempt;
  /** Tells the balancer's evidence, too. */
  verbose?: boolean;
  screen: Screen;
  signal?: AbortSignal;
}

export interface Played {
  before: PodCounts;
  after: PodCounts;
  seen: Seen[];
}

/** How often the cluster is looked at, ms. */
const lookEvery = 1_000;

/**
 * Plays the whole story.
 * @throws with what was last seen, when a step does not show in the cluster in its time
 */
export async function play(load: Load, stage: Stage): Promise<Played> {
  const view = viewCluster(stage.config);
  const steps = story(load, await wasTold(view, stage));
  const before = countPods(await view.pods(stage.namespace));
  const seen: Seen[] = [];
  for (const [index, step] of steps.entries()) {
    const line = stage.screen.step(`${index + 1}. ${step.title}`);
    try {
      const found = await playStep(step, stage, view, seen, line);
      line.done(`seen at ${clock(found.at)}`);
      stage.screen.say(seenLine(found, stage.verbose));
      seen.push(found);
    } catch (error) {
      line.failed();
      throw error;
    }
  }
  return { before, after: countPods(await view.pods(stage.namespace)), seen };
}

/** Whether the workload was moved to spot by an earlier start, and not just now by a quick balancer. */
async function wasTold(view: ClusterView, { namespace, startedAt }: Stage): Promise<boolean> {
  const pods = await view.pods(namespace, "nginx-demo");
  const decisions = await view.decisions(namespace);
  const isOnSpot = pods.some(({ priority }) => priority === "spot");
  return isOnSpot && !decisions.some(({ action, at }) => action === "MoveToSpot" && at >= startedAt);
}

async function playStep(
  step: Step,
  stage: Stage,
  view: ClusterView,
  earlier: Seen[],
  line: Line,
): Promise<Seen> {
  const { namespace, config, preempt, signal, startedAt } = stage;
  // A refusal may have been said before this step began, a move may not: each move is a new one.
  const since =
    step.actions.includes("Refuse") && step.cause.kind === "none"
      ? 0
      : Math.max(startedAt, ...earlier.map(({ decision }) => decision.at + 1));
  await bringAbout(step, namespace, { config, view, preempt });
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
