// What a round came to, as far as the next one depends on it.
import { viewNode } from "../../decide/nodeView.ts";
import { type RefusalReason, workloadKey } from "../../model.ts";
import type { Policy } from "../../policy.ts";
import type { RoundResult, Skipped } from "../round.ts";
import type { Ended } from "./pace.ts";

type Decided = Pick<RoundResult, "plan" | "snapshot" | "decidedAt">;

export function roundFor(
  run: () => Promise<RoundResult | Skipped>,
  policy: Policy,
  onError: (error: unknown) => void,
): () => Promise<Ended> {
  return async () => {
    try {
      const result = await run();
      if ("heldBy" in result) return "Held";
      return isLeftBehind(result, policy) ? "More" : "Done";
    } catch (error) {
      onError(error);
      return "Failed";
    }
  };
}

/** What time may help with, while a node is still there. */
const passing: ReadonlySet<RefusalReason> = new Set<RefusalReason>([
  ...(["DisruptionBudget", "WouldReturn", "RolloutInProgress"] as const),
  ...(["NoCapacityOnRegular", "NoCapacityOnSpot"] as const),
]);

/**
 * Are pods that the balancer would bring away still on spot nodes that end? Disruption budgets let them go one after the
 * other, and a node that still takes pods is left only once it is closed.
 */
export function isLeftBehind({ plan, snapshot, decidedAt }: Decided, policy: Policy): boolean {
  if (plan.moves.some(({ voluntary }) => !voluntary)) return true;
  const waiting = new Set(
    plan.refusals.filter(({ reason }) => passing.has(reason)).map(({ workload }) => workloadKey(workload)),
  );
  if (waiting.size === 0) return false;
  const ending = new Set(
    snapshot.nodes
      .map((node, index) => viewNode(node, index, policy, decidedAt))
      .filter(({ priority, loss }) => priority === "spot" && loss !== undefined)
      .map(({ node }) => node.name),
  );
  return snapshot.pods.some(
    ({ nodeName = "", workload = "", deletingAt }) =>
      deletingAt === undefined && ending.has(nodeName) && waiting.has(workload),
  );
}
