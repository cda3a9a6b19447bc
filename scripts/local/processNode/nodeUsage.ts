// Usage of the node's containers now, and of the node as the sum over all that ever ran: a counter must not
// fall because a container ended.
import type { V1Container, V1Pod } from "@kubernetes/client-node";
import type { RunningProcess } from "./containerProcess.ts";
import type { ContainerUsage } from "./metricsText.ts";
import { groupUsage, type Usage } from "./usage.ts";

export interface MeasuredProcess {
  pod: V1Pod;
  container: V1Container;
  process: Pick<RunningProcess, "pid" | "startedAt">;
}

export interface NodeUsageResult {
  containers: ContainerUsage[];
  node: Usage;
}

export class NodeUsage {
  /** CPU seconds last seen, by process. */
  private seen = new Map<string, number>();
  private endedCpuSeconds = 0;
  private measuring: Promise<unknown> = Promise.resolve();

  /** Measures one at a time: two readers that overlap would count an ended container twice. */
  measure(list: () => readonly MeasuredProcess[]): Promise<NodeUsageResult> {
    const measured = this.measuring.then(() => this.measureNow(list()));
    this.measuring = measured.catch(() => undefined);
    return measured;
  }

  private async measureNow(processes: readonly MeasuredProcess[]): Promise<NodeUsageResult> {
    const groups = await groupUsage(new Set(processes.map(({ process }) => process.pid)));
    const seen = new Map<string, number>();
    const containers = processes.flatMap(({ pod, container, process }): ContainerUsage[] => {
      const usage = groups.get(process.pid);
      if (usage === undefined) return [];
      const key = `${process.pid} ${process.startedAt.getTime()}`;
      // A child that nobody waited for takes its time with it; the counter stays where it was.
      const cpuSeconds = Math.max(usage.cpuSeconds, this.seen.get(key) ?? 0);
      seen.set(key, cpuSeconds);
      const { namespace = "", name = "" } = pod.metadata ?? {};
      const { startedAt } = process;
      const { memoryBytes } = usage;
      const image = container.image ?? "";
      return [{ namespace, pod: name, container: container.name, image, startedAt, cpuSeconds, memoryBytes }];
    });
    for (const [key, cpuSeconds] of this.seen) if (!seen.has(key)) this.endedCpuSeconds += cpuSeconds;
    this.seen = seen;
    const sum = (value: (usage: Usage) => number) => containers.reduce((total, one) => total + value(one), 0);
    return {
      containers,
      node: {
        cpuSeconds: this.endedCpuSeconds + sum((one) => one.cpuSeconds),
        memoryBytes: sum((one) => one.memoryBytes),
      },
    };
  }
}
