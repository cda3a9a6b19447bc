// All pods of the node: a runner for each, from the first sight of a pod until it is gone.
import { setTimeout as delay } from "node:timers/promises";
import type { V1Pod } from "@kubernetes/client-node";
import type { Listener } from "../../../balancer/kube/watch.ts";
import { isConflict } from "../kube.ts";
import type { NodeContext } from "./nodeContext.ts";
import { PodRunner } from "./podRunner.ts";
import { tidy } from "./tidy.ts";

const uidOf = (pod: V1Pod): string => pod.metadata?.uid ?? "";

export class PodSet implements Listener<V1Pod> {
  private readonly context: NodeContext;
  private readonly runners = new Map<string, PodRunner>();
  /** Grace period in seconds of the pods that are being deleted. */
  private readonly graces = new Map<string, number>();
  private stopped = false;
  private tidying: Promise<void> = Promise.resolve();

  constructor(context: NodeContext) {
    this.context = context;
  }

  all(): Iterable<PodRunner> {
    return this.runners.values();
  }

  find(namespace: string, name: string): PodRunner | undefined {
    return [...this.runners.values()].find(
      ({ pod: { metadata } }) => metadata?.namespace === namespace && metadata.name === name,
    );
  }

  listed(pods: V1Pod[]): void {
    const present = new Set(pods.map(uidOf));
    for (const [uid, runner] of this.runners) if (!present.has(uid)) this.gone(runner.pod);
    for (const pod of pods) this.changed(pod);
    this.tidy();
  }

  changed(pod: V1Pod): void {
    if (this.stopped) return;
    const uid = uidOf(pod);
    const runner = this.runners.get(uid) ?? new PodRunner(this.context, pod);
    this.runners.set(uid, runner);
    runner.update(pod);
    if (!pod.metadata?.deletionTimestamp) return;
    const grace = pod.metadata.deletionGracePeriodSeconds ?? 30;
    const before = this.graces.get(uid);
    if (before !== undefined && before <= grace) return;
    this.graces.set(uid, grace);
    // A shorter grace period than before only hastens the end.
    void (before === undefined ? this.delete(runner, grace) : runner.terminate(grace));
  }

  gone(pod: V1Pod): void {
    const runner = this.runners.get(uidOf(pod));
    if (runner === undefined) return;
    runner.release();
    void runner.terminate(pod.metadata?.deletionGracePeriodSeconds ?? 30).then(() => {
      this.runners.delete(uidOf(pod));
      this.graces.delete(uidOf(pod));
      this.tidy();
    });
  }

  /** Ends all processes, with at most that much grace; the pods' objects stay as they are. */
  async stop(maxGraceSeconds: number): Promise<void> {
    this.stopped = true;
    await Promise.all(
      [...this.runners.values()].map((runner) => {
        runner.release();
        return runner.terminate(
          Math.min(runner.pod.spec?.terminationGracePeriodSeconds ?? 30, maxGraceSeconds),
        );
      }),
    );
    await this.tidying;
  }

  private async delete(runner: PodRunner, graceSeconds: number): Promise<void> {
    await runner.terminate(graceSeconds);
    while (!this.stopped) {
      try {
        return await runner.confirmDeletion();
      } catch (error) {
        if (isConflict(error)) return; // another pod has the name by now
        this.context.log(
          `delete ${runner.pod.metadata?.namespace}/${runner.pod.metadata?.name}: ${String(error)}`,
        );
        await delay(2000, undefined, { ref: false });
      }
    }
  }

  private tidy(): void {
    this.tidying = this.tidying
      .then(() => tidy(this.context.rootDir, new Set(this.runners.keys())))
      .catch((error: unknown) => this.context.log(`tidy: ${String(error)}`));
  }
}
