// A stage on which something comes between a round and its writes: an admission webhook, and somebody else's Lease.
import { join } from "node:path";
import { type Admission, startAdmission } from "./admission.ts";
import { type Stage, hasty, startStage } from "./stage.ts";

/** Two moves a round and an hour; everything idle may move at once. */
const policy = `${hasty}
namespaces: { demo: {} }
cooldown: { autoscalerMinutes: 0 }
budgets: { maxMovesPerRound: 2, maxMovesPerHour: 2 }
score: { threshold: 0 }
`;

export interface RivalStage extends Pick<Stage, "cluster" | "workloads" | "balancer"> {
  stage: Stage;
  admission: Admission;
  /** As before the first round: no webhook, no Lease, nothing remembered, nothing taken. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRivalStage(): Promise<RivalStage> {
  const stage = await startStage({ policy });
  const { cluster, workloads, balancer } = stage;
  const admission = await startAdmission(join(cluster.folder, "state"));
  await cluster.create(admission.configuration);
  return {
    ...{ stage, cluster, workloads, balancer, admission },
    async reset() {
      admission.onWrite = () => undefined;
      await stage.reset();
    },
    async stop() {
      await admission.stop();
      await stage.stop();
    },
  };
}
