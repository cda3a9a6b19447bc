// How a node tells that Azure has something in mind for its machine: conditions of AKS's node problem detector. Pure.
import type { V1NodeCondition } from "@kubernetes/client-node";

/** https://learn.microsoft.com/azure/virtual-machines/linux/scheduled-events#event-properties */
type ScheduledEvent = "Preempt" | "Freeze" | "Reboot" | "Redeploy" | "Terminate";

export interface Notice {
  event: ScheduledEvent;
  /** The older condition is the same for every event; the newer one is of preemptions only. */
  form: "VMEventScheduled" | "PreemptionScheduled";
  /** ms since 1970 */
  at: number;
  /** Not before then, ms since 1970; GMT to the second in the message. */
  notBefore: number;
  eventId: string;
}

/**
 * The older form: aks-node-termination-handler#98, and for the other events Azure/karpenter-provider-azure#1594. The newer:
 * Azure/karpenter-provider-azure#1695, #1829.
 */
export function conditionOf({ event, form, at, notBefore, eventId }: Notice): V1NodeCondition {
  const time = new Date(at);
  const what = `${event} Scheduled: ${new Date(notBefore).toUTCString()}.`;
  const isOlder = form === "VMEventScheduled";
  return {
    type: form,
    status: "True",
    reason: isOlder ? "VMEventScheduled" : "SpotEvictionIncoming",
    message: isOlder
      ? `${what} DurationInSeconds: ${event === "Freeze" ? 5 : -1}`
      : `${what} For more information, see https://aka.ms/azure/scheduled-events. EventId: ${eventId}`,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  };
}
