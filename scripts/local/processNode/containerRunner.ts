// One container over its whole life: started, probed, restarted by policy with back-off, until nothing is to
// be done any more or the pod is stopped.
import { setTimeout as delay } from "node:timers/promises";
import type { V1Container, V1ContainerStateTerminated, V1Pod } from "@kubernetes/client-node";
import { nextBackoff } from "./backoff.ts";
import { rotateLog, startProcess, type ProcessSpec, type RunningProcess } from "./containerProcess.ts";
import type { NodeContext } from "./nodeContext.ts";
import type { PodInputs } from "./podInputs.ts";
import { restarts, type ContainerRecord } from "./podStatus.ts";
import { runProbe, type ProbeTarget } from "./probes.ts";

/** What a container needs of its pod. */
export interface ContainerHost {
  context: NodeContext;
  pod: V1Pod;
  podIP: string;
  inputs: PodInputs;
  /** Aborted when the pod is to stop: nothing is started from then on. */
  stopping: AbortSignal;
  record(name: string): ContainerRecord;
  /** Stores the record and has the status reported. */
  change(name: string, change: Partial<ContainerRecord>): void;
  /** Tries until everything the pod refers to is there. */
  prepared<T>(name: string, prepare: () => Promise<T>): Promise<T>;
}

export class ContainerRunner {
  readonly container: V1Container;
  /** The process that runs now. */
  process: RunningProcess | undefined;
  private readonly host: ContainerHost;
  private readonly policy: string;

  constructor(container: V1Container, host: ContainerHost, policy: string) {
    this.container = container;
    this.host = host;
    this.policy = policy;
  }

  /** Runs until the policy wants no restart. Rejects with an AbortError when the pod stops meanwhile. */
  async run(): Promise<void> {
    const { host, container } = this;
    const { stopping, context } = host;
    let wait: number | undefined;
    for (;;) {
      const { state } = host.record(container.name);
      if (state.terminated && !restarts(this.policy, state.terminated.exitCode)) return;
      stopping.throwIfAborted();
      if (state.terminated) await this.waitToRestart(state.terminated, wait ?? 0);
      const begun = Date.now();
      // Both again at each try: what was missing is read anew.
      const spec = await host.prepared(container.name, async () =>
        host.inputs.processSpec(container, await host.inputs.writeVolumes()),
      );
      const terminated = await this.runOnce(spec);
      host.change(container.name, { state: { terminated }, ready: false, started: false });
      wait = nextBackoff(context.timings.backoff, wait, Date.now() - begun);
    }
  }

  private async waitToRestart(terminated: V1ContainerStateTerminated, waitMs: number): Promise<void> {
    const { host, container } = this;
    const { name } = container;
    if (waitMs > 0) {
      const message = `back-off ${Math.round(waitMs / 1000)} s before container ${name} is started again`;
      host.change(name, {
        state: { waiting: { reason: "CrashLoopBackOff", message } },
        lastState: { terminated },
      });
      host.context.event(host.pod, "Warning", "BackOff", `${message}; its log: ${host.inputs.logFile(name)}`);
      await delay(waitMs, undefined, { signal: host.stopping });
    }
    await rotateLog(host.inputs.logFile(name));
    host.change(name, {
      state: { waiting: { reason: "ContainerCreating" } },
      lastState: { terminated },
      restartCount: host.record(name).restartCount + 1,
    });
  }

  private async runOnce(spec: ProcessSpec): Promise<V1ContainerStateTerminated> {
    const { host, container } = this;
    host.stopping.throwIfAborted();
    let process: RunningProcess;
    try {
      process = await startProcess(spec);
    } catch (error) {
      const message = (error as Error).message;
      host.context.event(host.pod, "Warning", "Failed", message);
      const now = new Date();
      return { exitCode: 128, reason: "StartError", message, startedAt: now, finishedAt: now };
    }
    this.process = process;
    // The pod was told to stop while this one started: nobody else stops it.
    if (host.stopping.aborted) void process.stop(0);
    const { startedAt } = process;
    host.change(container.name, {
      state: { running: { startedAt } },
      containerID: `process://${process.pid}`,
      started: !container.startupProbe,
      ready: !container.startupProbe && !container.readinessProbe,
    });
    host.context.event(
      host.pod,
      "Normal",
      "Started",
      `Started container ${container.name}; its log: ${spec.logFile}`,
    );
    const probing = new AbortController();
    void this.probe(process, spec, AbortSignal.any([probing.signal, host.stopping]));

    const { exitCode, signal } = await process.exited;
    probing.abort();
    this.process = undefined;
    return {
      exitCode,
      ...(signal !== undefined && { signal }),
      reason: exitCode === 0 ? "Completed" : "Error",
      startedAt,
      finishedAt: new Date(),
      containerID: `process://${process.pid}`,
    };
  }

  /** Startup first, then readiness and liveness together, until the signal ends them. */
  private async probe(process: RunningProcess, spec: ProcessSpec, signal: AbortSignal): Promise<void> {
    const { host, container } = this;
    const { name, startupProbe, readinessProbe, livenessProbe } = container;
    const target: ProbeTarget = { container, podIP: host.podIP };
    const unhealthy = (kind: string, message: string) =>
      host.context.event(host.pod, "Warning", "Unhealthy", `${kind} probe of ${name} failed: ${message}`);
    const kill =
      (kind: string, graceSeconds: number | undefined) => (verdict: "up" | "down", message: string) => {
        if (verdict === "up") return;
        unhealthy(kind, message);
        host.context.event(
          host.pod,
          "Normal",
          "Killing",
          `Container ${name} failed its ${kind} probe, will be restarted`,
        );
        void process.stop(graceSeconds ?? host.pod.spec?.terminationGracePeriodSeconds ?? 30);
      };
    try {
      if (startupProbe) {
        const failed = kill("startup", startupProbe.terminationGracePeriodSeconds);
        await runProbe(startupProbe, target, signal, failed, "up");
        signal.throwIfAborted();
        host.change(name, { started: true, ready: !readinessProbe });
      }
      await Promise.all([
        livenessProbe &&
          runProbe(
            livenessProbe,
            target,
            signal,
            kill("liveness", livenessProbe.terminationGracePeriodSeconds),
          ),
        readinessProbe &&
          runProbe(readinessProbe, target, signal, (verdict, message) => {
            if (verdict === "down") unhealthy("readiness", message);
            if (host.record(name).ready !== (verdict === "up"))
              host.change(name, { ready: verdict === "up" });
          }),
      ]);
    } catch (error) {
      if (!signal.aborted) host.context.log(`probes of ${spec.name}: ${(error as Error).message}`);
    }
  }
}
