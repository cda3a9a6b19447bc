// A stage on which something comes between a round and its writes: an admission webhook, and somebody else's Lease.
import { join } from "node:path";
import { type Admission, startAdmission } from "./admission.ts";
import { type Stage, startStage } from "./stage.ts";

/** Two moves a round and an hour; everything idle may move at once. */
const policy = `
namespaces: { demo: {} }
idle: { windowMinutes: 1, minSamples: 5 }
usage: { rateMinutes: 0.5 }
pools: { spot: { stableMinutes: 0 } }
cooldown: { autoscalerMinutes: 0 }
budgets: { maxMovesPerRound: 2, maxMovesPerHour: 2 }
score: { threshold: 0 }
`;

export interface RivalStage extends Pick<Stage, "cluster" | "workloads" | "balancer"> {
  stage: Stage;
  admission: Admission;
  /** As if `holder` had last renewed the Lease so many seconds ago; an empty name gives it back. */
  leaveLease(holder: string, secondsAgo: number): Promise<void>;
  /** As before the first round: no webhook, no Lease, nothing remembered, nothing taken. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRivalStage(): Promise<RivalStage> {
  const stage = await startStage({ policy });
  const { cluster, workloads, balancer } = stage;
  const admission = await startAdmission(join(cluster.folder, "state"));
  await cluster.create(admission.configuration);
  const inMonitoring = (name: string) => ({ name, namespace: "monitoring" });

  async function leaveLease(holderIdentity: string, secondsAgo: number): Promise<void> {
    const renewTime = new Date(Date.now() - secondsAgo * 1000).toISOString().replace("Z", "000Z");
    await cluster.merge({
      ...{ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: inMonitoring("spot-balancer") },
      spec: { holderIdentity, leaseDurationSeconds: 60, renewTime, acquireTime: renewTime },
    });
  }

  return {
    ...{ stage, cluster, workloads, balancer, admission, leaveLease },
    async reset() {
      admission.onWrite = () => undefined;
      await workloads.dropTaken();
      const state = { apiVersion: "v1", kind: "ConfigMap", metadata: inMonitoring("spot-balancer-state") };
      await cluster.merge({ ...state, data: null });
      await leaveLease("", 100);
    },
    async stop() {
      await admission.stop();
      await stage.stop();
    },
  };
}
