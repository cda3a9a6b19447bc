// The demo's load on the API: load.yaml, by the same means as `npm run load`.
import { join } from "node:path";
import { readProfile } from "../../load/profile.ts";
import { runLoad } from "../../load/run.ts";
import type { PhaseSummary } from "../../load/summary.ts";
import { stateDir } from "../environment.ts";

/** @param page address of the page, and so of the API */
export const demoLoad =
  (page: string) =>
  (signal: AbortSignal): Promise<PhaseSummary[]> =>
    runLoad({
      ...{ url: new URL(page), profile: readProfile(join(import.meta.dirname, "load.yaml")), signal },
      recordsFile: join(stateDir, "load/records.jsonl"),
    });
