// What a node's condition announces: its end, an interruption that it outlives, or nothing that pods would notice.
import type { Node } from "../model.ts";

/**
 * Azure's scheduled events come as one condition, `VMEventScheduled`, with the event in its message
 * (`Preempt Scheduled: Wed, 26 Feb 2025 10:13:13 GMT. DurationInSeconds: -1`, aks-node-termination-handler#98), or in its
 * reason; newer nodes have `PreemptionScheduled` with the reason `SpotEvictionIncoming` (karpenter-provider-azure PR#1829).
 * What the events mean: https://learn.microsoft.com/azure/virtual-machines/linux/scheduled-events
 */
const events: [word: RegExp, meaning: Announced][] = [
  // The machine stands still for seconds, and nothing is lost.
  [/freeze/i, "nothing"],
  // It comes back, on another host perhaps; what runs on it stops.
  [/reboot|redeploy/i, "interruption"],
  // Its owner deletes it; the cloud takes a spot machine back by Preempt.
  [/terminate/i, "deletion"],
  [/preempt|evict/i, "end"],
];

export type Announced = "end" | "deletion" | "interruption" | "nothing";

export interface Announcement {
  meaning: Announced;
  /** For people: `condition VMEventScheduled: Preempt Scheduled: …`. */
  text: string;
}

/** The worst that one of these conditions announces. One that does not say what it is announces the end. */
export function announcementOn(node: Node, conditions: readonly string[]): Announcement | undefined {
  const order: Announced[] = ["nothing", "interruption", "deletion", "end"];
  let worst: Announcement | undefined;
  for (const type of conditions) {
    if (!node.conditions.includes(type)) continue;
    const { reason = "", message = "" } = node.announcements?.find((each) => each.type === type) ?? {};
    const meaning = meaningOf(reason) ?? meaningOf(message) ?? "end";
    if (worst && order.indexOf(worst.meaning) >= order.indexOf(meaning)) continue;
    const said = [reason, message].filter((each) => each !== "" && each !== type).join(": ");
    worst = { meaning, text: `condition ${type}${said === "" ? "" : ` (${said.slice(0, 100)})`}` };
  }
  return worst;
}

/** By the word that comes first: a message may go on about other things. */
function meaningOf(text: string): Announced | undefined {
  const found = events
    .map(([word, meaning]) => ({ at: text.search(word), meaning }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at);
  return found[0]?.meaning;
}
