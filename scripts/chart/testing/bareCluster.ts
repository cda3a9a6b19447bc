// A control plane that knows nothing of the balancer, for tests that install it: a workload, and what is seen of it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { entryFile } from "../../../balancer/index.ts";
import { TestCluster, until } from "../../../balancer/testing/controlPlane.ts";
import { startUsage, type UsageSource } from "../../../balancer/testing/controlPlane/measuredUsage.ts";
import { Workloads } from "../../../balancer/testing/controlPlane/workloads.ts";
import { trials } from "../../local/index.ts";
import { startToolsNode } from "./toolsNode.ts";

/** Ends with its output, or fails. */
export async function run(script: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], { maxBuffer: 2 ** 26 });
  return stdout;
}

export class BareCluster {
  readonly cluster = new TestCluster();
  readonly kubeconfig = join(this.cluster.folder, "state", "kubeconfig");
  usage!: UsageSource;
  workloads!: Workloads;
  #node: { stop(): Promise<void> } | undefined;
  #atFirst: string[] = [];

  /** With the Deployment `web` on regular. @param policy of the rounds to come */
  async start(policy: string): Promise<void> {
    const { cluster } = this;
    await cluster.start();
    await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" } });
    await Promise.all([cluster.addNode("regular-1", "regular"), cluster.addNode("spot-1", "spot")]);
    this.usage = await startUsage(cluster.admin, policy);
    this.#node = await startToolsNode(cluster);
    this.workloads = new Workloads(cluster);
    await this.workloads.add(["web"]);
    await this.workloads.take("web");
    this.#atFirst = await this.#inventory();
  }

  async stop(): Promise<void> {
    await this.#node?.stop();
    await this.usage?.stop();
    await this.cluster.stop();
  }

  /** By the rounds of what was installed, in its pods and with its rights. */
  async moved(): Promise<void> {
    await this.workloads.untilOn("web", "spot-1");
    await this.workloads.settled("web");
  }

  release(namespace: string): Promise<string> {
    return run(entryFile, "--release", "--kubeconfig", this.kubeconfig, "--namespace", namespace);
  }

  async released(): Promise<void> {
    assert.deepEqual(await this.workloads.placements("web"), ["regular"]);
    const { metadata } = await this.workloads.read("web");
    assert.doesNotMatch(JSON.stringify(metadata?.annotations ?? {}), /spot-balancer/);
  }

  nothingLeft(): Promise<boolean> {
    return until("nothing to be left", async () => {
      const now = await this.#inventory();
      return now.every((name) => this.#atFirst.includes(name));
    });
  }

  async #inventory(): Promise<string[]> {
    const { listObjects } = await trials();
    // What comes and goes with the workload itself.
    return (await listObjects(this.cluster.admin)).filter(
      (name) => !/^(Pod|ReplicaSet|EndpointSlice) demo\//.test(name),
    );
  }
}
