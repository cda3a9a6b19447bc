// Where the tests play that run rounds on a real control plane: nodes, the balancer's account, usage, workloads.
import type { ChildProcess } from "node:child_process";
import { microTime } from "../../kube/json.ts";
import { type Identity, TestCluster } from "../controlPlane.ts";
import { shippedProgram, startProgram } from "../program.ts";
import { type UsageSource, startUsage } from "./measuredUsage.ts";
import { Workloads } from "./workloads.ts";

/** What a round said, in words that can be compared. */
export interface Round {
  /** Null: killed. */
  code: number | null;
  stderr: string;
  /** `workload kind reason`, in the plan's order. */
  moves: string[];
  /** Workload → reason. */
  refusals: Record<string, string>;
  /** `workload result reason`, in the order of the moves. */
  outcomes: string[];
  stats: { skipped?: string; apiWrites?: number };
}

interface Decided {
  workload: { name: string };
  kind: string;
  reason: string;
}

interface Report {
  moves: Decided[];
  refusals: Decided[];
  outcomes: { move: Decided; result: string; reason: string }[];
  stats: Round["stats"];
}

/** Beginning of a policy under which a test need not wait: half a minute of usage tells who is idle, and new spot nodes count. */
export const hasty = `
idle: { windowMinutes: 1, minSamples: 5 }
usage: { rateMinutes: 0.5 }
pools: { spot: { stableMinutes: 0 } }
`;

/** Under it alone all that may go to spot does, and stays as long as there is a node. */
export const hastyToSpot = `${hasty}
availability: { low: 0.9, standard: 0.9 }
cooldown: { minutes: 0, autoscalerMinutes: 0 }
pressure: { spot: { highUtilization: 1, lowUtilization: 0.99 } }
`;

const inMonitoring = (name: string) => ({ name, namespace: "monitoring" });

const nothing: Report = { moves: [], refusals: [], outcomes: [], stats: {} };

export class Stage {
  readonly cluster: TestCluster;
  readonly usage: UsageSource;
  readonly balancer: Identity;
  readonly workloads: Workloads;
  /** The process of the round under way. */
  running: ChildProcess | undefined;
  readonly #policy: string;

  constructor(
    cluster: TestCluster,
    usage: UsageSource,
    balancer: Identity,
    policyText: string,
    workloads = new Workloads(cluster),
  ) {
    this.cluster = cluster;
    this.usage = usage;
    this.balancer = balancer;
    this.workloads = workloads;
    this.#policy = cluster.file(`policy-${new URL(usage.url).port}.yaml`, policyText);
  }

  /** The program as the CronJob runs it. */
  async round(options: { prometheus?: string; flags?: string[] } = {}): Promise<Round> {
    const { prometheus = this.usage.url, flags = [] } = options;
    const args = ["--output", "json", "--policy", this.#policy, "--prometheus", prometheus, ...flags];
    const { code, stdout, stderr } = await this.#run(args);
    const { moves, refusals, outcomes, stats } = stdout === "" ? nothing : (JSON.parse(stdout) as Report);
    return {
      ...{ code, stderr, stats },
      moves: moves.map(({ workload, kind, reason }) => `${workload.name} ${kind} ${reason}`),
      refusals: Object.fromEntries(refusals.map(({ workload, reason }) => [workload.name, reason])),
      outcomes: outcomes.map(({ move, result, reason }) => `${move.workload.name} ${result} ${reason}`),
    };
  }

  /** The same after `reset`, with another policy: its usage is to be stopped besides. */
  async anew(policyText: string): Promise<Stage> {
    await this.reset();
    const { cluster, balancer, workloads } = this;
    return new Stage(cluster, await startUsage(cluster.admin, policyText), balancer, policyText, workloads);
  }

  /** As before the first round: nothing taken, nothing remembered, and no Lease. */
  async reset(): Promise<void> {
    await this.workloads.dropTaken();
    const state = { apiVersion: "v1", kind: "ConfigMap", metadata: inMonitoring("spot-balancer-state") };
    await this.cluster.merge({ ...state, data: null });
    await this.leaveLease("", 100);
  }

  /** As if `holder` had last renewed the Lease so many seconds ago; an empty name gives it back. */
  async leaveLease(holderIdentity: string, secondsAgo: number): Promise<void> {
    const renewTime = microTime(Date.now() - secondsAgo * 1000);
    await this.cluster.merge({
      ...{ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: inMonitoring("spot-balancer") },
      spec: { holderIdentity, leaseDurationSeconds: 60, renewTime, acquireTime: renewTime },
    });
  }

  /** Takes everything back, as the same account. */
  release(...flags: string[]) {
    return this.#run(["--release", ...flags]);
  }

  async #run(args: string[]) {
    const { serviceAccountDir, env } = this.balancer;
    const program = await shippedProgram();
    const asAccount = [program.bundle, "--service-account-dir", serviceAccountDir, ...args];
    const { child, ended } = startProgram(asAccount, { ...program.env, ...env });
    this.running = child;
    return ended;
  }

  async stop(): Promise<void> {
    await this.usage.stop();
    await this.cluster.stop();
  }
}

export interface StageOptions {
  policy: string;
  /** With the balancer's rights, beside `demo`. */
  namespaces?: string[];
  /** Whose nodes to use, in the order to bring them up; without any there are `regular-1` and `spot-1`. */
  stacks?: string[];
}

export async function startStage(options: StageOptions): Promise<Stage> {
  const { policy, namespaces = [], stacks = [] } = options;
  const cluster = new TestCluster();
  try {
    await cluster.start(...stacks);
    await cluster.installBalancer(...namespaces);
    if (stacks.length === 0) {
      await Promise.all([cluster.addNode("regular-1", "regular"), cluster.addNode("spot-1", "spot")]);
    }
    const balancer = await cluster.identity("monitoring", "spot-balancer");
    return new Stage(cluster, await startUsage(cluster.admin, policy), balancer, policy);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
