// What is seen of the spot nodes, and what of it is worth a round at once. Of each node a few words are kept.
import type { V1Node } from "@kubernetes/client-node";
import { type Standing, isClosed, mayGoAsPlanned, viewNode } from "../../decide/nodeView.ts";
import type { Json } from "../../kube/json.ts";
import type { Listener } from "../../kube/watch.ts";
import { guarded } from "../../observe/guard.ts";
import { readNode, unreadableNode } from "../../observe/nodes.ts";
import type { Policy } from "../../policy.ts";

/**
 * `Announced`: its end, or an interruption; and anew when it takes no pods any more, for only then are they evicted.
 * `Lost`: it is not ready any more, or gone without a word. `Came`: pods can go there now.
 */
export type Cause = "Announced" | "Lost" | "Came";

export interface SeenNode {
  name: string;
  standing: Standing;
  /** Takes no pods. */
  closed: boolean;
  /** How many of its taints keep pods away that are placed on spot. */
  kept: number;
  /** Its end would be somebody's plan. */
  planned: boolean;
  /** Another node may come under its name (kubernetes/kubernetes#132182). */
  createdAt: number;
  ready: boolean;
}

type RawNode = Json<V1Node> & { metadata?: { name?: string; namespace?: string } };

/** Reads a node; undefined: it is none of the spot nodes. */
export function keptOf(policy: Policy, now: () => number): (raw: RawNode) => SeenNode | undefined {
  const read = guarded<RawNode, ReturnType<typeof readNode>>(readNode, unreadableNode);
  return (raw) => {
    const node = read(raw);
    if (!node) return undefined;
    const view = viewNode(node, 0, policy, now());
    if (view.priority !== "spot") return undefined;
    const { standing } = view;
    const [closed, planned] = [isClosed(node, policy), mayGoAsPlanned(view)];
    const kept = node.taints.filter(
      ({ key, effect }) => effect !== "PreferNoSchedule" && key !== policy.pools.spot.taint?.key,
    ).length;
    const { name, ready, createdAt } = node;
    return { name, standing, closed, kept, planned, ready, createdAt };
  };
}

export class SpotNodes implements Listener<RawNode, SeenNode> {
  private known = new Map<string, SeenNode>();
  /** Nothing is known yet, so what is there has not come. */
  private isFirst = true;
  readonly keep: (raw: RawNode) => SeenNode | undefined;
  private readonly saw: (cause: Cause, node: string) => void;

  constructor(policy: Policy, now: () => number, { saw }: { saw: (cause: Cause, node: string) => void }) {
    this.keep = keptOf(policy, now);
    this.saw = saw;
  }

  get count(): number {
    return this.known.size;
  }

  /** At first, or after a break in which anything may have happened. */
  listed(nodes: SeenNode[]): void {
    const before = this.known;
    this.known = new Map(nodes.map((node) => [node.name, node]));
    for (const node of nodes) this.tell(node.name, before.get(node.name), node);
    for (const [name, node] of before) if (!this.known.has(name)) this.tell(name, node, undefined);
    this.isFirst = false;
  }

  changed(raw: RawNode): void {
    const node = this.keep(raw);
    const name = raw.metadata?.name ?? "";
    const before = this.known.get(name);
    if (node) this.known.set(name, node);
    else this.known.delete(name);
    this.tell(name, before, node);
  }

  gone({ metadata }: RawNode): void {
    const name = metadata?.name ?? "";
    const before = this.known.get(name);
    this.known.delete(name);
    this.tell(name, before, undefined);
  }

  private tell(name: string, before: SeenNode | undefined, node: SeenNode | undefined): void {
    const cause = causeOf(before, node, this.isFirst);
    if (cause) this.saw(cause, name);
  }
}

/** @param isFirst nothing was known of any node before */
function causeOf(
  before: SeenNode | undefined,
  node: SeenNode | undefined,
  isFirst: boolean,
): Cause | undefined {
  if (!node) return before && !before.planned ? "Lost" : undefined;
  if (node.standing === "lost" || node.standing === "interrupted") {
    const isNews = before?.standing !== node.standing || (node.closed && !before.closed);
    if (!isNews) return undefined;
    return node.ready ? "Announced" : "Lost";
  }
  // While nobody listened; else it is told to be gone, and then to have come.
  if (before && !before.planned && node.createdAt > before.createdAt) return "Lost";
  // A taint of any name may keep pods away until somebody's agent runs (kubernetes-sigs/cluster-api#13994).
  const isOpened = before?.standing !== "usable" || node.kept < before.kept;
  const isNew = node.standing === "usable" && isOpened;
  return isNew && !isFirst ? "Came" : undefined;
}
