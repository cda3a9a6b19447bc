// The story of `npm start` as data: what is done to the cluster, and what must then be seen in it.
import type { Decision, PlacedPod } from "./clusterView.ts";

/** What the scenario may do to the cluster; everything else happens in it by itself. */
export type Cause =
  | { kind: "none" }
  /** Load comes to the workload, or leaves it (total CPU of all its pods). */
  | { kind: "load"; cpu: string }
  /** Azure takes the spot nodes that the workload runs on. */
  | { kind: "preempt" };

export interface Step {
  title: string;
  cause: Cause;
  workload: string;
  source: "regular" | "spot";
  destination: "regular" | "spot";
  /** The balancer's actions of which one must stand behind it. */
  actions: ("MoveToSpot" | "MoveToRegular" | "Refuse")[];
  /** The one reason that counts; missing: any. */
  reason?: string;
  /** A bound for a slow machine, not what it takes. */
  timeoutMs: number;
}

const minutes = (count: number): number => count * 60_000;

/** Total of the workload's pods, as Kubernetes quantities: 2 % of its requests, and well above them. */
const [idleCpu, busyCpu] = ["4m", "400m"];

/**
 * @param told whether the story was played before: its workload is on spot then, and is brought back first
 */
export function story(told = false): Step[] {
  const step = (
    title: string,
    cause: Cause,
    [source, destination]: ["regular" | "spot", "regular" | "spot"],
    rest: Partial<Step> = {},
  ): Step => ({
    title,
    cause,
    workload: "nginx-demo",
    source,
    destination,
    actions: [destination === "spot" ? "MoveToSpot" : "MoveToRegular"],
    timeoutMs: minutes(5),
    ...rest,
  });
  const again = step(
    "nginx-demo is on spot from an earlier start: load brings it back",
    { kind: "load", cpu: busyCpu },
    ["spot", "regular"],
  );
  return [
    ...(told ? [again] : []),
    step("nginx-demo is idle: it moves to spot", { kind: "load", cpu: idleCpu }, ["regular", "spot"]),
    step("busy-demo works: it stays on regular", { kind: "none" }, ["regular", "regular"], {
      workload: "busy-demo",
      actions: ["Refuse"],
      reason: "NotIdle",
    }),
    step("load comes to nginx-demo: back to regular", { kind: "load", cpu: busyCpu }, ["spot", "regular"]),
    step("the load is gone: it moves to spot again", { kind: "load", cpu: idleCpu }, ["regular", "spot"]),
    step("Azure takes its spot nodes: it runs on regular", { kind: "preempt" }, ["spot", "regular"], {
      // A round that comes before the node goes moves it; one that comes after tells where its pods went by themselves.
      actions: ["MoveToRegular", "Refuse"],
    }),
    step("spot has been stable: it returns to spot", { kind: "none" }, ["regular", "spot"]),
  ];
}

/** Whether all pods of the workload are ready, and on nodes of the pool that the step ends in. */
export function isPlaced(step: Step, pods: PlacedPod[], replicas: number): boolean {
  return (
    pods.length === replicas && pods.every(({ ready, priority }) => ready && priority === step.destination)
  );
}

/**
 * The balancer's own word for what was seen: its newest decision on the workload with one of the step's actions.
 * @param since ms since 1970; what was said before does not count. Undefined: it has not said it.
 */
export function decisionBehind(step: Step, decisions: Decision[], since: number): Decision | undefined {
  return decisions.findLast(
    ({ workload, action, reason, at }) =>
      workload === step.workload &&
      step.actions.some((each) => each === action) &&
      (step.reason === undefined || reason === step.reason) &&
      at >= since,
  );
}
