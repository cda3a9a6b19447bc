// The pods that the scheduler would see while the plan is carried out: those that exist, and those that are planned.
import type { LabelSelector, Pod, PodAffinityTerm, Workload } from "../../model.ts";
import type { NodeView } from "../nodeView.ts";
import { LabelIndex, SelectorIndex, append, matches } from "../../selectors.ts";
import type { World } from "../world/model.ts";

interface PlannedPod {
  workload: Workload;
  node: NodeView;
}

/** A pod on a node, existing or planned. */
export interface SeenPod {
  /** Key of its workload. */
  workload: string | undefined;
  node: NodeView;
  /** Missing of one that is merely planned. */
  name?: string;
  isEnding?: boolean;
}

/** What is looked at; known before the rest of the world is worked out. */
export type SeenWorld = Pick<
  World,
  "snapshot" | "workloads" | "nodeByName" | "podsByNamespace" | "podsByWorkload"
>;

export class PodsInView {
  private readonly world: SeenWorld;
  private readonly indexes = new Map<string, LabelIndex<Pod>>();
  private readonly planned = new Map<string, (PlannedPod & { key: string })[]>();
  private readonly repellers = new Map<string, SelectorIndex<Repeller>>();

  constructor(world: SeenWorld) {
    this.world = world;
    const byNamespace = new Map<string, Repeller[]>();
    for (const [key, workload] of world.workloads) {
      for (const term of workload.template.podAntiAffinity) {
        for (const namespace of namespacesOf(term, workload)) append(byNamespace, namespace, { key, term });
      }
    }
    for (const pod of world.snapshot.pods) {
      if (!pod.podAntiAffinity) continue;
      for (const term of pod.podAntiAffinity) {
        for (const namespace of namespacesOf(term, pod)) append(byNamespace, namespace, { pod, term });
      }
    }
    for (const [namespace, list] of byNamespace) {
      this.repellers.set(namespace, new SelectorIndex(list, ({ term }) => term.selector));
    }
  }

  /** Pods on nodes in these namespaces that the selector matches. */
  matching(namespaces: string[], selector: LabelSelector): SeenPod[] {
    return namespaces.flatMap((namespace) => [
      ...this.indexOf(namespace)
        .matching(selector)
        .flatMap((pod) => this.seen(pod)),
      ...(this.planned.get(namespace) ?? [])
        .filter(({ workload }) => matches(selector, workload.template.labels))
        .map(({ key, node }) => ({ workload: key, node })),
    ]);
  }

  /** Pods whose own required anti-affinity refuses the workload's pods, with the topology key of the refusing term. */
  repelling(workload: Pick<Workload, "namespace" | "template">): { topologyKey: string; pod: SeenPod }[] {
    const refusing = this.repellers.get(workload.namespace)?.matching(workload.template.labels) ?? [];
    return refusing.flatMap(({ key, pod, term }) => {
      const { topologyKey } = term;
      if (key === undefined) return this.seen(pod!).map((seen) => ({ topologyKey, pod: seen }));
      const existing = (this.world.podsByWorkload.get(key) ?? []).flatMap((pod) => this.seen(pod));
      const namespace = this.world.workloads.get(key)!.namespace;
      const planned = (this.planned.get(namespace) ?? []).filter((pod) => pod.key === key);
      return [...existing, ...planned.map(({ node }) => ({ workload: key, node }))].map((pod) => ({
        topologyKey,
        pod,
      }));
    });
  }

  /** @returns what takes them back */
  plan(key: string, workload: Workload, nodes: NodeView[]): () => void {
    const { namespace } = workload;
    const pods = new Set(nodes.map((node) => ({ key, workload, node })));
    for (const pod of pods) append(this.planned, namespace, pod);
    return () => {
      const others = this.planned.get(namespace)!.filter((pod) => !pods.has(pod));
      this.planned.set(namespace, others);
    };
  }

  private seen({ workload, name, nodeName, deletingAt }: Pod): SeenPod[] {
    const node = this.world.nodeByName.get(nodeName ?? "");
    return node ? [{ workload, name, node, ...(deletingAt !== undefined && { isEnding: true }) }] : [];
  }

  private indexOf(namespace: string) {
    let index = this.indexes.get(namespace);
    if (!index) {
      index = new LabelIndex(this.world.podsByNamespace.get(namespace) ?? [], ({ labels }) => labels);
      this.indexes.set(namespace, index);
    }
    return index;
  }
}

/** A workload, or a pod that none stands behind. */
interface Repeller {
  key?: string;
  pod?: Pod;
  term: PodAffinityTerm;
}

/** Namespaces that a term means: its own list, or else the workload's. */
export function namespacesOf(
  term: PodAffinityTerm,
  { namespace }: Pick<Workload | Pod, "namespace">,
): string[] {
  return term.namespaces.length > 0 ? term.namespaces : [namespace];
}
