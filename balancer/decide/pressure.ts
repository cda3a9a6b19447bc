// Pressure: a side above its high-water mark gives work to the other until it is down at its low-water mark.
import type { MoveReason, Priority } from "../model.ts";
import { percent } from "./checks/check.ts";
import type { Draft } from "./draft.ts";
import type { Judgment } from "./intents.ts";
import { wantedReplicas } from "./split.ts";
import type { World } from "./world.ts";

const relief = {
  regular: { kind: "ToSpot", reason: "RegularPressure" },
  spot: { kind: "ToRegular", reason: "SpotPressure" },
} as const satisfies Record<Priority, { kind: "ToSpot" | "ToRegular"; reason: MoveReason }>;

/**
 * Asks the willing in the given order. Who is not needed, or finds no room, keeps the reason that it has: that the
 * other side is full explains nothing to the owner of a workload which is where it wants to be.
 */
export function relievePressure(side: Priority, inOrder: Judgment[], draft: Draft, world: World): void {
  const { highUtilization, lowUtilization } = world.policy.pressure[side];
  const queue = side === "spot" ? world.spotQueue : { pods: 0, cpu: 0 };
  const before = draft.utilization.of(side);
  if (before <= highUtilization && queue.pods === 0) return;

  const { kind, reason } = relief[side];
  const message =
    before > highUtilization
      ? `${side} nodes are at ${percent(before)}, above ${percent(highUtilization)}`
      : `${queue.pods} pods that can only run on spot wait for room there`;
  let freedCpu = 0;
  for (const { willing, candidate } of inOrder) {
    const isRelieved = draft.utilization.of(side) <= lowUtilization && freedCpu >= queue.cpu;
    if (isRelieved) return;
    if (willing !== kind) continue;
    const evidence = { utilization: before, highUtilization, lowUtilization, waiting: queue.pods };
    const refused = draft.propose({ candidate, kind, reason, voluntary: true, message, evidence });
    if (refused) continue;
    const { workload } = candidate;
    // Only spot has a queue, so only what leaves spot counts.
    freedCpu += wantedReplicas(workload, world.policy).spot * workload.template.requests.cpu;
  }
}
