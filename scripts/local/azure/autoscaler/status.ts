// The ConfigMap kube-system/cluster-autoscaler-status, in the YAML that cluster-autoscaler 1.36 was seen to write. Pure.
import { stringify } from "yaml";

export interface GroupStatus {
  /** Name of the scale set. */
  name: string;
  ready: number;
  registered: number;
  target: number;
  min: number;
  max: number;
  scaleUp: "NoActivity" | "InProgress" | "Backoff";
  /** Why the last attempt to grow failed. */
  backoff?: { errorCode: string; errorMessage: string };
  /** Nodes that will go when they stay unneeded. */
  candidates: number;
}

/** When (ms) each condition last changed, by a name of its own; kept by the caller from one status to the next. */
export type Transitions = Record<string, { status: string; since: number }>;

/** Of an autoscaler that has just begun: no group is told yet. */
export const initialStatus = (now: number): string =>
  stringify({ time: timeOf(now), autoscalerStatus: "Initializing", clusterWide: {} });

/** The `status` key of the ConfigMap. Updates `transitions`. */
export function statusText(groups: readonly GroupStatus[], transitions: Transitions, now: number): string {
  const condition = (key: string, status: string, rest: object = {}) => {
    const last = transitions[key];
    const since = last?.status === status ? last.since : now;
    transitions[key] = { status, since };
    return { status, ...rest, lastProbeTime: iso(now), lastTransitionTime: iso(since) };
  };
  const sum = (value: (group: GroupStatus) => number): number =>
    groups.reduce((total, group) => total + value(group), 0);
  const counts = (registered: number, ready: number, target: number) => ({
    registered: {
      total: registered,
      ready,
      notStarted: registered - ready,
      suspended: 0,
      unready: { total: 0, resourceUnready: 0 },
    },
    longUnregistered: 0,
    unregistered: Math.max(0, target - registered),
  });
  const candidates = sum((group) => group.candidates);
  const scaleDown = (key: string, count: number) =>
    condition(key, count > 0 ? "CandidatesPresent" : "NoCandidates", count > 0 ? { candidates: count } : {});
  const inProgress = groups.some(({ scaleUp }) => scaleUp === "InProgress");

  return stringify({
    time: timeOf(now),
    autoscalerStatus: "Running",
    clusterWide: {
      health: condition("health", "Healthy", {
        nodeCounts: counts(
          sum(({ registered }) => registered),
          sum(({ ready }) => ready),
          sum(({ target }) => target),
        ),
      }),
      scaleUp: condition("scaleUp", inProgress ? "InProgress" : "NoActivity"),
      scaleDown: scaleDown("scaleDown", candidates),
    },
    nodeGroups: groups.map((group) => {
      // A group without nodes is never probed: its times are null.
      const none = group.registered === 0 ? { lastProbeTime: null, lastTransitionTime: null } : {};
      return {
        name: group.name,
        health: {
          ...condition(`${group.name} health`, "Healthy", {
            nodeCounts: counts(group.registered, group.ready, group.target),
            cloudProviderTarget: group.target,
            minSize: group.min,
            maxSize: group.max,
          }),
          ...none,
          lastTransitionTime: null,
        },
        scaleUp: {
          ...condition(`${group.name} scaleUp`, group.scaleUp, { backoffInfo: group.backoff ?? {} }),
          ...none,
        },
        scaleDown: scaleDown(`${group.name} scaleDown`, group.candidates),
      };
    }),
  });
}

const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const timeOf = (ms: number): string =>
  `${new Date(ms).toISOString().replace("T", " ").replace("Z", "")} +0000 UTC`;
