// Pods that can run on spot nodes only, and wait for room there: what we moved to spot may stand in their way.
import { type Pod, emptyTemplate } from "../model.ts";
import { Domains } from "./fit/domains.ts";
import { holds, roomWhenEmpty } from "./fit/emptyNode.ts";
import { nodeFit } from "./fit/nodeFit.ts";
import { PodsInView, type SeenWorld } from "./fit/podsInView.ts";
import { type Placeable, topologyRules } from "./fit/topology.ts";
import type { NodeView } from "./nodeView.ts";
import { isPlaceholder } from "./podRoles.ts";
import type { SpotQueue } from "./world/model.ts";

interface Seen extends SeenWorld {
  nodes: NodeView[];
  podsByNode: Map<string, Pod[]>;
  now: number;
}

/**
 * For so long a queue is believed. Room that was made is taken within seconds, and a pool grows within 15 to 20 minutes
 * even after a failed try (Azure/AKS#4405): what still waits then waits for something else, and would hold back
 * everybody for ever.
 */
const believedMs = 30 * 60_000;

/** Pods that no room on the nodes that there are would help do not count: neither less nor more of ours does. */
export function spotQueue(world: Seen): SpotQueue {
  const { snapshot, workloads, nodes, now } = world;
  const queue = { pods: 0, cpu: 0 };
  const waiting = Map.groupBy(
    snapshot.pods.filter((pod) => waitsForRoom(pod, now)),
    ({ workload, namespace, name }) => workload ?? `Pod/${namespace}/${name}`,
  );
  if (waiting.size === 0) return queue;
  const inView = { pods: new PodsInView(world), domains: new Domains(nodes) };
  for (const [key, pods] of waiting) {
    const workload = workloads.get(key) ?? barePod(pods[0]!);
    if (!workload || isPlaceholder({ workloads }, key) || !needsSpot(key, workload, world, inView)) continue;
    queue.pods += pods.length;
    queue.cpu += pods.length * workload.template.requests.cpu;
  }
  return queue;
}

/** What nothing stands behind, such as a CI runner's job, waits like anything else. */
function barePod({ asks, requests, labels, namespace, name }: Pod): Placeable | undefined {
  return asks && { kind: "Pod", namespace, name, template: { ...emptyTemplate, ...asks, requests, labels } };
}

function waitsForRoom({ unschedulableSince, needsNoRoom }: Pod, now: number): boolean {
  return unschedulableSince !== undefined && !needsNoRoom && now - unschedulableSince <= believedMs;
}

/** Of the nodes that it could run on, if they were empty but for the pods it has to do with and DaemonSets', all are spot. */
function needsSpot(
  key: string,
  workload: Placeable,
  { nodes, podsByNode }: Seen,
  { pods, domains }: { pods: PodsInView; domains: Domains },
): boolean {
  const { template } = workload;
  const mismatch = nodeFit(template);
  const couldRun = nodes.filter(
    ({ node, standing }) =>
      standing === "usable" &&
      mismatch(node) === undefined &&
      holds(roomWhenEmpty(node, podsByNode), template.requests),
  );
  if (couldRun.length === 0 || couldRun.some(({ priority }) => priority !== "spot")) return false;
  // Its pods that run stay where they are.
  const rules = topologyRules(key, workload, pods, domains, []);
  return couldRun.some((view) => rules.mismatch(view) === undefined);
}
