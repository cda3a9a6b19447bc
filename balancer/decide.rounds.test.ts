// Laws over many rounds: decide drives a small cluster in memory, whose nodes come and go, and is killed now and then.
import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "./decide.ts";
import { type DisruptionBudget, type Move, workloadKey } from "./model.ts";
import type { SimCluster } from "./testing/simCluster.ts";
import { minute } from "./testing/builders.ts";
import type { ClusterSpec } from "./testing/specs/clusterSpec.ts";
import {
  clusterSpec,
  countsMatter,
  historySpec,
  runs,
  type HistorySpec,
} from "./testing/specs/generators.ts";
import { Sampled, again } from "./testing/laws/sampled.ts";
import { buildCluster } from "./testing/specs/buildCluster.ts";

const roundMinutes = 10;
/** After the last event as often as before for some hours, then as often as a cool-down ends. */
const closeRounds = (4 * 60) / roundMinutes;
const calmMinutes = 30;
/** Time for every cool-down, doubled ones too, and for an hourly budget of one: together a day. */
const calmRounds = (20 * 60) / calmMinutes;

interface Done {
  at: number;
  moves: Move[];
}

interface Played {
  spec: ClusterSpec;
  /** What was carried out in each round. */
  done: Done[];
}

/** Runs the history, then as many rounds as it takes to calm down. */
function play([spec, history]: [ClusterSpec, HistorySpec]): Played {
  const cluster = buildCluster(spec);
  // Placeholders are bare pods: one that is evicted comes back when it is asked for again, and not before.
  for (const entry of cluster.workloads.values())
    if (entry.workload.template.priority < 0) entry.workload = { ...entry.workload, kind: "Placeholder" };
  const done: Done[] = [];
  const lastEvent = Math.max(0, ...history.events.map(({ round }) => round));
  const close = lastEvent + closeRounds;
  let rounds = close + calmRounds;
  for (let round = 0; round < rounds; round++) {
    for (const event of history.events) if (event.round === round) happen(cluster, event);
    const plan = decide(cluster.snapshot(), cluster.policy, cluster.now);
    // After a loss of all of spot for hours a goal may wait for a day.
    if (round === close && plan.refusals.some(({ reason }) => reason === "AvailabilityAtStake"))
      rounds += calmRounds;
    const crashAfter = history.crashes.find((crash) => crash.round === round)?.afterMoves ?? Infinity;
    cluster.carryOut(plan, crashAfter);
    done.push({ at: cluster.now, moves: plan.moves.slice(0, crashAfter) });
    cluster.step((round < close ? roundMinutes : calmMinutes) * minute);
  }
  return { spec, done };
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

describe(`laws over many rounds (${again})`, function () {
  this.timeout(runs(300_000));
  const histories = new Sampled(fc.tuple(clusterSpec, historySpec), play, 100, 60);
  after(() => histories.forget());

  histories.law("6. once nothing changes any more, moves end: no ping-pong", ({ done }) => {
    const late = done.slice(-calmRounds / 3).flatMap(({ moves }) => moves);
    assert.deepEqual(
      late.map(({ workload, kind, reason }) => `${workload.name} ${kind} ${reason}`),
      [],
    );
  });

  histories.law("9. moves per round and hour stay within budget, across crashes", ({ spec, done }) => {
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

  histories.law("10. nothing moves of our wish twice within its cool-down", ({ done }) => {
    const last = new Map<string, { at: number; reason: string }>();
    for (const { at, moves } of done) {
      for (const move of moves) {
        const before = last.get(workloadKey(move.workload));
        // What follows is the rest of a move; what lost its place on spot has a short rest of its own.
        if (move.reason === "Following" || move.reason === "BackToSpot") continue;
        const wasLost = before?.reason === "SpotNodeLost" && move.kind === "ToSpot";
        if (move.voluntary && before) assert.ok(at - before.at >= (wasLost ? 5 : 30) * minute);
        last.set(workloadKey(move.workload), { at, reason: move.reason });
      }
    }
  });

  (countsMatter ? it : it.skip)(
    "6, 9 and 10 were asked about histories in which much moved, to and fro",
    () => {
      const moves = histories.all().flatMap(({ done }) => done.flatMap((round) => round.moves));
      for (const kind of ["ToSpot", "ToRegular", "Rebalance"]) {
        const count = moves.filter((move) => move.kind === kind).length;
        assert.ok(count >= 20, `${kind}: ${count}`);
      }
    },
  );

  const rollouts = new Sampled(clusterSpec, rollOut, 100, 60);
  after(() => rollouts.forget());

  rollouts.law("2. no rollout of ours takes a disruption budget below its minimum", ({ broken }) => {
    assert.deepEqual(broken, []);
  });
});

/** Six hours of rounds in which nothing happens to any node. @returns budgets that had fewer pods than they ask for */
function rollOut(spec: ClusterSpec): { broken: string[] } {
  const whole = { ...spec, nodes: spec.nodes.map((node) => ({ ...node, fate: undefined })) };
  const cluster = buildCluster(whole);
  const isMet = ({ currentHealthy, desiredHealthy }: DisruptionBudget) => currentHealthy >= desiredHealthy;
  // Rollouts that are under way already, or none of ours, do not ask the budget; nor does a pod that lost its node.
  const isCalm = ({ name }: DisruptionBudget) =>
    name !== "team" &&
    !/rolling|arriving|stuck|waiting/i.test(spec.workloads[Number(name.slice(1))]?.flaw ?? "");
  const met = new Set(cluster.budgetStatuses().filter((budget) => isMet(budget) && isCalm(budget)).map(({ name }) => name)); // prettier-ignore
  const broken: string[] = [];
  for (let round = 0; round < (6 * 60) / roundMinutes; round++) {
    cluster.carryOut(decide(cluster.snapshot(), cluster.policy, cluster.now));
    cluster.step(roundMinutes * minute, () => {
      for (const budget of cluster.budgetStatuses())
        if (met.has(budget.name) && !isMet(budget))
          broken.push(`${budget.name}: ${budget.currentHealthy} healthy`);
    });
  }
  return { broken };
}
