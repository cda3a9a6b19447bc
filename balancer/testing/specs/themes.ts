// What a generated cluster is about: each theme changes an ordinary cluster so that one thing comes about in it.
//
// Clusters with many flaws at once hardly ever move anything, and laws about moves then rest on nothing. So a cluster is
// in one situation, and at most two workloads beside the subject are peculiar. A new reason, step or kind of move gets a
// line here that brings it about, and a line in laws/counts.ts that asks for it.
import type { AutoscalerState, ClusterSpec, NodeSpec, WorkloadSpec } from "./clusterSpec.ts";

/** @param subject one of the spec's workloads: an idle one in `demo` on regular, unless another theme changed it */
type Theme = (spec: ClusterSpec, subject: WorkloadSpec) => void;

/** The theme changes nothing but its subject. */
const having =
  (changes: Partial<WorkloadSpec>): Theme =>
  (_spec, subject) =>
    void Object.assign(subject, changes);

const all =
  (...themes: Theme[]): Theme =>
  (spec, subject) =>
    themes.forEach((theme) => theme(spec, subject));

const withPolicy =
  (changes: ClusterSpec["policy"]): Theme =>
  ({ policy }) =>
    void Object.assign(policy, changes);

const withAutoscaler =
  (autoscaler: { regular?: AutoscalerState; spot?: AutoscalerState }, maxRegular?: number): Theme =>
  (spec) =>
    void Object.assign(spec, { autoscaler, ...(maxRegular && { maxRegular }) });

const nodesBecome =
  (pool: NodeSpec["pool"], changes: Partial<NodeSpec>): Theme =>
  ({ nodes }) => {
    for (const node of nodes) if (node.pool === pool) Object.assign(node, changes);
  };

/** Adds a node; the subject's pods are on it. */
const onNodeOfItsOwn =
  (node: Partial<NodeSpec>): Theme =>
  ({ nodes }, subject) => {
    subject.on = nodes.push({ pool: "regular", cores: 2, zone: "a", ...node }) - 1;
  };

const alsoThere =
  (workload: Partial<WorkloadSpec>): Theme =>
  ({ workloads }) =>
    void workloads.push({ namespace: "unlisted", replicas: 1, cpu: 100, load: 0.2, ...workload });

/** Fills every node of a pool but for so many millicores, with pods that are none of our business. */
const fillEach =
  (pool: NodeSpec["pool"], spare: number, by: Partial<WorkloadSpec> = {}): Theme =>
  ({ nodes, workloads }) => {
    nodes.forEach((node, on) => {
      const cpu = node.cores * 1000 - spare;
      if (node.pool === pool) {
        workloads.push({ namespace: "unlisted", replicas: 1, load: 0.2, ...by, on, cpu });
      }
    });
  };

/** Small pods take every slot of each node (buildCluster.ts gives it eight). */
const crowdEach =
  (pool: NodeSpec["pool"]): Theme =>
  ({ nodes, workloads }) => {
    nodes.forEach((node, on) => {
      if (node.pool !== pool) return;
      workloads.push({ namespace: "unlisted", replicas: 8, cpu: 10, load: 0.2, on });
    });
  };

const onSpot = having({ placement: "spot" });
const partly = having({ replicas: 3, cpu: 100, onlyFirst: true });
const wasMoved = (minutesAgo: number, to: "ToSpot" | "ToRegular", failedReturns = 0) =>
  having({ moved: { minutesAgo, to, failedReturns } });
const placeholders: Partial<WorkloadSpec> = {
  namespace: "placeholder",
  podPriority: -10,
  needsSpot: true,
};
/** 600 millicores requested, 900 used: two of them make a node of 2000 hot. */
const hot: Partial<WorkloadSpec> = { cpu: 600, replicas: 2, load: 1.5 };
/** In a second pool, with a cool one beside it. */
const anotherHotNode: Theme = ({ nodes, workloads }) => {
  const node: NodeSpec = { pool: "regular", second: true, cores: 2, zone: "a" };
  const on = nodes.push(node, node) - 1;
  workloads.push({ namespace: "demo", ...hot, on } as WorkloadSpec);
};

/** What the whole cluster is about; the number says how often, where it does not always come about. */
export const situations = {
  plain: [5, () => undefined],
  // To spot.
  onItsWay: [1, having({ flaw: "arriving", replicas: 2 })],
  putElsewhere: [2, all(onSpot, having({ cpu: 100 }), onNodeOfItsOwn({}), wasMoved(500, "ToSpot"))],
  busyElsewhere: [1, all(onSpot, onNodeOfItsOwn({}), having({ load: 0.2 }))],
  pressureOnRegular: [3, all(withPolicy({ highRegular: 0.2 }), having({ load: 0.2, replicas: 3 }))],
  emptiable: [1, all(having({ load: 0.2, cpu: 300, replicas: 2 }), onNodeOfItsOwn({ cores: 4 }))],
  split: [3, all(having({ namespace: "shop", replicas: 4, cpu: 100 }), withPolicy({ floor: 1 }))],
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
  stuck: [2, having({ flaw: "stuck" })],
  splitStuck: [2, all(having({ flaw: "splitStuck", placement: "spot", namespace: "shop", replicas: 3 }))],
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
  lostLately: [1, (spec) => void (spec.lossesMinutesAgo = [1, 10, 30])],
  cordoned: [1, all(onSpot, onNodeOfItsOwn({ pool: "spot", second: true, fate: "cordoned" }))],
  risky: [2, (spec) => void (spec.allLostHoursAgo = 1)],
  overdrawn: [2, all(onSpot, (spec) => Object.assign(spec, { allLostHoursAgo: 1, overdrawn: true }))],
  retiring: [1, all(onSpot, onNodeOfItsOwn({ pool: "spot", fate: "retiring" }))],
  // By evictions.
  evictable: [3, having({ kind: "ReplicaSet", replicas: 3, cpu: 100 })],
  following: [
    1,
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
  hot: [1, all(having(hot), onNodeOfItsOwn({}), onNodeOfItsOwn({}), onNodeOfItsOwn({}))],
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
  atNight: [1, withPolicy({ atNight: true })],
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
  spotInBackoff: [1, withAutoscaler({ spot: "backoff" })],
  spotUnhealthy: [2, withAutoscaler({ spot: "unhealthy" })],
  regularInBackoff: [1, all(onSpot, having({ load: 0.6 }), withAutoscaler({ regular: "backoff" }, 10))],
  silentAutoscaler: [2, withAutoscaler({ regular: "silent" })],
  // No room.
  noSpot: [1, (spec) => void (spec.nodes = spec.nodes.filter(({ pool }) => pool !== "spot"))],
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
    4,
    all(
      having({ rule: "hostPort", replicas: 1 }),
      alsoThere({ rule: "hostPort", needsSpot: true, replicas: 3 }),
    ),
  ],
} satisfies Record<string, [weight: number, Theme]>;

/** What one workload among others is like. */
export const peculiarities = {
  low: having({ tier: "low", load: 0.6 }),
  empty: having({ replicas: 0 }),
  forbidden: having({ namespace: "closed" }),
  critical: having({ tier: "critical" }),
  ignored: having({ tier: "ignore" }),
  placeholder: having({ podPriority: -10 }),
  daemonSet: having({ kind: "DaemonSet" }),
  controlled: having({ flaw: "controlled" }),
  foreignOwner: having({ flaw: "foreignOwner" }),
  statefulSet: all(having({ kind: "StatefulSet", replicas: 3 }), withPolicy({ statefulSets: true })),
  statefulSetLeftAlone: all(having({ kind: "StatefulSet" }), withPolicy({ statefulSets: false })),
  recreate: having({ flaw: "recreate" }),
  noSurge: having({ surge: 0, unavailable: 4 }),
  onDelete: all(
    having({ kind: "StatefulSet", flaw: "onDelete", replicas: 2 }),
    withPolicy({ statefulSets: true }),
  ),
  paused: having({ flaw: "paused" }),
  local: having({ flaw: "local" }),
  exclusive: having({ flaw: "exclusive" }),
  gpu: having({ flaw: "gpu" }),
  doNotDisturb: having({ flaw: "doNotDisturb" }),
  unreadable: having({ flaw: "unreadable" }),
  emptyDir: all(having({ flaw: "emptyDir" }), withPolicy({ keepsScratch: true })),
  manyVolumes: having({ flaw: "manyVolumes" }),
  noRequests: having({ flaw: "noRequests" }),
  noSamples: having({ flaw: "noSamples" }),
  fewSamples: having({ flaw: "fewSamples" }),
  staleSamples: having({ flaw: "staleSamples" }),
  rolling: having({ flaw: "rolling", replicas: 2 }),
  waiting: having({ flaw: "waiting", replicas: 2 }),
  scaling: having({ flaw: "scaling" }),
  scaled: having({ flaw: "scaled" }),
  steady: having({ flaw: "steady" }),
  refused: having({ cameToNothing: "Refused" }),
  undone: having({ cameToNothing: "Undone" }),
  restsOnRegular: wasMoved(5, "ToRegular"),
  restsOnSpot: all(onSpot, having({ load: 0.6 }), wasMoved(5, "ToSpot")),
  restsLonger: wasMoved(65, "ToRegular", 3),
  disruptionBudget: having({ replicas: 2, unavailable: 1, minAvailable: 2 }),
  downAlready: having({ replicas: 3, unavailable: 1, minAvailable: 2, surge: 0 }),
  evictionBudget: having({ kind: "ReplicaSet", replicas: 2, minAvailable: 2 }),
  teamBudget: all(
    having({ inTeam: true, replicas: 2, unavailable: 1 }),
    (spec) => void (spec.teamMinAvailable = 2),
  ),
  twoBudgets: all(
    having({ kind: "ReplicaSet", inTeam: true, replicas: 3, minAvailable: 1 }),
    (spec) => void (spec.teamMinAvailable = 1),
  ),
  noSuchNode: having({ rule: "noSuchNode", on: 0 }),
  noNodeInZone: all(having({ rule: "zoneA" }), onNodeOfItsOwn({}), nodesBecome("spot", { zone: "b" })),
  nearNobody: having({ rule: "nearNobody", on: 0 }),
  togetherInZone: having({ rule: "togetherInZone", replicas: 2 }),
  apartByHost: all(having({ rule: "apartByHost", replicas: 4 }), onNodeOfItsOwn({})),
  apartByZone: having({ rule: "apartByZone", replicas: 2 }),
  spreadByHost: having({ rule: "spreadByHost", replicas: 3 }),
  spreadByZone: all(having({ rule: "spreadByZone", replicas: 3 }), nodesBecome("spot", { zone: "b" })),
  spreadOverThree: having({ rule: "spreadOverThree", replicas: 2 }),
} satisfies Record<string, Theme>;

type Situation = keyof typeof situations;
type Peculiarity = keyof typeof peculiarities;

/** Situations by their weights, for a generator to choose from. */
export const weightedSituations = Object.entries(situations).flatMap(([name, [weight]]) =>
  Array.from({ length: weight }, () => name as Situation),
);

/** What others' situations often hide comes twice. */
export const weightedPeculiarities: Peculiarity[] = [
  ...(Object.keys(peculiarities) as Peculiarity[]),
  ...(["staleSamples", "paused", "ignored", "manyVolumes"] as const),
];
