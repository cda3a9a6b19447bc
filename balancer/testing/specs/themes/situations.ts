// What a whole generated cluster is about: one situation each, with how often it is wanted.
import {
  type Theme,
  all,
  alsoThere,
  anotherHotNode,
  crowdEach,
  fillEach,
  having,
  hot,
  nodesBecome,
  onNodeOfItsOwn,
  onSpot,
  partly,
  placeholders,
  wasMoved,
  withAutoscaler,
  withPolicy,
  withQuota,
} from "./parts.ts";

/** What the whole cluster is about; the number says how often, where it does not always come about. */
export const situations = {
  plain: [5, () => undefined],
  // To spot.
  onItsWay: [1, having({ flaw: "arriving", replicas: 2 })],
  putElsewhere: [2, all(onSpot, having({ cpu: 100 }), onNodeOfItsOwn({}), wasMoved(500, "ToSpot"))],
  busyElsewhere: [1, all(onSpot, onNodeOfItsOwn({}), having({ load: 0.2 }))],
  pressureOnRegular: [4, all(withPolicy({ highRegular: 0.2 }), having({ load: 0.2, replicas: 3 }))],
  emptiable: [1, all(having({ load: 0.2, cpu: 300, replicas: 2 }), onNodeOfItsOwn({ cores: 4 }))],
  split: [3, all(having({ namespace: "shop", replicas: 4, cpu: 100 }), withPolicy({ floor: 1 }))],
  splitByGoal: [2, all(having({ namespace: "shop", replicas: 3, cpu: 100 }), withPolicy({ goal: 0.9998 }))],
  behindPlaceholders: [3, all(fillEach("spot", 0, placeholders), having({ replicas: 1, cpu: 300 }))],
  // Back to regular.
  busy: [1, all(onSpot, having({ load: 0.6 }))],
  busyNeedsNodes: [
    2,
    all(
      ...[onSpot, having({ load: 0.6, cpu: 900, replicas: 1 }), onNodeOfItsOwn({ pool: "spot", cores: 8 })],
      ...[fillEach("regular", 200), withPolicy({ highRegular: 1 }), withAutoscaler({}, 10)],
    ),
  ],
  busyInVain: [
    2,
    all(
      ...[onSpot, having({ load: 0.6, cpu: 900 }), onNodeOfItsOwn({ pool: "spot", cores: 8 })],
      ...[fillEach("regular", 200), withPolicy({ highRegular: 1 })],
    ),
  ],
  busyTooLarge: [1, all(onSpot, having({ load: 0.6 }), withPolicy({ highRegular: 0.2 }))],
  pressureOnSpot: [1, all(onSpot, having({ replicas: 3, cpu: 300 }), withPolicy({ highSpot: 0.15 }))],
  queueForSpot: [
    1,
    all(
      ...[onSpot, having({ replicas: 2, cpu: 300 }), fillEach("spot", 700)],
      alsoThere({ needsSpot: true, cpu: 900 }),
    ),
  ],
  queueInTheWay: [1, all(fillEach("spot", 700), alsoThere({ needsSpot: true, cpu: 900 }))],
  noLongerAllowed: [1, all(onSpot, having({ tier: "critical" }))],
  stuck: [3, having({ flaw: "stuck" })],
  splitStuck: [3, all(having({ flaw: "splitStuck", placement: "spot", namespace: "shop", replicas: 3 }))],
  // Off lost nodes.
  lostAll: [1, all(onSpot, onNodeOfItsOwn({ pool: "spot", fate: "notReady" }))],
  lostSome: [3, all(onSpot, partly, onNodeOfItsOwn({ pool: "spot", second: true, fate: "outOfService" }))],
  lostInBudget: [
    2,
    all(
      having({ placement: "spot", replicas: 3, minAvailable: 1, onlyFirst: true }),
      onNodeOfItsOwn({ pool: "spot", second: true, fate: "outOfService" }),
    ),
  ],
  lostBeyondBudget: [
    1,
    all(
      having({ placement: "spot", replicas: 2, minAvailable: 2, onlyFirst: true }),
      onNodeOfItsOwn({ pool: "spot", second: true, fate: "outOfService" }),
    ),
  ],
  lostThenBusy: [
    2,
    all(
      ...[onSpot, partly, onNodeOfItsOwn({ pool: "spot", second: true, fate: "notReady" })],
      ...[fillEach("spot", 50), alsoThere({ namespace: "demo", placement: "spot", load: 0.6, cpu: 900 })],
    ),
  ],
  mightReturn: [3, all(onSpot, partly, onNodeOfItsOwn({ pool: "spot", second: true, fate: "condemned" }))],
  gone: [1, all(onSpot, onNodeOfItsOwn({ pool: "spot", second: true, fate: "gone" }))],
  lostLately: [2, (spec) => void (spec.lossesMinutesAgo = [1, 10, 30])],
  cordoned: [1, all(onSpot, onNodeOfItsOwn({ pool: "spot", second: true, fate: "cordoned" }))],
  risky: [2, (spec) => void (spec.allLostHoursAgo = 1)],
  overdrawn: [2, all(onSpot, (spec) => Object.assign(spec, { allLostHoursAgo: 1, overdrawn: true }))],
  retiring: [1, all(onSpot, onNodeOfItsOwn({ pool: "spot", fate: "retiring" }))],
  // By evictions.
  evictable: [3, having({ kind: "ReplicaSet", replicas: 3, cpu: 100 })],
  following: [
    2,
    all(
      having({ kind: "ReplicaSet", replicas: 3, placement: "spot" }),
      ...[onNodeOfItsOwn({ cores: 4 }), wasMoved(10, "ToSpot")],
    ),
  ],
  followingBack: [
    1,
    all(
      having({ kind: "ReplicaSet", replicas: 3 }),
      ...[onNodeOfItsOwn({ pool: "spot" }), wasMoved(10, "ToRegular")],
    ),
  ],
  // Its cool nodes stand though they are of little use, since nobody drains them.
  hot: [
    1,
    all(
      ...[having(hot), withAutoscaler({ regular: "silent" })],
      ...[onNodeOfItsOwn({}), onNodeOfItsOwn({}), onNodeOfItsOwn({})],
    ),
  ],
  hotBeyondBudget: [
    1,
    all(having({ ...hot, minAvailable: 2 }), onNodeOfItsOwn({}), onNodeOfItsOwn({}), onNodeOfItsOwn({})),
  ],
  hotInTwoPools: [1, all(having(hot), onNodeOfItsOwn({}), onNodeOfItsOwn({}), anotherHotNode)],
  hotOnSpot: [
    1,
    all(
      having({ ...hot, placement: "spot", tier: "low" }),
      ...[onNodeOfItsOwn({ pool: "spot" }), onNodeOfItsOwn({ pool: "spot" })],
    ),
  ],
  unwanted: [1, all(having({ load: 0.6 }), fillEach("spot", 1500, placeholders))],
  // What policy says of all.
  atNight: [2, withPolicy({ atNight: true })],
  share: [1, withPolicy({ share: 0 })],
  someShare: [1, all(having({ replicas: 3 }), withPolicy({ share: 0.5 }))],
  floor: [2, all(having({ namespace: "shop", replicas: 2 }), withPolicy({ floor: 2 }))],
  worthless: [2, withPolicy({ scoreThreshold: 0.9 })],
  roundIsFull: [1, withPolicy({ perRound: 0 })],
  roundIsShort: [1, withPolicy({ perRound: 1 })],
  hourIsFull: [1, withPolicy({ perHour: 0 })],
  hourIsShort: [
    1,
    all(
      withPolicy({ perHour: 2 }),
      alsoThere({ namespace: "demo", moved: { minutesAgo: 55, to: "ToRegular" } }),
    ),
  ],
  closing: [1, (spec) => void (spec.closing = true)],
  noUsage: [1, (spec) => void (spec.noUsage = true)],
  // What the autoscaler says.
  spotInBackoff: [2, withAutoscaler({ spot: "backoff" })],
  spotUnhealthy: [3, withAutoscaler({ spot: "unhealthy" })],
  regularInBackoff: [1, all(onSpot, having({ load: 0.6 }), withAutoscaler({ regular: "backoff" }, 10))],
  silentAutoscaler: [3, withAutoscaler({ regular: "silent" })],
  // What a quota leaves.
  noMorePods: [1, withQuota({ pods: 0 })],
  littleCpu: [1, withQuota({ cpu: 250, limitsCpu: 550 })],
  noNewTemplates: [1, withQuota({ replicaSets: 0 })],
  // No room.
  noSpot: [3, (spec) => void (spec.nodes = spec.nodes.filter(({ pool }) => pool !== "spot"))],
  crowdedSpot: [2, crowdEach("spot")],
  highSpot: [1, all(having({ replicas: 3, cpu: 500 }), withPolicy({ highSpot: 0.2 }))],
  // The only regular nodes are being drained.
  noWayBack: [1, nodesBecome("regular", { fate: "cordoned" })],
  taints: [1, nodesBecome("spot", { taint: "keepsAway" })],
  advised: [1, nodesBecome("spot", { taint: "advises" })],
  zoneVolume: [
    2,
    all(having({ rule: "zoneVolume" }), nodesBecome("spot", { zone: "b" }), onNodeOfItsOwn({})),
  ],
  nearTeam: [
    1,
    all(
      having({ rule: "nearTeam", inTeam: true, replicas: 2 }),
      alsoThere({ namespace: "demo", inTeam: true, tier: "critical" }),
    ),
  ],
  apartFromTeam: [
    1,
    all(
      having({ rule: "apartFromTeam", inTeam: true }),
      alsoThere({ namespace: "demo", inTeam: true, rule: "apartFromTeam" }),
    ),
  ],
  hostPort: [
    8,
    all(
      having({ rule: "hostPort", replicas: 1 }),
      alsoThere({ rule: "hostPort", needsSpot: true, replicas: 3 }),
    ),
  ],
} satisfies Record<string, [weight: number, Theme]>;
