// For each reason the change that would remove it: a patch of the manifest or of the policy, or advice where there is none.
import type { Policy } from "../policy.ts";
import type { RefusalReason } from "../reasons.ts";
import { selects } from "./budgetStatus.ts";
import { type FoundObject, keyOf } from "./files.ts";
import type { RawPodTemplate } from "./pods.ts";

export interface Change {
  /** One sentence, with what has to hold for it to be right. */
  advice: string;
  /** A strategic merge patch of an object (`kubectl patch --patch-file`), or a piece of the policy. */
  patch?: object;
  /** What the patch is of: `Deployment/shop/web`, or `policy`. */
  of?: string;
}

/** Somebody wants it so: no fault of the manifest. */
const onPurpose = new Set<RefusalReason>([
  ...(["Critical", "ExcludedByLabel", "DoNotDisturb", "NamespaceForbidden", "NoReplicas"] as const),
  ...(["UnsupportedKind", "Placeholder"] as const),
]);
export const isOnPurpose = (reason: RefusalReason): boolean => onPurpose.has(reason);

interface Asked {
  object: FoundObject;
  all: readonly FoundObject[];
  policy: Policy;
}

type Remedy = string | ((asked: Asked) => Change[]);

const patch =
  (advice: string, patchOf: (asked: Asked) => object): Remedy =>
  (asked) => [{ advice, patch: patchOf(asked), of: keyOf(asked.object) }];

const ofPolicy = (advice: string, piece: (asked: Asked) => object): Remedy => {
  return (asked) => [{ advice, patch: piece(asked), of: "policy" }];
};

const rolling = {
  spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
};
const inTemplate = (template: object) => ({ spec: { template } });
const runningCluster = "Only a running cluster tells: nothing in the manifest stands in the way.";

const remedies: Record<RefusalReason, Remedy> = {
  NoReplicas: patch("Give it a replica.", () => ({ spec: { replicas: 1 } })),
  NamespaceForbidden: ofPolicy("Allow its namespace.", ({ object }) => {
    return { namespaces: { [object.metadata.namespace]: { allowed: true } } };
  }),
  Critical: patch("Where it may wait for a node once in a while, say so.", ({ policy }) => ({
    metadata: { labels: { [policy.priorities.label]: "standard" } },
  })),
  FloorOnRegular: patch("A split needs twice the floor at its smallest scale.", ({ object, policy }) => ({
    spec: { replicas: 2 * Math.max(1, policy.namespaces[object.metadata.namespace]?.regularFloor ?? 0) },
  })),
  ScoreTooLow: ofPolicy("It saves less than its restart is worth by policy.", () => ({
    score: { threshold: 0 },
  })),
  ExcludedByLabel: patch("Take the label away.", ({ policy }) => ({
    metadata: { labels: { [policy.priorities.label]: null } },
  })),
  DoNotDisturb: patch("Take the annotations, or labels, away where its pods may be replaced.", () =>
    inTemplate({
      metadata: {
        annotations: {
          "cluster-autoscaler.kubernetes.io/safe-to-evict": null,
          "karpenter.sh/do-not-disrupt": null,
          "descheduler.alpha.kubernetes.io/prefer-no-eviction": null,
          "autoscaling.cast.ai/removal-disabled": null,
        },
        labels: { "autoscaling.cast.ai/removal-disabled": null, "spotinst.io/restrict-scale-down": null },
      },
    }),
  ),
  Unreadable: "Correct the field that the message names.",
  UnsupportedKind: "DaemonSets follow their nodes, and Jobs end by themselves: there is nothing to change.",
  ControlledByOther: "Set tolerations and affinity on the object that owns it.",
  ForeignOwner: "Leave tolerations and node affinity out of the manifest.",
  StatefulSetNotOptedIn: ofPolicy(
    "Opt StatefulSets in: a pod stops before its successor starts, and takes its disk along within its zone.",
    () => ({ statefulSets: { enabled: true } }),
  ),
  RecreateStrategy: patch("Where two of its pods may run at once, roll instead.", () => rolling),
  NoSurge: patch("Let a new pod start first, or have a second one.", ({ object }) =>
    object.kind === "Deployment" ? rolling : { spec: { replicas: 2 } },
  ),
  OnDeleteStrategy: patch("Let it replace its pods by itself.", () => ({
    spec: { updateStrategy: { type: "RollingUpdate" } },
  })),
  Paused: patch("Let its rollout go on.", ({ object }) =>
    object.kind === "Deployment"
      ? { spec: { paused: false } }
      : { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } },
  ),
  EmptyDirData: ofPolicy("Where the data may be lost, as by every release.", () => ({
    leaveAlone: { emptyDir: false },
  })),
  LocalStorage:
    "Keep its data in a volume that can be attached to any node (a PersistentVolumeClaim) instead of hostPath.",
  ExclusiveVolume:
    "Use a claim that several nodes can mount (ReadWriteMany), or a StatefulSet with a claim for each replica.",
  QuotaReached: "Leave room in the namespace's ResourceQuota for one pod more: a rollout starts it first.",
  OtherResources: "It needs devices: place it by hand.",
  NoRequests: patch("Request what it really uses; these amounts are a start.", ({ object }) =>
    inTemplate({ spec: { containers: withoutRequests(object) } }),
  ),
  DisruptionBudget: ({ object, all }) =>
    budgetsOf(object, all).map((budget) => ({
      advice: "Let one of its pods go at a time; of a single one the budget then allows the gap.",
      patch: { spec: { minAvailable: null, maxUnavailable: 1 } },
      of: keyOf(budget),
    })),
  NodeAffinity:
    "Give spot nodes the labels that it asks for, or prefer these nodes instead of requiring them.",
  Taints: "Tolerate the taints of the nodes by name.",
  VolumeZone: "Have spot nodes in the zone of its volume.",
  PodAffinity: "Prefer the neighborhood instead of requiring it.",
  AntiAffinity: "Prefer the distance instead of requiring it, or have more nodes.",
  NoWayBack: "Let it run on regular nodes as well: it must be able to come back.",
  TopologySpread: "Use whenUnsatisfiable: ScheduleAnyway.",
  VolumeDriver: "Let the DaemonSet of the CSI driver tolerate the taint of spot nodes.",
  VolumeLimit: "Have more spot nodes: each attaches only so many volumes.",
  HostPort: "Leave the host port out, and use a Service.",
  NoSpotNodes: "Add a spot pool.",
  ...{ NotIdle: runningCluster, StaysOnSpot: runningCluster, NotOnSpot: runningCluster },
  ...{ OutsideTimeWindow: runningCluster, ShareReached: runningCluster, AvailabilityAtStake: runningCluster },
  ...{ Placeholder: runningCluster, Terminating: runningCluster, MetricsUnavailable: runningCluster },
  ...{ NoSamples: runningCluster, StaleSamples: runningCluster, RolloutInProgress: runningCluster },
  ...{ AutoscalerInMotion: runningCluster, UnschedulablePods: runningCluster, SpotQueue: runningCluster },
  ...{ PoolInBackoff: runningCluster, WouldReturn: runningCluster, MoveRefused: runningCluster },
  ...{ PlacementUndone: runningCluster, Cooldown: runningCluster, SpotUnstable: runningCluster },
  ...{ MoveBudgetRound: runningCluster, MoveBudgetHour: runningCluster, AboveWaterMark: runningCluster },
  ...{ NoCapacityOnSpot: runningCluster, NoCapacityOnRegular: runningCluster },
};

export function changesFor(
  reason: RefusalReason,
  object: FoundObject,
  all: readonly FoundObject[],
  policy: Policy,
): Change[] {
  const remedy = remedies[reason];
  return typeof remedy === "string" ? [{ advice: remedy }] : remedy({ object, all, policy });
}

const templateOf = (object: FoundObject) =>
  (object["spec"] as { template?: RawPodTemplate } | undefined)?.template;

function withoutRequests(object: FoundObject): object[] {
  const containers = templateOf(object)?.spec?.containers;
  return (Array.isArray(containers) ? containers : [])
    .filter(
      ({ resources }) =>
        resources?.requests?.["cpu"] === undefined && resources?.limits?.["cpu"] === undefined,
    )
    .map((container) => {
      const memory = container.resources?.requests?.["memory"] ?? "128Mi";
      return { name: container["name"], resources: { requests: { cpu: "100m", memory } } };
    });
}

/** Those of its pods; what they allow was counted by the decision. */
function budgetsOf(object: FoundObject, all: readonly FoundObject[]): FoundObject[] {
  const { namespace } = object.metadata;
  const labels = templateOf(object)?.metadata?.labels ?? {};
  return all.filter((each) => each.kind === "PodDisruptionBudget" && selects(each, { namespace, labels }));
}
