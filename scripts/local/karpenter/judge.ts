// The balancer beside the real Karpenter (its kwok provider) on a real control plane: `npm run judge:karpenter`, each night,
// since building Karpenter takes too long for every change. NodePools for regular and for spot, both consolidated: demand
// makes a node, the move follows, the regular node goes; they do not fight; an announced end is survived.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CoreV1Api, CustomObjectsApi, type V1Node } from "@kubernetes/client-node";
import { connect } from "../../../balancer/kube/client.ts";
import { TestCluster, manifests, placeholderFiles, until } from "../../../balancer/testing/controlPlane.ts";
import { startUsage } from "../../../balancer/testing/controlPlane/measuredUsage.ts";
import { Stage } from "../../../balancer/testing/controlPlane/stage.ts";
import { bringKarpenter, startKarpenter } from "./program.ts";

const spotTaint = { key: "kubernetes.azure.com/scalesetpriority", value: "spot", effect: "NoSchedule" };

/** The keys that every cluster with Karpenter needs; README. */
const policy = `
namespaces: { demo: {} }
idle: { windowMinutes: 1, minSamples: 5 }
usage: { rateMinutes: 0.5 }
pools:
  nameLabel: karpenter.sh/nodepool
  splitLabel: karpenter.sh/capacity-type
  regular: { nodeLabels: { karpenter.sh/capacity-type: on-demand } }
  spot: { nodeLabels: { karpenter.sh/capacity-type: spot }, stableMinutes: 0 }
cooldown: { minutes: 0, autoscalerMinutes: 0 }
`;

const requirement = (key: string, value: string) => ({ key, operator: "In", values: [value] });

/** Machines of four CPUs, up to five of them; those of little use go at once. */
const nodePool = (name: string, capacityType: string, taints: object[]) => ({
  apiVersion: "karpenter.sh/v1",
  kind: "NodePool",
  metadata: { name },
  spec: {
    limits: { cpu: "20" },
    disruption: { consolidationPolicy: "WhenEmptyOrUnderutilized", consolidateAfter: "5s", budgets: [{ nodes: "100%" }] },
    template: {
      spec: {
        taints,
        nodeClassRef: { group: "karpenter.kwok.sh", kind: "KWOKNodeClass", name: "default" },
        requirements: [
          requirement("karpenter.sh/capacity-type", capacityType),
          requirement("node.kubernetes.io/instance-type", "c-4x-amd64-linux"),
        ],
      },
    },
  },
}); // prettier-ignore

describe("the balancer beside Karpenter", () => {
  let stage: Stage;
  let core: CoreV1Api;
  let custom: CustomObjectsApi;
  let karpenter: ChildProcess;
  let log = "";

  const nodes = async (pool: string): Promise<V1Node[]> =>
    (await core.listNode({ labelSelector: `karpenter.sh/nodepool=${pool}` })).items;
  const names = async (pool: string) => (await nodes(pool)).map(({ metadata }) => metadata!.name!).sort();
  /** For people, when something went wrong. */
  async function seen(): Promise<string> {
    const [{ items: all }, { items: pods }] = await Promise.all([
      core.listNode(),
      core.listPodForAllNamespaces(),
    ]);
    const lines = [
      ...all.map(({ metadata, spec, status }) => `${metadata?.name} ${JSON.stringify([metadata?.labels?.["karpenter.sh/nodepool"], spec?.taints, status?.allocatable])}`),
      ...pods.map(({ metadata, spec, status }) => `${metadata?.name} on ${spec?.nodeName}: ${status?.conditions?.map(({ message }) => message ?? "").join("")}`),
    ]; // prettier-ignore
    return `${lines.join("\n")}\n${log.slice(-6000)}`;
  }
  const untilNodes = (pool: string, count: number) =>
    until(`pool ${pool} to have ${count} nodes`, async () => (await nodes(pool)).length === count);
  const balanceUntil = (what: string, ask: () => Promise<boolean>) =>
    until(what, async () => (await stage.round(), ask()), 180_000);
  const isOn = async (name: string, pool: string) => {
    const [on, there] = await Promise.all([stage.workloads.nodesOf(name), names(pool)]);
    return on.length === 1 && there.includes(on[0]!);
  };

  before(async function () {
    this.timeout(900_000); // it may have to be built
    const brought = await bringKarpenter();
    const cluster = new TestCluster();
    await cluster.start();
    await cluster.installBalancer();
    await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "placeholder" } });
    for (const file of placeholderFiles) await cluster.create(...manifests(`placeholder/${file}.yaml`));
    await cluster.create(...brought.definitions);
    const balancer = await cluster.identity("monitoring", "spot-balancer");
    stage = new Stage(cluster, await startUsage(cluster.admin, policy), balancer, policy);
    core = cluster.admin.makeApiClient(CoreV1Api);
    custom = cluster.admin.makeApiClient(CustomObjectsApi);
    const pools = () => custom.listClusterCustomObject({ group: "karpenter.sh", version: "v1", plural: "nodepools" }) as Promise<{ items: { status?: { conditions?: { type: string; status: string }[] } }[] }>; // prettier-ignore
    const classes = () => custom.listClusterCustomObject({ group: "karpenter.kwok.sh", version: "v1alpha1", plural: "kwoknodeclasses" }); // prettier-ignore
    await until("NodePools to be served", () => Promise.all([pools(), classes()]).catch(() => undefined));
    await cluster.create(
      { apiVersion: "karpenter.kwok.sh/v1alpha1", kind: "KWOKNodeClass", metadata: { name: "default" } },
      nodePool("regular", "on-demand", []),
      nodePool("spot", "spot", [spotTaint]),
    );
    // A cloud's own controller says this of its node classes; kwok has none.
    const ready = { type: "Ready", status: "True", reason: "Ready", message: "", lastTransitionTime: new Date().toISOString().replace(/\.\d+/, "") }; // prettier-ignore
    await connect(cluster.admin).send({
      method: "PATCH",
      path: "/apis/karpenter.kwok.sh/v1alpha1/kwoknodeclasses/default/status",
      contentType: "application/merge-patch+json",
      body: { status: { conditions: [ready] } },
    });
    const kubeconfig = join(cluster.folder, "state", "kubeconfig");
    karpenter = startKarpenter(brought, kubeconfig, (text) => (log += text));
    await until("Karpenter to have looked at both pools", async () =>
      (await pools()).items.every(({ status }) =>
        status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
      ),
    );
    await stage.workloads.add(["busy", "one", "two"], { cpu: "1500m" });
    stage.usage.cores["busy"] = 1;
    await stage.workloads.oldEnough();
  });
  after(async function () {
    karpenter?.kill("SIGTERM");
    const tests = this.test?.parent?.tests ?? [];
    if (tests.some((test) => !test.isPassed())) console.log(await seen());
    await stage?.stop();
  });

  it("asks for a spot node, moves what is idle there, and Karpenter removes the regular node that is left", async () => {
    await untilNodes("regular", 2);
    await stage.workloads.take("busy", "one", "two");
    const first = await stage.round();
    assert.deepEqual([first.moves, first.refusals], [[], { busy: "NotIdle", one: "NoSpotNodes", two: "NoSpotNodes" }], first.stderr); // prettier-ignore
    await until("a spot node", async () => (await nodes("spot")).length > 0);
    await balanceUntil("both to be on spot", async () => (await isOn("one", "spot")) && (await isOn("two", "spot"))); // prettier-ignore
    // More was asked for, so that spot stays below its water mark, and goes again.
    await balanceUntil("each pool to have one node", async () => (await nodes("regular")).length === 1 && (await nodes("spot")).length === 1); // prettier-ignore
    assert.ok(await isOn("busy", "regular"));
  });

  it("leaves it at that: no moves, and no node comes or goes", async () => {
    const before = [await names("regular"), await names("spot")];
    for (let round = 0; round < 8; round++) {
      const { moves, stderr } = await stage.round();
      assert.deepEqual(moves, [], stderr);
      await delay(5000);
    }
    assert.deepEqual([await names("regular"), await names("spot")], before);
  });

  it("gets off a node whose end is announced, while Karpenter brings what regular lacks", async () => {
    const [going] = await names("spot");
    // As AKS tells it: Azure/karpenter-provider-azure#1829.
    const node = await core.readNode({ name: going! });
    node.status!.conditions!.push({ type: "PreemptionScheduled", status: "True", reason: "SpotEvictionIncoming", message: "Preempt Scheduled" }); // prettier-ignore
    await core.replaceNodeStatus({ name: going!, body: node });
    const { moves, stderr } = await stage.round();
    assert.deepEqual(moves.sort(), ["one ToRegular SpotNodeLost", "two ToRegular SpotNodeLost"], stderr);
    // As Karpenter's own controller for interruptions does it: it drains the node, and ends it.
    const [claim] = ((await custom.listClusterCustomObject({ group: "karpenter.sh", version: "v1", plural: "nodeclaims", labelSelector: "karpenter.sh/nodepool=spot" })) as { items: { metadata: { name: string } }[] }).items; // prettier-ignore
    await custom.deleteClusterCustomObject({ group: "karpenter.sh", version: "v1", plural: "nodeclaims", name: claim!.metadata.name }); // prettier-ignore
    for (const name of ["one", "two"]) await stage.workloads.settled(name);
    await until("the node to be gone", async () => !(await names("spot")).includes(going!));
    assert.ok((await isOn("one", "regular")) && (await isOn("two", "regular")));
    assert.equal((await nodes("regular")).length, 2);
  });
});
