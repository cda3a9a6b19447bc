// What is known of a workload and of the pools, as facts with names, for an explanation.
import { percent } from "../objection.ts";
import { isOurPlaceholder } from "../podRoles.ts";
import { presentSplit, sharesOf, smallestScale, splitFor } from "../split.ts";
import { tierLabelOf, unknownTier } from "../tiers.ts";
import type { Utilization } from "../utilization.ts";
import type { Candidate, World } from "../world.ts";
import type { Evidence, Workload } from "../../model.ts";
import type { Policy } from "../../policy.ts";
import { availabilityFacts } from "./availability.ts";
import { whereOf } from "./where.ts";

/** Title → facts, in the order in which they are best read. */
export function factsOf(
  candidate: Candidate,
  world: World,
  utilization: Utilization,
): Record<string, Evidence> {
  const { workload, rule, tier, usage, thresholds, disruptionBudgets, autoscaler } = candidate;
  const { template, status, update, memory } = workload;
  const { policy } = world;
  return {
    workload: {
      tier,
      tierFromLabel: tierText(workload, policy),
      priorityClass: template.priorityClass ?? "none",
      placement: workload.placement,
      podsOn: whereOf(candidate, world),
      replicas: workload.replicas,
      updated: status.updated,
      available: status.available,
      update: `${update.type}, surge ${update.maxSurge}, unavailable ${update.maxUnavailable}`,
      requestedCpuMillicores: template.requests.cpu,
      requestedMemoryMiB: Math.round(template.requests.memory / 2 ** 20),
    },
    usage: {
      cpuUtilization: usage.cpuUtilization,
      cpuUtilizationOverWindow: usage.cpuUtilizationOverWindow,
      windowMinutes: thresholds.windowMinutes,
      percentile: thresholds.percentile,
      idleAtMost: thresholds.enterCpuUtilization,
      busyAbove: thresholds.exitCpuUtilization,
      ...(usage.network !== undefined && { networkBytesPerSecond: usage.network }),
      idleNetworkAtMost: thresholds.enterNetworkBytesPerSecond,
      podsKnown: `${usage.known} of ${usage.expected}`,
      samples: usage.samples,
      minSamples: thresholds.minSamples,
      sampleAgeSeconds: usage.known > 0 ? Math.round(usage.age / 1000) : "none",
      maxSampleAgeSeconds: thresholds.maxSampleAgeMinutes * 60,
    },
    namespace: {
      allowed: rule.allowed,
      maxSpotShare: rule.maxSpotShare,
      regularFloor: rule.regularFloor,
      order: rule.order,
      timeWindows: rule.windows.length,
    },
    availability: availabilityFacts(candidate, world),
    ...splitFacts(candidate, policy),
    limits: {
      ...Object.fromEntries(
        disruptionBudgets.map((one) => [`disruptionBudget ${one.name}`, `allows ${one.disruptionsAllowed}`]),
      ),
      ...(autoscaler && {
        [`autoscaler ${autoscaler.name}`]: `${autoscaler.currentReplicas} of ${autoscaler.minReplicas}…${autoscaler.maxReplicas}`,
      }),
      scoreThreshold: policy.score.threshold,
      maxMovesPerRound: policy.budgets.maxMovesPerRound,
      maxMovesPerHour: policy.budgets.maxMovesPerHour,
      ...(memory && {
        lastMoved: `${new Date(memory.lastMovedAt).toISOString()}, ${memory.lastMove}, ${memory.lastReason}`,
        movesInTheLastHour: memory.recentMoves.length,
        failedReturns: memory.failedReturns,
      }),
    },
    pools: poolFacts(world, utilization),
    ...placeholderFacts(world),
  };
}

function tierText(workload: Workload, policy: Policy): string {
  const unknown = unknownTier(workload, policy);
  return unknown === undefined
    ? (tierLabelOf(workload, policy) ?? "none")
    : `${unknown} (there is no such tier)`;
}

/** How many replicas are where, by which constraint; only where a floor is kept, or a split is there. */
function splitFacts(candidate: Candidate, policy: Policy): Record<string, Evidence> {
  const { workload, floor, autoscaler } = candidate;
  const present = presentSplit(workload, policy);
  const possible = splitFor(candidate, policy);
  const split = present ?? possible;
  if (!split) return {};
  const { regular, spot } = sharesOf(workload.replicas, split);
  return {
    split: {
      state: present ? "in its template" : "if it goes to spot",
      regularFloor: floor,
      smallestScale: smallestScale(workload, autoscaler),
      nodeLabel: split.topologyKey,
      maxSkew: split.maxSkew,
      ...(possible && { largestMaxSkewThatKeepsTheFloor: possible.maxSkew }),
      replicas: split.maxSkew < 1 ? "cannot be split" : `${spot} on spot, ${regular} on regular`,
    },
  };
}

function poolFacts({ policy, nodes, spot }: World, utilization: Utilization): Evidence {
  const marks = policy.pressure;
  const { stableMinutes } = policy.pools.spot;
  const usable = nodes.filter(({ priority, standing }) => priority === "spot" && standing === "usable");
  return {
    regularUtilization: utilization.of("regular"),
    regularMarks: `${marks.regular.lowUtilization} to ${marks.regular.highUtilization}`,
    spotUtilization: utilization.of("spot"),
    spotMarks: `${marks.spot.lowUtilization} to ${marks.spot.highUtilization}`,
    spotNodesUsable: usable.length,
    spotStable: spot.stable,
    ...Object.fromEntries(
      [...spot.pools].map(([name, { stable, lostShare }]) => [
        `spot pool ${name}`,
        `${stable ? "stable" : "unstable"}, ${percent(lostShare)} of its nodes lost in ${stableMinutes} min`,
      ]),
    ),
  };
}

/** Room that is kept free for what moves to spot. */
function placeholderFacts({ snapshot, nodeByName }: World): Record<string, Evidence> {
  const ours = snapshot.pods.filter(isOurPlaceholder);
  if (ours.length === 0) return {};
  const onSpot = ours.filter(({ nodeName }) => nodeByName.get(nodeName ?? "")?.priority === "spot");
  const sum = (of: "cpu" | "memory") => onSpot.reduce((total, { requests }) => total + requests[of], 0);
  return {
    placeholders: {
      onSpotNodes: onSpot.length,
      roomMillicores: sum("cpu"),
      roomMiB: Math.round(sum("memory") / 2 ** 20),
      waiting: ours.filter(({ nodeName }) => nodeName === undefined).length,
    },
  };
}
