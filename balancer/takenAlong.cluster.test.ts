// Our placement where others have brought it, on a real control plane: `rollout undo`, and a copy of the object.
import assert from "node:assert/strict";
import {
  AppsV1Api,
  KubernetesObjectApi,
  PatchStrategy,
  type V1Deployment,
  setHeaderOptions,
} from "@kubernetes/client-node";
import { type Stage, startStage } from "./testing/controlPlane/stage.ts";

const policy = `
namespaces: { demo: {} }
idle: { windowMinutes: 1, minSamples: 5 }
usage: { rateMinutes: 0.5 }
pools: { spot: { stableMinutes: 0 } }
availability: { low: 0.9, standard: 0.9 }
cooldown: { minutes: 0, autoscalerMinutes: 0 }
pressure: { spot: { highUtilization: 1, lowUtilization: 0.99 } }
`;
const critical = { labels: { "spot-balancer/tier": "critical" } };
const standard = { labels: { "spot-balancer/tier": null } };

describe("a placement that was taken along", () => {
  let stage: Stage;
  let apps: AppsV1Api;

  before(async () => {
    stage = await startStage({ policy });
    apps = stage.cluster.admin.makeApiClient(AppsV1Api);
    await stage.workloads.add(["undone", "copied"]);
    await stage.workloads.oldEnough();
  });
  after(() => stage?.stop());
  afterEach(() => stage.workloads.dropTaken());

  async function roundUntilSettled(...names: string[]) {
    const { outcomes, refusals, stderr } = await stage.round();
    for (const name of names) await stage.workloads.settled(name);
    return { outcomes, refusals, stderr };
  }

  const placed = async (name: string) => {
    const { spec } = await stage.workloads.read(name);
    return [spec?.template.spec?.tolerations?.length ?? 0, spec?.template.spec?.affinity !== undefined];
  };

  it("by `rollout undo` is known for ours, given back when it has to be, and free for the next move", async () => {
    await stage.workloads.take("undone");
    assert.deepEqual((await roundUntilSettled("undone")).outcomes, ["undone Done Applied"]);
    const { spec } = await stage.workloads.read("undone");
    await stage.workloads.edit("undone", critical);
    assert.deepEqual((await roundUntilSettled("undone")).outcomes, ["undone Done Applied"]);
    assert.deepEqual(await placed("undone"), [0, false]);

    // As kubectl does it: the template of an earlier revision in one JSON patch.
    await apps.patchNamespacedDeployment(
      {
        ...{ namespace: "demo", name: "undone", fieldManager: "kubectl-rollout" },
        body: [{ op: "replace", path: "/spec/template", value: spec!.template }],
      },
      setHeaderOptions("Content-Type", PatchStrategy.JsonPatch),
    );
    await stage.workloads.settled("undone");
    assert.deepEqual(await placed("undone"), [2, true]);
    const back = await roundUntilSettled("undone");
    assert.equal(back.refusals["undone"], "MoveRefused", "that its return was undone is remembered");
  });

  it("by a copy of the object is known for ours, and can go and come as any other", async () => {
    const { workloads } = stage;
    await workloads.take("copied");
    assert.deepEqual((await roundUntilSettled("copied")).outcomes, ["copied Done Applied"]);
    const original = await workloads.read("copied");
    const text = JSON.stringify({ ...original, status: undefined }).replaceAll("copied", "copy");
    const copy = JSON.parse(text) as V1Deployment;
    const { annotations, labels } = copy.metadata!;
    copy.metadata = {
      name: "copy",
      namespace: "demo",
      annotations,
      labels: { ...labels, ...critical.labels },
    };
    await workloads.create({ ...copy, apiVersion: "apps/v1", kind: "Deployment" });
    await workloads.settled("copy");
    const { outcomes } = await roundUntilSettled("copy");
    assert.deepEqual(outcomes, ["copy Done Applied"]);
    assert.deepEqual(await placed("copy"), [0, false]);
    await workloads.edit("copy", standard);
    await workloads.oldEnough();
    const again = await roundUntilSettled("copy");
    assert.deepEqual(again.outcomes, ["copy Done Applied"], JSON.stringify(again.refusals));
    assert.deepEqual(await workloads.placements("copy"), ["spot"]);
    await KubernetesObjectApi.makeApiClient(stage.cluster.admin).delete({
      ...copy,
      apiVersion: "apps/v1",
      kind: "Deployment",
    });
  });
});
