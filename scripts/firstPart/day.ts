// A recorded day of spot nodes, with real losses, played through the real `decide` in memory.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Comparison, compare } from "../simulate/compare.ts";
import type { InputFile } from "../simulate/inputs/problem.ts";
import { readScenario } from "../simulate/inputs/readScenario.ts";

/** A move of the day. */
export interface Moved {
  /** Minutes since midnight. */
  minute: number;
  workload: string;
  source: string;
  destination: string;
  reason: string;
  message: string;
}

export interface Day {
  moves: Moved[];
  comparison: Comparison;
}

const roundSeconds = 60;

export function playDay(): Day {
  const file = (...path: string[]): InputFile => {
    const name = join(import.meta.dirname, ...path);
    return { name, text: readFileSync(name, "utf8") };
  };
  const example = (name: string): InputFile => file("..", "simulate", "examples", name);
  const scenario = readScenario({
    spot: file("us-east-2b.json"),
    load: example("load.csv"),
    policy: example("policy.yaml"),
    cluster: example("cluster.yaml"),
    roundSeconds,
    replicas: 1,
    seed: 1,
  });
  const moves: Moved[] = [];
  let rounds = 0;
  const comparison = compare(scenario, {
    onRound: (_snapshot, plan) => {
      for (const { workload, source, destination, reason, message } of plan.moves)
        moves.push({
          minute: (rounds * roundSeconds) / 60,
          workload: `${workload.namespace}/${workload.name}`,
          ...{ source, destination, reason, message },
        });
      rounds += 1;
    },
  });
  return { moves, comparison };
}
