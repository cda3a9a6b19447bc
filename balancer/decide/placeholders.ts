// Placeholders of ours: pods that keep room free on spot, so that its autoscaler provides it before it is needed.
//
// Pods that are placed on spot merely prefer it. As long as regular has room the scheduler binds them there, and never
// preempts a placeholder for them. So whoever plans on a placeholder's room has it evicted first; demand.ts makes no
// other one while what took its room is on its way.
import type { Pod, Resources } from "../model.ts";
import type { NodeView } from "./nodeView.ts";
import { isOurPlaceholder, isPlaceholder } from "./podRoles.ts";
import { append } from "../selectors.ts";
import { by } from "./world.ts";

/** Only keeps room for others, ours or anybody's. */
export const keepsRoom = (world: Parameters<typeof isPlaceholder>[0], pod: Pod): boolean =>
  isOurPlaceholder(pod) || isPlaceholder(world, pod.workload);

/** The placeholders on each node that are still to stay. */
export class Placeholders {
  private readonly byNode = new Map<NodeView, Pod[]>();
  /** Those on whose room something else counts already; whoever comes to the node next has them evicted. */
  private readonly owed = new Map<NodeView, Pod[]>();

  add(view: NodeView, pod: Pod): void {
    append(this.byNode, view, pod);
    this.byNode.get(view)!.sort(by(({ namespace, name }) => `${namespace}/${name}`));
  }

  /** What they request on a node. */
  on(view: NodeView): Resources & { pods: number } {
    const sum = { cpu: 0, memory: 0, pods: 0 };
    for (const { requests } of this.byNode.get(view) ?? []) {
      sum.cpu += requests.cpu;
      sum.memory += requests.memory;
      sum.pods += 1;
    }
    return sum;
  }

  /**
   * Lets as many of a node go as must, by name.
   * @param free what the node has left when none of its placeholders counts
   * @param isKept room for what comes by itself: nobody evicts for it, so that the next one has to
   * @returns those to be evicted, and what takes all of it back
   */
  makeRoom(
    view: NodeView,
    free: Resources & { pods: number },
    isKept: boolean,
  ): { evicted: Pod[]; restore: () => void } {
    const gone: Pod[] = [];
    for (;;) {
      const { cpu, memory, pods } = this.on(view);
      if (pods === 0 || (cpu <= free.cpu && memory <= free.memory && pods <= free.pods)) break;
      gone.push(this.byNode.get(view)!.shift()!);
    }
    const owed = this.owed.get(view) ?? [];
    this.owed.set(view, isKept ? [...owed, ...gone] : []);
    const restore = () => {
      if (gone.length > 0) this.byNode.get(view)!.unshift(...gone);
      this.owed.set(view, owed);
    };
    return { evicted: isKept ? [] : [...owed, ...gone], restore };
  }
}
