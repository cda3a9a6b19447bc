// One pod over its whole life on this node: refused or prepared, its containers, its end, and what is left of it. Its errors stay its own.
import { setTimeout as delay } from "node:timers/promises";
import type { V1Container, V1Pod, V1PodCondition, V1PodSpec } from "@kubernetes/client-node";
import { orMissing } from "../kube.ts";
import { repeat } from "../repeat.ts";
import { limitLog, type RunningProcess } from "./containerProcess.ts";
import { ContainerRunner, type ContainerHost } from "./containerRunner.ts";
import { maxLogBytes, type NodeContext } from "./nodeContext.ts";
import { ConfigError, PodInputs } from "./podInputs.ts";
import {
  adoptedContainers,
  newContainer,
  podStatus,
  statusPatch,
  type ContainerRecord,
} from "./podStatus.ts";
import { StatusReporter } from "./statusReporter.ts";
import { podRefusal } from "./support.ts";

export class PodRunner {
  /** As last seen. */
  pod: V1Pod;
  readonly podIP: string;
  private readonly context: NodeContext;
  private readonly inputs: PodInputs;
  private readonly records: Map<string, ContainerRecord>;
  private readonly runners: ContainerRunner[] = [];
  private readonly startTime: Date;
  private readonly stopping = new AbortController();
  private readonly reporter: StatusReporter;
  private conditions: readonly V1PodCondition[];
  private reported = "";
  private readonly finished: Promise<void>;

  constructor(context: NodeContext, pod: V1Pod) {
    this.context = context;
    this.pod = pod;
    this.podIP = context.addresses.take("pod", pod.metadata?.uid ?? "");
    this.inputs = new PodInputs(context, pod, this.podIP);
    this.records = adoptedContainers(pod, new Date());
    this.startTime = new Date(pod.status?.startTime ?? Date.now());
    this.conditions = pod.status?.conditions ?? [];
    this.reporter = new StatusReporter(
      () => this.report(),
      (line) => this.log(line),
    );
    this.finished = this.run().catch((error: unknown) => {
      if (!this.stopping.signal.aborted) this.log(`unexpected: ${(error as Error).stack}`);
    });
  }

  /** Processes that run now. */
  get processes(): { container: V1Container; process: RunningProcess }[] {
    return this.runners.flatMap(({ container, process }) => (process ? [{ container, process }] : []));
  }

  get ready(): boolean {
    return this.conditions.some(({ type, status }) => type === "Ready" && status === "True");
  }

  logFile(container: string): string {
    return this.inputs.logFile(container);
  }

  /** A newer version of the object; the spec of a pod does not change in what matters here. */
  update(pod: V1Pod): void {
    this.pod = pod;
  }

  /**
   * Ends all processes: SIGTERM, SIGKILL after the grace period, which a second call can shorten. Resolves when nothing runs any more.
   */
  async terminate(graceSeconds: number): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.processes.map(({ process }) => process.stop(graceSeconds)));
    await this.finished;
  }

  /** Reports the end and removes the object of a pod that is being deleted and has been terminated. */
  async confirmDeletion(): Promise<void> {
    const { namespace, name, uid } = this.pod.metadata ?? {};
    this.reporter.request();
    await this.reporter.flush();
    this.reporter.stop();
    await orMissing(
      this.context.api.request("DELETE", `/api/v1/namespaces/${namespace}/pods/${name}`, {
        gracePeriodSeconds: 0,
        preconditions: { uid },
      }),
    );
  }

  /** No further reports, and the address is free again. */
  release(): void {
    this.reporter.stop();
    this.context.addresses.release(this.podIP);
  }

  private async run(): Promise<void> {
    const { spec, status, metadata } = this.pod;
    if (spec === undefined || status?.phase === "Succeeded" || status?.phase === "Failed") return;
    if (metadata?.deletionTimestamp) return;
    try {
      await this.untilAccepted(spec);
      this.reporter.request();
      void this.keepFresh();
      await this.runContainers();
    } finally {
      this.reporter.request();
    }
  }

  /** A refused pod waits as one does whose image cannot be pulled: its program may come later. */
  private async untilAccepted({ containers }: V1PodSpec): Promise<void> {
    const { signal } = this.stopping;
    for (let told = false; ; told = true) {
      const refusal = podRefusal(this.pod, this.context.executables);
      if (refusal === undefined) return;
      if (!told) {
        for (const { name } of containers) this.change(name, { state: { waiting: refusal } });
        this.context.event(this.pod, "Warning", refusal.reason, refusal.message);
      }
      await delay(this.context.timings.configRetryMs, undefined, { signal });
    }
  }

  private async runContainers(): Promise<void> {
    const { containers, restartPolicy = "Always" } = this.pod.spec ?? { containers: [] };
    const host: ContainerHost = {
      context: this.context,
      pod: this.pod,
      podIP: this.podIP,
      inputs: this.inputs,
      stopping: this.stopping.signal,
      record: (name) => this.record(name),
      change: (name, change) => this.change(name, change),
      prepared: (name, prepare) => this.prepared(name, prepare),
    };
    const results = await Promise.allSettled(
      containers.map((container) => {
        const runner = new ContainerRunner(container, host, restartPolicy);
        this.runners.push(runner);
        return runner.run();
      }),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  private async prepared<T>(name: string, prepare: () => Promise<T>): Promise<T> {
    const { signal } = this.stopping;
    for (;;) {
      signal.throwIfAborted();
      try {
        return await prepare();
      } catch (error) {
        const { message } = error as Error;
        const reason = error instanceof ConfigError ? "CreateContainerConfigError" : "CreateContainerError";
        if (this.record(name).state.waiting?.message !== message) {
          this.change(name, { state: { waiting: { reason, message } } });
          this.context.event(this.pod, "Warning", "Failed", message);
        }
      }
      await delay(this.context.timings.configRetryMs, undefined, { signal });
    }
  }

  /** Brings volumes up to date (changed ConfigMaps, tokens near their end) and bounds logs, while the pod runs. */
  private keepFresh(): Promise<void> {
    const work = async (): Promise<void> => {
      if (this.processes.length === 0) return;
      await this.inputs.writeVolumes();
      for (const { container } of this.processes)
        await limitLog(this.inputs.logFile(container.name), maxLogBytes);
    };
    const { refreshMs } = this.context.timings;
    return repeat("refresh", refreshMs, work, (line) => this.log(line), this.stopping.signal);
  }

  private record(name: string): ContainerRecord {
    return this.records.get(name) ?? newContainer();
  }

  private change(name: string, change: Partial<ContainerRecord>): void {
    this.records.set(name, { ...this.record(name), ...change });
    this.reporter.request();
  }

  private async report(): Promise<void> {
    const status = podStatus({
      pod: this.pod,
      conditions: this.conditions,
      containers: this.records,
      podIP: this.podIP,
      hostIP: this.context.hostIP,
      startTime: this.startTime,
      terminating: this.stopping.signal.aborted,
      now: new Date(),
    });
    this.conditions = status.conditions ?? [];
    const patch = statusPatch(this.pod, status);
    if (JSON.stringify(patch) === this.reported) return;
    const { namespace, name } = this.pod.metadata ?? {};
    await this.context.api.request("PATCH", `/api/v1/namespaces/${namespace}/pods/${name}/status`, patch);
    this.reported = JSON.stringify(patch);
  }

  private log(line: string): void {
    this.context.log(`pod ${this.pod.metadata?.namespace}/${this.pod.metadata?.name}: ${line}`);
  }
}
