// Says what a round saw, decided and did: log, Events, terminal.
export { tellEvents } from "./report/events.ts";
export { renderExplanation } from "./report/explanationText.ts";
export { type Logger, createLog, logOutcomes, logPlan } from "./report/log.ts";
export { type RoundStats, buildStats } from "./report/stats.ts";
export { displayName, renderTable } from "./report/table.ts";
