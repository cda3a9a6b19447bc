// The laws of DESIGN.md that hold for every single round, on generated clusters.
import assert from "node:assert/strict";
import { decide } from "./decide.ts";
import { compareImportance, tierOf } from "./decide/tiers.ts";
import { workloadKey } from "./model.ts";
import { buildPods, buildWorkload, minute, noon } from "./testing/builders.ts";
import { countRounds } from "./testing/laws/counts.ts";
import { countsMatter, runs } from "./testing/specs/generators.ts";
import { disruptions, misfits, priorityOf, requestedAfter } from "./testing/judge.ts";
import { allRounds, forgetRounds, law, movedWorkload, seldom, workloadsByKey } from "./testing/laws.ts";
import { again } from "./testing/laws/sampled.ts";

describe(`laws of a single round (${again})`, function () {
  this.timeout(runs(300_000));
  after(forgetRounds);

  (countsMatter ? it : it.skip)(
    "are asked about every reason, kind of move and state of autoscalers often enough to mean something",
    () => {
      const counts = Object.entries(countRounds(allRounds()));
      const tooFew = counts.filter(([, { found, atLeast }]) => found < atLeast);
      assert.deepEqual(
        tooFew.map(([what, { found, atLeast }]) => `${what}: ${found}, not ${atLeast}`),
        [],
      );
    },
  );

  law("1. moves and refusals cover each workload considered exactly once", ({ snapshot, policy, plan }) => {
    const decided = [...plan.moves, ...plan.refusals].map(({ workload }) => workloadKey(workload)).sort();
    const considered = snapshot.workloads
      .filter(({ namespace }) => policy.namespaces[namespace])
      .map(workloadKey);
    assert.deepEqual(decided, considered.sort());
  });

  law("2. a disruption budget is never exceeded, counting what is planned", ({ snapshot, plan }) => {
    for (const { name, planned, allowed } of disruptions(snapshot, plan)) {
      assert.ok(planned <= allowed, `${name}: ${planned} planned, ${allowed} allowed`);
    }
  });

  law("3. nothing that policy forbids, no DaemonSet, mirror or ownerless pod is touched", (round) => {
    for (const move of round.plan.moves) {
      const workload = movedWorkload(round, move);
      assert.ok(["demo", "shop"].includes(workload.namespace), "its namespace allows it");
      assert.ok(["Deployment", "StatefulSet", "ReplicaSet"].includes(workload.kind), workload.kind);
      assert.equal(workload.controlledBy, undefined);
      // What of a placement is ours can be released, whoever owns the rest.
      if (move.placement === "spot") assert.equal(workload.placementOwner, undefined);
      assert.notEqual(tierOf(workload, round.policy), "ignore");
      if (move.kind === "ToSpot") assert.notEqual(tierOf(workload, round.policy), "critical");
      for (const { name } of move.evictions) {
        const pod = round.snapshot.pods.find((each) => each.name === name);
        assert.equal(pod?.workload, workloadKey(workload));
      }
    }
  });

  law("4. all planned pods fit at the same time", ({ snapshot, plan }) => {
    assert.deepEqual(misfits(snapshot, plan), []);
  });

  law("5. a move has nodes that fit, and never leads back to where the workload was", (round) => {
    const nodes = new Map(round.snapshot.nodes.map((node) => [node.name, node]));
    for (const move of round.plan.moves) {
      assert.notEqual(move.source, move.destination);
      if (move.placement && !move.renews) assert.equal(move.source, movedWorkload(round, move).placement);
      if (move.renews) assert.equal(move.reason, "BackToSpot");
      assert.ok(move.nodes.length > 0 || move.growsBy);
      const sides = move.nodes.map((name) => priorityOf(nodes.get(name)));
      const there = sides.filter((side) => side === move.destination).length;
      if (move.placement) assert.equal(there, move.split?.spot ?? move.nodes.length);
      for (const name of move.nodes) {
        if (!move.placement)
          assert.ok(!move.evictions.some(({ nodeName }) => nodeName === name), "not back to the same node");
      }
    }
  });

  law(
    "7. no voluntary move fills its destination above the high-water mark",
    ({ snapshot, policy, plan }) => {
      for (const priority of ["spot", "regular"] as const) {
        const comes = plan.moves.filter(
          ({ voluntary, destination }) => voluntary && destination === priority,
        );
        if (comes.length === 0 || comes.some(({ growsBy }) => growsBy)) continue;
        const after = requestedAfter(snapshot, plan, policy, priority);
        assert.ok(after <= policy.pressure[priority].highUtilization + 1e-9, `${priority} ends at ${after}`);
      }
    },
  );

  law("8. the floor of replicas on regular holds", (round) => {
    for (const move of round.plan.moves.filter(({ kind }) => kind === "ToSpot")) {
      const { regularFloor, availability = 0 } = round.policy.namespaces[move.workload.namespace]!;
      const { regular = 0, spot, maxSkew } = move.split ?? {};
      // All of spot goes at once: 2.5 minutes without the pods that are there.
      const lossMayTake = (1 - availability) * 10_080;
      if (lossMayTake < 2.5) assert.ok(regular >= 1, `all on spot at ${availability}`);
      assert.ok(regular >= regularFloor, `${regular} of at least ${regularFloor}`);
      if (!move.split) continue;
      assert.equal(regular + spot!, movedWorkload(round, move).replicas);
      assert.ok(maxSkew! >= 1 && Math.abs(spot! - regular) <= maxSkew!);
    }
  });

  law("8b. the namespace's share on spot is not exceeded by a move", (round) => {
    const byKey = workloadsByKey(round);
    const moves = new Map(round.plan.moves.map((move) => [workloadKey(move.workload), move]));
    for (const [namespace, { maxSpotShare }] of Object.entries(round.policy.namespaces)) {
      const own = [...byKey].filter(
        ([, each]) =>
          each.namespace === namespace && ["Deployment", "StatefulSet", "ReplicaSet"].includes(each.kind),
      );
      if (!own.some(([key]) => moves.get(key)?.kind === "ToSpot")) continue;
      const replicas = own.reduce((sum, [, each]) => sum + each.replicas, 0);
      const onSpot = own
        .filter(([key, each]) => (moves.get(key)?.placement ?? each.placement) === "spot")
        .reduce((sum, [key, each]) => sum + (moves.get(key)?.split?.spot ?? each.replicas), 0);
      assert.ok(onSpot / replicas <= maxSpotShare, `${onSpot} of ${replicas} in ${namespace}`);
    }
  });

  law("9. voluntary moves stay within the round and the hour", ({ snapshot, policy, plan }) => {
    const voluntary = plan.moves.filter((move) => move.voluntary).length;
    assert.ok(voluntary <= policy.budgets.maxMovesPerRound);
    const before = snapshot.workloads.flatMap(({ memory }) => memory?.recentMoves ?? []).length;
    if (voluntary > 0) assert.ok(before + plan.moves.length <= policy.budgets.maxMovesPerHour);
  });

  law("10. nothing moves of our wish inside its cool-down", (round) => {
    // What follows is the rest of a move, not another one.
    for (const move of round.plan.moves.filter((each) => each.voluntary && each.reason !== "Following")) {
      const { memory } = movedWorkload(round, move);
      if (!memory) continue;
      const { maxMinutes } = round.policy.cooldown;
      // What lost its place on spot did not move of anybody's wish.
      const wasLost = move.kind === "ToSpot" && memory.lastReason === "SpotNodeLost";
      const minutes = move.reason === "BackToSpot" || wasLost ? 5 : round.policy.cooldown.minutes;
      const rest =
        move.kind === "ToSpot" ? Math.min(maxMinutes, minutes * 2 ** memory.failedReturns) : minutes;
      assert.ok(noon - memory.lastMovedAt >= rest * minute);
    }
  });

  law("11. nothing goes to spot before an equally eligible, less important workload", (round) => {
    const byKey = workloadsByKey(round);
    const ranked = (key: string) => {
      const workload = byKey.get(key)!;
      const rule = round.policy.namespaces[workload.namespace]!;
      return { key, workload, rule, tier: tierOf(workload, round.policy) };
    };
    // Eligible, and left out only because others were first.
    const leftOut = round.plan.refusals.filter(
      ({ reason, placement }) =>
        placement === "regular" && (reason === "MoveBudgetRound" || reason === "MoveBudgetHour"),
    );
    for (const move of round.plan.moves.filter(({ kind }) => kind === "ToSpot")) {
      for (const refusal of leftOut) {
        const order = compareImportance(
          ranked(workloadKey(move.workload)),
          ranked(workloadKey(refusal.workload)),
        );
        assert.ok(order <= 0, `${move.workload.name} went before ${refusal.workload.name}`);
      }
    }
  });

  law(
    "14. the same input in another order gives the same plan",
    ({ snapshot, policy, plan }) => {
      const shuffled = {
        ...snapshot,
        nodes: mix(snapshot.nodes),
        pods: mix(snapshot.pods),
        workloads: mix(snapshot.workloads),
        disruptionBudgets: mix(snapshot.disruptionBudgets),
        autoscalers: mix(snapshot.autoscalers),
      };
      assert.deepEqual(decide(shuffled, policy, noon), plan);
    },
    seldom,
  );

  law("15. without usage, or with spot unstable, nothing goes to spot", ({ snapshot, plan }) => {
    if (snapshot.usageProblem) assert.ok(plan.moves.every(({ voluntary }) => !voluntary));
    if (plan.refusals.some(({ reason }) => reason === "SpotUnstable")) {
      assert.ok(plan.moves.every(({ kind }) => kind !== "ToSpot"));
    }
  });

  law(
    "15b. nothing is planned into a spot pool that lost too many nodes lately",
    ({ snapshot, policy, plan }) => {
      const { stableMinutes, toleratedLossShare } = policy.pools.spot;
      const poolOf = new Map(
        snapshot.nodes.map(({ name, labels }) => [name, labels[policy.pools.nameLabel]]),
      );
      for (const move of plan.moves.filter(({ kind }) => kind === "ToSpot")) {
        for (const name of move.nodes) {
          if (priorityOf(snapshot.nodes.find((node) => node.name === name)) !== "spot") continue;
          const pool = poolOf.get(name);
          const lost = plan.state.spotLosses.filter(
            (loss) => loss.pool === pool && noon - loss.at < stableMinutes * minute,
          );
          const present = snapshot.nodes
            .filter((node) => poolOf.get(node.name) === pool)
            .map((node) => node.name);
          const share = lost.length / new Set([...present, ...lost.map(({ node }) => node)]).size;
          assert.ok(share <= toleratedLossShare, `${share} of pool ${pool} were lost`);
        }
      }
    },
  );

  law("16. what is on a lost spot node gets off it, or a lack of room or budget is the reason", (round) => {
    const lost = new Set(
      round.snapshot.nodes
        .filter((node) => priorityOf(node) === "spot" && (!node.ready || node.conditions.length > 0))
        .map(({ name }) => name),
    );
    const physical =
      /^(NoCapacity|NoSpotNodes|NodeAffinity|Taints|VolumeZone|VolumeDriver|PodAffinity|AntiAffinity|TopologySpread|HostPort|VolumeLimit|DisruptionBudget|WouldReturn)/;
    const untouchable =
      /^(NamespaceForbidden|Placeholder|ExcludedByLabel|UnsupportedKind|ControlledByOther|ForeignOwner)/;
    for (const { workload, placement, reason } of round.plan.refusals) {
      const isHit = round.snapshot.pods.some(
        (pod) => pod.workload === workloadKey(workload) && lost.has(pod.nodeName ?? ""),
      );
      if (!isHit || placement !== "spot") continue;
      assert.ok(physical.test(reason) || untouchable.test(reason), reason);
    }
  });

  law("17. nodes are emptied only as far as the autoscaler could remove them", ({ snapshot, plan }) => {
    const emptied = new Set(
      plan.moves
        .filter(({ reason }) => reason === "EmptyingNode")
        .map(({ evidence }) => String(evidence["node"])),
    );
    const regular = snapshot.nodes.filter((node) => priorityOf(node) === "regular").length;
    assert.ok(emptied.size === 0 || emptied.size <= regular - snapshot.poolHealth[0]!.minSize!);
  });

  law("18. what has to be on regular waits for its high-water mark only", ({ policy, plan }) => {
    const { highUtilization } = policy.pressure.regular;
    for (const { placement, reason, message, evidence } of plan.refusals) {
      // What is placed on spot, but runs elsewhere, wants to spot and not back.
      if (placement !== "spot" || reason !== "AboveWaterMark" || message.startsWith("spot nodes")) continue;
      assert.ok(Number(evidence["utilizationAfter"]) > highUtilization, JSON.stringify(evidence));
    }
  });

  law(
    "19. what is unknown is doubt, never zero: whose pod says nothing does not move of our wish",
    (round) => {
      const moved = round.plan.moves.find(({ voluntary }) => voluntary);
      if (!moved) return;
      const key = workloadKey(moved.workload);
      const silent = round.snapshot.pods.find((pod) => pod.workload === key && pod.usage && pod.nodeName);
      if (!silent) return;
      const pods = round.snapshot.pods.map((pod) => (pod === silent ? { ...pod, usage: undefined } : pod));
      const plan = decide({ ...round.snapshot, pods }, round.policy, noon);
      const still = plan.moves.find(({ workload }) => workloadKey(workload) === key);
      assert.ok(still?.voluntary !== true, `${key}: ${still?.reason}`);
    },
    seldom,
  );

  law(
    "20. a stranger, whatever it is called and asks for, changes nothing for others",
    (round) => {
      const stranger = buildWorkload("toString", {
        ...{ namespace: "constructor", labels: { valueOf: "x" }, replicas: 2 ** 31 - 1 },
        status: { updated: 0, available: 0 },
        template: {
          labels: { constructor: "x" },
          requests: { cpu: 2 ** 50, memory: 2 ** 50, storage: 2 ** 50 },
          priorityClass: "constructor",
          nodeSelector: { hasOwnProperty: "x" },
        },
      });
      const waiting = buildPods(stranger, [undefined], { unschedulableSince: noon - minute });
      const snapshot = {
        ...round.snapshot,
        pods: [...round.snapshot.pods, ...waiting],
        workloads: [...round.snapshot.workloads, stranger],
      };
      assert.deepEqual(decide(snapshot, round.policy, noon), round.plan);
    },
    seldom,
  );

  law(
    "21. no rollout of our wish needs a pod, or a template, that a quota of its namespace refuses",
    (round) => {
      for (const move of round.plan.moves.filter(({ voluntary, placement }) => voluntary && placement)) {
        const { kind, namespace, template, update, memory } = movedWorkload(round, move);
        for (const { left, scopes = [] } of round.snapshot.quotas ?? []) {
          if (namespace !== "demo" || (scopes.length > 0 && template.priorityClass !== "important")) continue;
          // Where an old pod goes first, a new one takes its part.
          const starts = kind === "Deployment" && update.maxUnavailable === 0 ? 1 : 0;
          assert.ok(starts <= (left.pods ?? 1));
          assert.ok(starts * template.requests.cpu <= (left.cpu ?? Infinity));
          assert.ok(starts * template.limits!.cpu <= (left.limitsCpu ?? Infinity));
          const isNew = kind === "Deployment" && memory?.placedAt === undefined;
          assert.ok(!isNew || left.replicaSets !== 0);
        }
      }
    },
  );
});

/** Backwards, and every other one first. */
const mix = <Value>(list: Value[]) => [
  ...list.toReversed().filter((_, i) => i % 2 === 1),
  ...list.toReversed().filter((_, i) => i % 2 === 0),
];
