// Pods that can run on spot nodes only, and wait for room there: what we moved to spot may stand in their way.
import type { Pod, PodTemplate, Workload } from "../model.ts";
import { nodeFit } from "./fit/nodeFit.ts";
import type { NodeView } from "./nodeView.ts";
import { isPlaceholder } from "./podRoles.ts";

export interface SpotQueue {
  pods: number;
  /** Millicores that they request. */
  cpu: number;
}

/** What the queue is counted from. */
interface Seen {
  nodes: NodeView[];
  workloads: Map<string, Workload>;
  podsByWorkload: Map<string, Pod[]>;
}

/** Pods that fit on no node even if it were empty do not count: no room that we could make would help them. */
export function spotQueue({ nodes, workloads, podsByWorkload }: Seen): SpotQueue {
  const queue = { pods: 0, cpu: 0 };
  for (const [key, { template }] of workloads) {
    const waiting = (podsByWorkload.get(key) ?? []).filter(
      ({ unschedulableSince }) => unschedulableSince !== undefined,
    );
    if (waiting.length === 0 || isPlaceholder({ workloads }, key) || !needsSpot(template, nodes)) continue;
    queue.pods += waiting.length;
    queue.cpu += waiting.length * template.requests.cpu;
  }
  return queue;
}

function needsSpot(template: PodTemplate, nodes: NodeView[]): boolean {
  const mismatch = nodeFit(template);
  const couldRun = nodes.filter(
    ({ node, standing }) =>
      standing === "usable" &&
      node.allocatable.cpu >= template.requests.cpu &&
      node.allocatable.memory >= template.requests.memory &&
      mismatch(node) === undefined,
  );
  return couldRun.length > 0 && couldRun.every(({ priority }) => priority === "spot");
}
