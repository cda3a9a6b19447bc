// Our generator, with the shape as its profile.
import { seededChance } from "../../simulate/chance.ts";
import { parseProfile } from "../../load/profile.ts";
import { runLoad } from "../../load/run.ts";
import type { Said, Shape } from "./shape.ts";

export async function runOurs(shape: Shape, url: string): Promise<Said> {
  const { users, everySeconds, durationSeconds } = shape;
  const phase = { name: "one", users, everySeconds, durationSeconds, requests: [{ get: "/asked" }] };
  const [summary] = await runLoad({
    url: new URL(url),
    profile: parseProfile(JSON.stringify({ description: shape.name, phases: [phase] })),
    recordsFile: "", // none is kept
    random: seededChance(1),
    signal: new AbortController().signal,
  });
  const { requests, failed, latencyMs } = summary!;
  return { requests, failed, p50: latencyMs!.p50, p99: latencyMs!.p99 };
}
