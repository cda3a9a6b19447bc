// What the placement on spot saves a month: the pods' share of their nodes, at list prices.
import { loadPrices, type Prices } from "../../../stacks/cost/prices.ts";
import type { SpotPod } from "./clusterView.ts";

/** Azure bills by the hour; its own calculator counts 730 of them a month. */
const hoursPerMonth = 730;

/**
 * One sentence. A pod's share of a node is the CPU it requests; sizes without a known spot price are named, not guessed.
 */
export function savingSentence(pods: SpotPod[], prices: Prices = loadPrices()): string {
  let saving = 0;
  const unknown = new Set<string>();
  for (const { cpuShare, vmSize, region } of pods) {
    const regular = prices.find("vmHour", vmSize, region);
    const spot = prices.find("spotHour", vmSize, region);
    if (regular && spot) saving += cpuShare * (regular.amount - spot.amount) * hoursPerMonth;
    else unknown.add(`${vmSize} in ${region}`);
  }
  if (unknown.size > 0) return `The saving is not known: no spot price for ${[...unknown].join(", ")}.`;
  if (pods.length === 0) return "Nothing runs on spot, so nothing is saved.";
  return (
    `The ${pods.length} pods on spot save USD ${saving.toFixed(2)} a month ` +
    `(their CPU requests at list prices of ${prices.asOf}, once the regular nodes they left are removed).`
  );
}
