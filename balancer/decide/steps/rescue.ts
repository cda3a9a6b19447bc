// Gets single pods off lost spot nodes while spot as a whole is fine: their workload stays on spot.
import type { Pod } from "../../model.ts";
import type { Draft } from "../draft.ts";
import type { Loss } from "../loss.ts";
import { isClosed } from "../nodeView.ts";
import type { Objection } from "../objection.ts";
import { replacesNoPod } from "../replacement.ts";
import { templateOn } from "../room.ts";
import type { Step } from "../step.ts";
import type { Candidate, World } from "../world.ts";

export const rescuePods: Step = {
  name: "rescuePods",
  run(draft, world) {
    const planned = new Set(draft.plannedKeys());
    for (const { candidate, rescue, broken, intent } of draft.mostImportantFirst) {
      if (planned.has(candidate.key)) continue;
      const objection = rescue
        ? rescuePodsOf(candidate, rescue, draft, world)
        : broken && replaceBroken(candidate, broken, draft);
      // Where all of it was to be rolled away, what stands against that says more.
      if (!intent) draft.deny(candidate, objection);
    }
  },
};

/** A node that is condemned, but not closed, could be given the same pods again and again until it is gone. */
function rescuePodsOf(candidate: Candidate, loss: Loss, draft: Draft, world: World): Objection | undefined {
  const { message, evidence } = loss;
  const placed = templateOn("spot", candidate, world);
  const pods = loss.pods.filter(({ nodeName }) =>
    isClosed(world.nodeByName.get(nodeName!)!.node, world.policy, placed),
  );
  if (pods.length === 0) {
    const why = "the nodes still accept pods, so evicted ones might return";
    const held = replacesNoPod(candidate.workload)
      ? ", and its rollout is held back, so a new template would replace none"
      : "";
    return { reason: "WouldReturn", message: `${message}; ${why}${held}`, evidence };
  }
  return draft.evict({
    ...{ candidate, pods },
    sides: ["spot", "regular"],
    reason: "SpotNodeLost",
    voluntary: false,
    describe: () => ({ message, evidence }),
  });
}

/** They come again by the template that is the old one again, so none of them returns to spot. */
function replaceBroken(candidate: Candidate, pods: Pod[], draft: Draft): Objection | undefined {
  const message = `${pods.length} of its pods on spot are not ready, and its controller waits for them before it goes on`;
  return draft.evict({
    ...{ candidate, pods },
    sides: ["regular"],
    reason: "Following",
    voluntary: false,
    describe: () => ({ message, evidence: { broken: pods.length } }),
  });
}
