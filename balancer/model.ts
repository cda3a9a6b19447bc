// The balancer's words as types: what a round sees (Snapshot), what it decides (Plan), what came of it (Outcome).
//
// Slim records, not API objects: a cluster of 150,000 pods must fit into a few hundred MB. Units everywhere:
// CPU in millicores, memory in bytes, times (`…At`, `…Since`) in milliseconds since 1970.

export type { MoveReason, RefusalReason } from "./reasons.ts";
export * from "./model/seen.ts";
export * from "./model/workload.ts";
export * from "./model/template.ts";
export * from "./model/remembered.ts";
export * from "./model/decided.ts";
