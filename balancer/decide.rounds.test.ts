// Laws over many rounds: decide drives a small cluster in memory, whose nodes come and go, and is killed now and then.
import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "./decide.ts";
import { type Move, workloadKey } from "./model.ts";
import type { SimCluster } from "./testing/simCluster.ts";
import { minute } from "./testing/builders.ts";
import type { ClusterSpec } from "./testing/specs/clusterSpec.ts";
import { type HistorySpec, clusterSpec, historySpec, runs } from "./testing/specs/generators.ts";
import { buildCluster } from "./testing/specs/buildCluster.ts";

const roundMinutes = 10;
/** Time for every cool-down, doubled ones too, and for an hourly budget of one. */
const calmRounds = (24 * 60) / roundMinutes;

interface Done {
  at: number;
  moves: Move[];
}

/** Runs the history, then as many rounds as it takes to calm down. @returns what was carried out in each round */
function run(
  spec: ClusterSpec,
  history: HistorySpec,
  inspect: (cluster: SimCluster) => void = () => {},
): Done[] {
  const cluster = buildCluster(spec);
  const done: Done[] = [];
  const lastEvent = Math.max(0, ...history.events.map(({ round }) => round));
  const rounds = lastEvent + calmRounds;
  for (let round = 0; round < rounds; round++) {
    for (const event of history.events) if (event.round === round) happen(cluster, event);
    const plan = decide(cluster.snapshot(), cluster.policy, cluster.now);
    const crashAfter = history.crashes.find((crash) => crash.round === round)?.afterMoves ?? Infinity;
    cluster.carryOut(plan, crashAfter);
    done.push({ at: cluster.now, moves: plan.moves.slice(0, crashAfter) });
    cluster.step(roundMinutes * minute, inspect);
  }
  return done;
}

function happen(cluster: SimCluster, { node, what }: HistorySpec["events"][number]): void {
  const names = [...cluster.nodes.keys()].filter((name) => name.startsWith("spot")).sort();
  const name = names[node % Math.max(1, names.length)];
  if (name === undefined) return;
  const current = cluster.nodes.get(name)!;
  if (what === "gone") cluster.removeNode(name);
  if (what === "notReady") cluster.nodes.set(name, { ...current, ready: false });
  if (what === "another") {
    const fresh = `${name}-${cluster.now}`;
    const labels = { ...current.labels, "kubernetes.io/hostname": fresh };
    cluster.nodes.set(fresh, {
      ...current,
      name: fresh,
      labels,
      ready: true,
      conditions: [],
      cordoned: false,
    });
  }
}

function overRounds(
  title: string,
  cases: number,
  check: (spec: ClusterSpec, history: HistorySpec) => void,
): void {
  it(title, () => {
    fc.assert(fc.property(clusterSpec, historySpec, check), { numRuns: runs(cases) });
  });
}

describe("laws over many rounds", function () {
  this.timeout(runs(60_000));

  overRounds("6. once nothing changes any more, moves end: no ping-pong", 150, (spec, history) => {
    const done = run(spec, history);
    const late = done.slice(-calmRounds / 4).flatMap(({ moves }) => moves);
    assert.deepEqual(
      late.map(({ workload, kind, reason }) => `${workload.name} ${kind} ${reason}`),
      [],
    );
  });

  overRounds("9. moves per round and hour stay within budget, across crashes", 100, (spec, history) => {
    const done = run(spec, history);
    const { perRound = 5, perHour = 60 } = spec.policy;
    for (const { at, moves } of done) {
      const voluntary = moves.filter((move) => move.voluntary).length;
      assert.ok(voluntary <= perRound);
      if (voluntary === 0) continue;
      const inHour = done.filter((other) => other.at > at - 60 * minute && other.at <= at);
      const count = inHour.reduce((sum, other) => sum + other.moves.length, 0);
      assert.ok(count <= perHour, `${count} moves in an hour`);
    }
  });

  overRounds("10. nothing moves of our wish twice within its cool-down", 50, (spec, history) => {
    const last = new Map<string, number>();
    for (const { at, moves } of run(spec, history)) {
      for (const move of moves) {
        const before = last.get(workloadKey(move.workload));
        if (move.reason === "Following") continue;
        if (move.voluntary && before !== undefined) assert.ok(at - before >= 30 * minute);
        last.set(workloadKey(move.workload), at);
      }
    }
  });

  overRounds("2. no rollout of ours takes a disruption budget below its minimum", 100, (spec) => {
    fc.pre(spec.nodes.every(({ fate }) => !fate));
    const healthy = buildCluster(spec).snapshot().disruptionBudgets;
    // Rollouts that are under way already, or none of ours, do not ask the budget.
    const met = new Set(
      healthy
        .filter((budget) => budget.currentHealthy >= budget.desiredHealthy)
        .map(({ name }) => name)
        .filter(
          (name) =>
            name !== "team" && !/rolling|arriving/.test(spec.workloads[Number(name.slice(1))]?.flaw ?? ""),
        ),
    );
    run(spec, { events: [], crashes: [] }, (cluster) => {
      for (const { name, currentHealthy, desiredHealthy } of cluster.budgetStatuses()) {
        if (met.has(name)) assert.ok(currentHealthy >= desiredHealthy, `${name}: ${currentHealthy} healthy`);
      }
    });
  });
});
