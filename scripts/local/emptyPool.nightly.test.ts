// A spot pool with no node at all, as base-dev has it: what is idle makes it grow, moves there, and the regular node that it
// leaves goes; once nothing wants spot any more, its node goes as well. The pools are base-dev's, their autoscaler the
// emulated one, the balancer the program with its rights.
// Nightly: its parts are seen at every change by balancer.cluster.test.ts (asking for spot), autoscaling.cluster.test.ts
// (a node less) and azure.cluster.test.ts (a pool that grows and shrinks).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import { parse } from "yaml";
import { TestCluster, manifests, placeholderFiles, until } from "../../balancer/testing/controlPlane.ts";
import { startUsage } from "../../balancer/testing/controlPlane/measuredUsage.ts";
import { Stage } from "../../balancer/testing/controlPlane/stage.ts";
import { projectRoot } from "./environment.ts";
import { ProjectCopy } from "./testing/projectCopy.ts";

const policy = `
namespaces: { demo: {} }
idle: { windowMinutes: 1, minSamples: 5, enterCpuUtilization: 0.1, exitCpuUtilization: 0.3 }
usage: { rateMinutes: 0.5 }
pools:
  splitLabel: spot-balancer/priority
  regular: { nodeLabels: { spot-balancer/priority: regular } }
  spot: { stableMinutes: 0 }
cooldown: { minutes: 0, autoscalerMinutes: 0 }
`;
const names = ["one", "two", "three"];

describe("a spot pool that has no node", () => {
  const project = new ProjectCopy();
  let stage: Stage;
  let core: CoreV1Api;

  const nodesOf = async (pool: string): Promise<string[]> => {
    const { items } = await core.listNode({ labelSelector: `kubernetes.azure.com/agentpool=${pool}` });
    return items.map(({ metadata }) => metadata!.name!);
  };
  const placeholders = async () => (await core.listNamespacedPod({ namespace: "placeholder" })).items;
  /** Rounds one after the other, as the CronJob does them, until it is so. */
  const balanceUntil = (what: string, ask: () => Promise<boolean>) =>
    until(what, async () => (await stage.round(), ask()), 240_000);

  before(async () => {
    const dev = parse(readFileSync(join(projectRoot, "stacks/config/Pulumi.base-dev.yaml"), "utf8")) as { config: Record<string, unknown> }; // prettier-ignore
    for (const key of ["regularPool", "spotPools"])
      project.configure("base-local", key, dev.config[`spot-balancer:${key}`]);
    const cluster = new TestCluster(project.root);
    await cluster.start("base-local");
    await cluster.installBalancer();
    await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "placeholder" } });
    for (const file of placeholderFiles) await cluster.create(...manifests(`placeholder/${file}.yaml`));
    const balancer = await cluster.identity("monitoring", "spot-balancer");
    stage = new Stage(cluster, await startUsage(cluster.admin, policy), balancer, policy);
    core = cluster.admin.makeApiClient(CoreV1Api);
    await stage.workloads.add(names, { cpu: "700m" });
    await stage.workloads.oldEnough();
  });
  after(async () => {
    await stage?.stop();
    project.remove();
  });

  it("is asked for nothing as long as nobody may go there", async () => {
    assert.deepEqual([(await nodesOf("regular")).length, await nodesOf("spot")], [2, []]);
    const { moves } = await stage.round();
    assert.deepEqual([moves, await placeholders()], [[], []]);
  });

  it("grows for what is idle, which moves there, and regular has a node less", async () => {
    await stage.workloads.take(...names);
    const { moves, refusals, stderr } = await stage.round();
    assert.deepEqual([moves, refusals["one"]], [[], "NoSpotNodes"], stderr);
    assert.ok((await placeholders()).length > 0, "nothing is asked for");
    await balanceUntil("all to be on spot", async () => {
      const [spot = "none"] = await nodesOf("spot");
      const nodes = await Promise.all(names.map((name) => stage.workloads.nodesOf(name)));
      return nodes.flat().length === names.length && nodes.flat().every((node) => node === spot);
    });
    await balanceUntil("regular to have one node", async () => (await nodesOf("regular")).length === 1);
    await balanceUntil("nothing to be asked for any more", async () => (await placeholders()).length === 0);
  });

  it("loses its node once nothing wants it", async () => {
    for (const name of names) stage.usage.cores[name] = 0.5;
    await balanceUntil("spot to have no node", async () => (await nodesOf("spot")).length === 0);
    assert.deepEqual(await placeholders(), []);
    for (const name of names) await stage.workloads.settled(name);
    assert.equal((await nodesOf("regular")).length, 2);
  });

  it("is asked for by a CapacityBuffer where the cluster serves them, with the rights that are shipped", async () => {
    await stage.cluster.create(capacityBuffers);
    const buffers = async () => {
      const found = (await core.listNamespacedPodTemplate({ namespace: "placeholder" })).items;
      return found.filter(({ metadata }) => metadata?.ownerReferences?.[0]?.kind === "CapacityBuffer");
    };
    for (const name of names) stage.usage.cores[name] = 0;
    await balanceUntil("a buffer with its template", async () => (await buffers()).length > 0);
    const [template] = await buffers();
    assert.match(template!.metadata!.name!, /^room-700m-/);
    assert.deepEqual(await placeholders(), []);
    for (const name of names) stage.usage.cores[name] = 0.5;
    await balanceUntil(
      "the buffer to go, and its template with it",
      async () => (await buffers()).length === 0,
    );
  });
});

/** As in kubernetes/autoscaler, cluster-autoscaler/apis/config/crd, as far as it is used here; nobody handles them. */
const capacityBuffers = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: "capacitybuffers.autoscaling.x-k8s.io",
    annotations: { "api-approved.kubernetes.io": "unapproved, for a test" },
  },
  spec: {
    group: "autoscaling.x-k8s.io",
    scope: "Namespaced",
    names: { kind: "CapacityBuffer", listKind: "CapacityBufferList", plural: "capacitybuffers", singular: "capacitybuffer" }, // prettier-ignore
    versions: [
      {
        ...{ name: "v1beta1", served: true, storage: true, subresources: { status: {} } },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};
