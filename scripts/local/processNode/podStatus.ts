// A pod's status from the states of its containers. Pure.
import type {
  V1Container,
  V1ContainerState,
  V1ContainerStatus,
  V1Pod,
  V1PodCondition,
  V1PodStatus,
} from "@kubernetes/client-node";

/** What the node knows of one container. */
export interface ContainerRecord {
  state: V1ContainerState;
  lastState?: V1ContainerState;
  restartCount: number;
  ready: boolean;
  /** Passed its startup probe, or has none. */
  started: boolean;
  containerID?: string;
}

export interface PodObservation {
  pod: V1Pod;
  /** As last reported, so that transition times survive. */
  conditions: readonly V1PodCondition[];
  /** By container name. */
  containers: ReadonlyMap<string, ContainerRecord>;
  podIP: string;
  hostIP: string;
  startTime: Date;
  /** Nothing will be restarted any more, whatever the policy says. */
  terminating?: boolean;
  now: Date;
}

/** Before its first start. */
export const newContainer = (): ContainerRecord => ({
  state: { waiting: { reason: "ContainerCreating" } },
  restartCount: 0,
  ready: false,
  started: false,
});

/**
 * The records of a pod that an earlier run of this node reported: what was running then is not any more (its
 * processes were killed before), and counts as failed, so that the restart policy decides what is next.
 */
export function adoptedContainers(pod: V1Pod, now: Date): Map<string, ContainerRecord> {
  const records = new Map<string, ContainerRecord>();
  const { containerStatuses = [] } = pod.status ?? {};
  for (const { name, state = {}, lastState, restartCount, containerID } of containerStatuses) {
    const lost: V1ContainerState = {
      terminated: {
        exitCode: 137,
        reason: "ContainerStatusUnknown",
        message: "the process node was restarted and ended what it found running",
        startedAt: state.running?.startedAt,
        finishedAt: now,
        containerID,
      },
    };
    records.set(name, {
      state: state.running ? lost : state,
      ...(lastState?.terminated && { lastState }),
      restartCount,
      ready: false,
      started: false,
      ...(containerID && { containerID }),
    });
  }
  return records;
}

export const restarts = (policy: string | undefined, exitCode: number): boolean =>
  policy === "Never" ? false : policy === "OnFailure" ? exitCode !== 0 : true;

type Phase = "Pending" | "Running" | "Succeeded" | "Failed";

function phaseOf({ pod, containers, terminating }: PodObservation): Phase {
  const policy = terminating ? "Never" : pod.spec?.restartPolicy;
  const main = (pod.spec?.containers ?? []).map(({ name }) => containers.get(name));
  const exits = main.map((record) => record?.state.terminated?.exitCode);
  const over = exits.every((code) => code !== undefined && !restarts(policy, code));
  if (over) return exits.every((code) => code === 0) ? "Succeeded" : "Failed";
  const begun = main.some(
    (record) => record && (!record.state.waiting || record.lastState?.terminated || record.restartCount > 0),
  );
  return begun ? "Running" : "Pending";
}

function containerStatus(container: V1Container, record: ContainerRecord): V1ContainerStatus {
  return {
    name: container.name,
    image: container.image ?? "",
    imageID: "",
    containerID: record.containerID ?? "",
    restartCount: record.restartCount,
    ready: record.ready,
    started: record.started,
    state: record.state,
    lastState: record.lastState ?? {},
  };
}

/** Sets the conditions the node owns; a condition that did not change keeps its transition time. */
function conditionsOf(observation: PodObservation, phase: Phase): V1PodCondition[] {
  const { pod, containers, now } = observation;
  const stopped = phase === "Succeeded" || phase === "Failed";
  const unready = (pod.spec?.containers ?? [])
    .map(({ name }) => name)
    .filter((name) => !(containers.get(name)?.ready ?? false));
  const reason =
    phase === "Succeeded" ? "PodCompleted" : phase === "Failed" ? "PodFailed" : "ContainersNotReady";
  const why = (names: string[]) => (stopped ? {} : { message: `containers not ready: ${names.join(", ")}` });

  const wanted: Pick<V1PodCondition, "type" | "status" | "reason" | "message">[] = [
    { type: "PodReadyToStartContainers", status: stopped ? "False" : "True" },
    { type: "Initialized", status: "True" },
    unready.length === 0 && !stopped
      ? { type: "ContainersReady", status: "True" }
      : { type: "ContainersReady", status: "False", reason, ...why(unready) },
    unready.length === 0 && !stopped
      ? { type: "Ready", status: "True" }
      : { type: "Ready", status: "False", reason, ...why(unready) },
  ];
  return wanted.map((condition) => {
    const before = observation.conditions.find(({ type }) => type === condition.type);
    const same = before?.status === condition.status && before.lastTransitionTime !== undefined;
    return { ...condition, lastTransitionTime: same ? before.lastTransitionTime : now };
  });
}

/** The status to report; conditions of others are left out, since the patch merges conditions by type. */
export function podStatus(observation: PodObservation): V1PodStatus {
  const { pod, containers } = observation;
  const phase = phaseOf(observation);
  return {
    phase,
    conditions: conditionsOf(observation, phase),
    containerStatuses: (pod.spec?.containers ?? []).map((container) =>
      containerStatus(container, containers.get(container.name) ?? newContainer()),
    ),
    hostIP: observation.hostIP,
    hostIPs: [{ ip: observation.hostIP }],
    podIP: observation.podIP,
    podIPs: [{ ip: observation.podIP }],
    startTime: observation.startTime,
    observedGeneration: pod.metadata?.generation,
  };
}

/**
 * The body of the strategic merge patch that reports the status. Lists with a merge key would keep what is
 * gone (an old address, an old reason), so those parts are replaced or set to null; the uid makes the patch
 * fail for a pod of the same name that is another one.
 */
export function statusPatch(pod: V1Pod, status: V1PodStatus): unknown {
  const replace = { $patch: "replace" };
  return {
    metadata: { uid: pod.metadata?.uid },
    status: {
      ...status,
      conditions: status.conditions?.map((condition) => ({ reason: null, message: null, ...condition })),
      hostIPs: [...(status.hostIPs ?? []), replace],
      podIPs: [...(status.podIPs ?? []), replace],
    },
  };
}
