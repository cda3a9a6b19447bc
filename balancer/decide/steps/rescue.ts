// Gets single pods off lost spot nodes while spot as a whole is fine: their workload stays on spot.
import type { Draft } from "../draft.ts";
import type { Loss } from "../loss.ts";
import { isClosed } from "../nodeView.ts";
import type { Objection } from "../objection.ts";
import type { Step } from "../step.ts";
import type { Candidate, World } from "../world.ts";

export const rescuePods: Step = {
  name: "rescuePods",
  run(draft, world) {
    for (const { candidate, rescue } of draft.mostImportantFirst) {
      if (rescue) draft.deny(candidate, rescuePodsOf(candidate, rescue, draft, world));
    }
  },
};

/** A node that is condemned, but not closed, could be given the same pods again and again until it is gone. */
function rescuePodsOf(candidate: Candidate, loss: Loss, draft: Draft, world: World): Objection | undefined {
  const { message, evidence } = loss;
  const pods = loss.pods.filter(({ nodeName }) =>
    isClosed(world.nodeByName.get(nodeName!)!.node, world.policy),
  );
  if (pods.length === 0) {
    const why = "the nodes still accept pods, so evicted ones might return";
    return { reason: "WouldReturn", message: `${message}; ${why}`, evidence };
  }
  return draft.evict({
    ...{ candidate, pods },
    sides: ["spot", "regular"],
    reason: "SpotNodeLost",
    voluntary: false,
    describe: () => ({ message, evidence, score: 1 }),
  });
}
