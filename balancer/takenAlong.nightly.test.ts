// Our placement where others have brought it, on a real control plane: `rollout undo`, and a copy of the object.
// Nightly: rare ways to the state that balancer.cluster.test.ts begins from.
import assert from "node:assert/strict";
import {
  AppsV1Api,
  KubernetesObjectApi,
  PatchStrategy,
  type V1Deployment,
  setHeaderOptions,
} from "@kubernetes/client-node";
import { until } from "./testing/controlPlane.ts";
import { type Round, type Stage, hastyToSpot, startStage } from "./testing/controlPlane/stage.ts";

const policy = `${hastyToSpot}namespaces: { demo: {} }`;
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

  /** Rounds until one has done something: usage of young pods is not known at first. */
  async function moved(name: string): Promise<void> {
    let last: Round | undefined;
    await until(`${name} to be moved`, async () => {
      last = await stage.round();
      return last.outcomes.length > 0;
    });
    assert.deepEqual(last!.outcomes, [`${name} Done Applied`], last!.stderr);
    await stage.workloads.settled(name);
  }

  const placed = async (name: string) => {
    const { spec } = await stage.workloads.read(name);
    return [spec?.template.spec?.tolerations?.length ?? 0, spec?.template.spec?.affinity !== undefined];
  };

  it("by `rollout undo` is known for ours, given back when it has to be, and free for the next move", async () => {
    await stage.workloads.take("undone");
    await moved("undone");
    const { spec } = await stage.workloads.read("undone");
    await stage.workloads.edit("undone", critical);
    await moved("undone");
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
    await moved("undone");
    assert.deepEqual(await placed("undone"), [0, false]);
    await stage.workloads.edit("undone", standard);
    await moved("undone");
    assert.deepEqual(await stage.workloads.placements("undone"), ["spot"]);
  });

  it("by a copy of the object is known for ours, and can go and come as any other", async () => {
    const { workloads } = stage;
    await workloads.take("copied");
    await moved("copied");
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
    await moved("copy");
    assert.deepEqual(await placed("copy"), [0, false]);
    await workloads.edit("copy", standard);
    await moved("copy");
    assert.deepEqual(await workloads.placements("copy"), ["spot"]);
    await KubernetesObjectApi.makeApiClient(stage.cluster.admin).delete({
      ...copy,
      apiVersion: "apps/v1",
      kind: "Deployment",
    });
  });
});
