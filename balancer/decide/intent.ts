// An intent: what a workload, or the state of the pools, wishes to be done with one workload.
import type { Evidence, MoveReason } from "../model.ts";
import type { Candidate } from "./world.ts";

/** A wish to move; whether there is room and budget for it is decided later, for all wishes together. */
export interface Intent {
  candidate: Candidate;
  kind: "ToSpot" | "ToRegular";
  reason: MoveReason;
  voluntary: boolean;
  message: string;
  evidence: Evidence;
}
