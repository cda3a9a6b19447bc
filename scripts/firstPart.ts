// The first part of `npm start`, for which Node alone is enough: a recorded day with and without the balancer, and what
// the Pulumi programs would make on Azure.
import type { Screen } from "./local/index.ts";
import { playDay } from "./firstPart/day.ts";
import { dayText } from "./firstPart/dayText.ts";
import { costOfDev, previewDev } from "./firstPart/previews.ts";

export async function tellFirstPart({ say, step }: Screen, signal?: AbortSignal): Promise<void> {
  // They take their time, in processes of their own.
  const previews = previewDev(signal);
  const costs = costOfDev(signal);
  const all = Promise.all([...previews, costs]);
  all.catch(() => undefined);

  const playing = step("A recorded day of spot nodes, and six workloads of a shop");
  const day = playDay();
  playing.done();
  say(`${dayText(day)}\n`);

  const previewing = step("What `pulumi up` would make of base-dev, db-dev and deploy-dev");
  try {
    await all;
    const known = await costs;
    previewing.done();
    for (const preview of previews) {
      const { stack, resources } = await preview;
      const { min, max } = known[stack] ?? { min: 0, max: 0 };
      const cost = [...new Set([min, max].map((amount) => amount.toFixed(0)))].join(" – ");
      say(`  ${stack.padEnd(10)}  ${String(resources).padStart(3)} resources  USD ${cost} a month`);
    }
  } catch (error) {
    previewing.failed();
    throw error;
  }
  say("");
}
