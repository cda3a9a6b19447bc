// For cluster tests: an environment of its own on a copy of the project, whose stacks are brought up as a person would.
import assert from "node:assert/strict";
import { join } from "node:path";
import { AppsV1Api, CoreV1Api, type KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { loadKubeConfig } from "../kube.ts";
import { TestEnvironment } from "./environment.ts";
import { ProjectCopy } from "./projectCopy.ts";

/** How an `up` has ended. */
export interface Ended {
  ok: boolean;
  /** Resources by operation: `{ same: 170, update: 1 }`. */
  counts: Record<string, number>;
  outputs: Record<string, string>;
}

const ownerOf = ({ metadata }: V1Pod): string => metadata?.ownerReferences?.[0]?.kind ?? "";

export class StackTrial {
  readonly project = new ProjectCopy();
  readonly environment = new TestEnvironment(this.project.root);

  /** Once the environment is up. */
  get config(): KubeConfig {
    return loadKubeConfig(join(this.environment.state, "kubeconfig"));
  }

  /** Fails with what was reported as an error. */
  async up(stack: string): Promise<Ended> {
    const { output } = await this.environment.run("up", stack, "--json");
    const events = output.split("\n").filter((line) => line.startsWith("{"));
    const end = JSON.parse(events.at(-1) ?? "{}") as Ended;
    assert.ok(end.ok, events.filter((line) => /"severity":"error"|"phase":"failed"/.test(line)).join("\n"));
    return end;
  }

  async assertUnchanged(stack: string, ...flags: string[]): Promise<void> {
    const preview = await this.environment.run("preview", stack, "--expect-no-changes", ...flags);
    assert.equal(preview.code, 0, preview.output);
  }

  /** Pods that stay: those of Jobs come and go. */
  async lastingPods(): Promise<V1Pod[]> {
    const { items } = await this.config.makeApiClient(CoreV1Api).listPodForAllNamespaces();
    return items.filter((pod) => ownerOf(pod) !== "Job" && !pod.metadata?.deletionTimestamp);
  }

  /** `banking/statements-7f9c…`: another one for each pod template that a Deployment has had. */
  async replicaSets(): Promise<string[]> {
    const { items } = await this.config.makeApiClient(AppsV1Api).listReplicaSetForAllNamespaces();
    return items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`);
  }

  async remove(): Promise<void> {
    await this.environment.remove();
    this.project.remove();
  }
}
