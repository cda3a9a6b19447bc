// What a step of the story waits for, in words, with the time that is left where the balancer has said it. Pure.
import { withoutEvidence } from "./lines.ts";
import type { Decision, PlacedPod } from "./clusterView.ts";

/** What the balancer's reasons mean for who watches. */
const words: Record<string, string> = {
  Cooldown: "it rests after its last move",
  NoSamples: "measurements gather",
  StaleSamples: "newer measurements come",
  RolloutInProgress: "its pods are replaced",
  SpotUnstable: "spot must be quiet for a while",
};

/** @param decision the newest on the workload */
export function waitingText(pods: readonly PlacedPod[], decision: Decision | undefined, now: number): string {
  const places = new Map<string, number>();
  for (const { priority, ready } of pods) {
    const place = ready ? `on ${priority ?? "no node"}` : "starting";
    places.set(place, (places.get(place) ?? 0) + 1);
  }
  const where = [...places].map(([place, count]) => `${count} ${place}`).join(", ") || "no pods";
  if (!decision) return `${where}; the balancer's first word comes within a minute`;
  const { action, reason, message, at } = decision;
  const what = action === "Refuse" ? (words[reason] ?? obstacle(reason, message)) : "it moves";
  return `${where}; ${what}${left(message, at, now)}`;
}

/** Where pods are has been said; behind it stands what keeps them there. */
function obstacle(reason: string, message: string): string {
  const [, why] =
    /^it may run on spot, but \d+ of its pods are elsewhere; (.*)$/s.exec(withoutEvidence(message)) ?? [];
  return reason === "NotOnSpot" && why !== undefined ? why : `${reason}: ${withoutEvidence(message)}`;
}

/** A sample comes as often as deploy-local's Prometheus scrapes. */
const secondsPerSample = 5;

/** The balancer names the time that is left in minutes from when it speaks, and the samples that it has. */
function left(message: string, at: number, now: number): string {
  const [, minutes] = /(?:rests for|next try in) (\d+(?:\.\d+)?) min/.exec(message) ?? [];
  const [, have, need] = /^(\d+) of at least (\d+) samples/.exec(message) ?? [];
  const all = minutes === undefined ? (Number(need) - Number(have)) * secondsPerSample : Number(minutes) * 60;
  const seconds = Math.ceil(all - (now - at) / 1000);
  return seconds > 0 ? `, ${seconds} s left` : "";
}
