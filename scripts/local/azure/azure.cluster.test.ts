// The emulated Azure on a real control plane: pools become nodes, grow, shrink, lose nodes and go.
import assert from "node:assert/strict";
import {
  AppsV1Api,
  BatchV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1Deployment,
  type V1Node,
  type V1Pod,
  KubeConfig,
} from "@kubernetes/client-node";
import { orMissing, waitFor } from "../kube.ts";
import type { Inputs } from "./problem.ts";
import { buildEnvironment, type TestEnvironment } from "./testing/environment.ts";

const group = { resourceGroupName: "rg" };
const cluster = { ...group, resourceName: "aks" };

const spotPool: Inputs = {
  ...cluster,
  agentPoolName: "spot",
  vmSize: "Standard_D2as_v5",
  mode: "User",
  scaleSetPriority: "Spot",
  scaleSetEvictionPolicy: "Delete",
  spotMaxPrice: -1,
  enableAutoScaling: true,
  count: 1,
  minCount: 1,
  maxCount: 3,
  availabilityZones: ["1", "2"],
  nodeLabels: { "spot-balancer/priority": "spot", "kubernetes.azure.com/scalesetpriority": "spot" },
  nodeTaints: ["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"],
};

/** A Deployment whose pods go to spot nodes only, one CPU each. */
const buildDeployment = (name: string, replicas: number): V1Deployment => ({
  metadata: { name, namespace: "default", annotations: { "local.spot-balancer/cpu": "1" } },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        nodeSelector: { "kubernetes.azure.com/scalesetpriority": "spot" },
        tolerations: [{ key: "kubernetes.azure.com/scalesetpriority", operator: "Exists" }],
        terminationGracePeriodSeconds: 1,
        containers: [{ name: "main", image: "none", resources: { requests: { cpu: "1", memory: "64Mi" } } }],
      },
    },
  },
});

describe("the emulated Azure on a control plane", () => {
  let environment: TestEnvironment;
  let spot: { id: string; urn: string; inputs: Inputs; outputs: Inputs };
  let clusterId = "";
  const within = <T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> =>
    waitFor(ask, { what, timeoutMs: 300_000, intervalMs: 200 });
  const nodesOf = async (pool: string): Promise<V1Node[]> =>
    (await environment.api.listNode({ labelSelector: `agentpool=${pool}` })).items;
  const podsOf = async (app: string): Promise<V1Pod[]> =>
    (await environment.api.listNamespacedPod({ namespace: "default", labelSelector: `app=${app}` })).items;
  const running = async (app: string): Promise<V1Pod[]> =>
    (await podsOf(app)).filter((pod) => pod.status?.phase === "Running" && !pod.metadata?.deletionTimestamp);

  before(async () => {
    environment = await buildEnvironment();
    const { azure } = environment;
    await azure.make("resources:ResourceGroup", "rg", { ...group, location: "eastus" });
    const made = await azure.make("containerservice:ManagedCluster", "aks", {
      ...cluster,
      location: "eastus",
      dnsPrefix: "test",
      kubernetesVersion: "1.36",
      identity: { type: "SystemAssigned" },
      agentPoolProfiles: [
        {
          name: "system",
          mode: "System",
          count: 1,
          vmSize: "Standard_D2as_v5",
          nodeTaints: ["CriticalAddonsOnly=true:NoSchedule"],
        },
      ],
    });
    clusterId = made.id;
    spot = await azure.make("containerservice:AgentPool", "spot", spotPool);
  });
  after(() => environment?.stop());

  it("gives the system pool a process node, with AKS's labels and the pool's taint", () => {
    const [node] = [...environment.systemNodes.values()];
    assert.match(node!.name, /^aks-system-\d{8}-vmss000000$/);
    assert.equal(node!.labels["kubernetes.azure.com/mode"], "system");
    assert.deepEqual(node!.taints, [{ key: "CriticalAddonsOnly", value: "true", effect: "NoSchedule" }]);
    assert.equal(environment.systemNodes.size, 1);
  });

  it("makes Ready kwok nodes of an agent pool, named, labeled and tainted as by AKS", async () => {
    const [node] = await nodesOf("spot");
    assert.match(node!.metadata!.name!, /^aks-spot-\d{8}-vmss000000$/);
    const labels = node!.metadata!.labels!;
    assert.equal(labels["kubernetes.azure.com/priority"], "spot");
    assert.equal(labels["spot-balancer/priority"], "spot");
    assert.equal(labels["topology.kubernetes.io/zone"], "eastus-1");
    assert.equal(labels["node.kubernetes.io/instance-type"], "Standard_D2as_v5");
    assert.ok(
      node!.spec!.taints!.some(
        ({ key, effect }) => key.endsWith("scalesetpriority") && effect === "NoSchedule",
      ),
    );
    assert.equal(node!.status!.allocatable!["cpu"], "1900m");
    assert.ok(node!.status!.conditions!.some(({ type, status }) => type === "Ready" && status === "True"));
  });

  it("answers the local kubeconfig as the cluster's credentials", async () => {
    const reply = await environment.azure.invoke(
      "containerservice:listManagedClusterUserCredentials",
      cluster,
    );
    const [first] = reply["kubeconfigs"] as { value: string }[];
    const kubeconfig = new KubeConfig();
    kubeconfig.loadFromString(Buffer.from(first!.value, "base64").toString());
    assert.match(kubeconfig.getCurrentCluster()!.server, /^https:\/\/127\.0\.0\.1:/);
  });

  it("grows a pool for pods that fit nowhere, to its maximum, and says so where the real one says it", async () => {
    const apps = environment.config.makeApiClient(AppsV1Api);
    await apps.createNamespacedDeployment({ namespace: "default", body: buildDeployment("wide", 4) });
    const nodes = await within("three spot nodes", async () => {
      const nodes = await nodesOf("spot");
      return nodes.length === 3 && nodes;
    });
    assert.deepEqual(nodes.map(({ metadata }) => metadata!.name!.slice(-1)).sort(), ["0", "1", "2"]);
    await within("three running pods", async () => (await running("wide")).length === 3);
    const status = await within("the autoscaler's status", async () => {
      const map = await orMissing(
        environment.api.readNamespacedConfigMap({
          namespace: "kube-system",
          name: "cluster-autoscaler-status",
        }),
      );
      return map?.data?.["status"]?.includes("cloudProviderTarget: 3") && map.data["status"];
    });
    assert.match(status, /name: aks-spot-\d{8}-vmss\n/);
    const read = await environment.azure.read(spot.id, spot.urn, spot.inputs, spot.outputs);
    assert.equal(read.inputs["count"], 3);
  });

  it("lets the pods use what the Deployment's annotation says, in equal parts", async () => {
    const usage = await within("the annotations", async () => {
      const pods = await running("wide");
      const values = pods.map(({ metadata }) => metadata?.annotations?.["kwok.x-k8s.io/usage-cpu"]);
      return values.length === 3 && values.every((value) => value === "333m") && values;
    });
    assert.deepEqual(usage, ["333m", "333m", "333m"]);
  });

  it("has a pod ready again that Kubernetes called not ready, as when its node was not heard of for a while", async () => {
    const [pod] = await running("wide");
    const { name, namespace } = pod!.metadata!;
    const readiness = async () => {
      const { status } = await environment.api.readNamespacedPod({ name: name!, namespace: namespace! });
      return status!.conditions!.find(({ type }) => type === "Ready")!;
    };
    const body = { status: { conditions: [{ type: "Ready", status: "False" }] } };
    const strategy = setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch);
    await environment.api.patchNamespacedPodStatus({ name: name!, namespace: namespace!, body }, strategy);
    await within("it to be ready", async () => (await readiness()).status === "True");
  });

  it("shrinks by nodes that are empty, down to the minimum", async () => {
    const apps = environment.config.makeApiClient(AppsV1Api);
    await apps.deleteNamespacedDeployment({ namespace: "default", name: "wide" });
    await within("one spot node", async () => (await nodesOf("spot")).length === 1);
    await within("a count of one", () => Promise.resolve(environment.machines.poolCount(spot.id) === 1));
  });

  it("taints a node that is half used softly, drains it onto another, and takes it away", async () => {
    const apps = environment.config.makeApiClient(AppsV1Api);
    await environment.azure.update(spot.id, spot.urn, { ...spot.inputs, minCount: 2, count: 2 });
    await within("two spot nodes", async () => (await nodesOf("spot")).length === 2);
    const half = buildDeployment("half", 2);
    half.spec!.template.spec!.containers[0]!.resources = { requests: { cpu: "900m", memory: "64Mi" } };
    await apps.createNamespacedDeployment({ namespace: "default", body: half });
    await within("two running pods", async () => (await running("half")).length === 2);
    await environment.azure.update(spot.id, spot.urn, spot.inputs);
    await within("the soft taint", async () =>
      (await nodesOf("spot")).some(({ spec }) =>
        spec?.taints?.some(
          ({ key, effect }) =>
            key === "DeletionCandidateOfClusterAutoscaler" && effect === "PreferNoSchedule",
        ),
      ),
    );
    await within("one spot node with both pods", async () => {
      const [nodes, pods] = [await nodesOf("spot"), await running("half")];
      return nodes.length === 1 && pods.length === 2;
    });
    await apps.deleteNamespacedDeployment({ namespace: "default", name: "half" });
    await within("no pod of it", async () => (await podsOf("half")).length === 0);
  });

  it("takes a node as Azure does, and brings a new one after the outage", async () => {
    const apps = environment.config.makeApiClient(AppsV1Api);
    await apps.createNamespacedDeployment({ namespace: "default", body: buildDeployment("small", 1) });
    const [pod] = await within("a running pod", async () => {
      const pods = await running("small");
      return pods.length === 1 && pods;
    });
    const name = pod!.spec!.nodeName!;
    const gone = environment.machines.preempt({ node: name, noticeMs: 8_000, outageMs: 1_500 });
    const noticed = await within("the notice", async () => {
      const node = await orMissing(environment.api.readNode({ name }));
      const told = node?.status?.conditions?.find(({ type }) => type === "VMEventScheduled");
      return (
        /^Preempt Scheduled: .* GMT\. DurationInSeconds: -1$/.test(told?.message ?? "") &&
        node?.spec?.unschedulable &&
        node.spec.taints
      );
    });
    const keys = noticed.map(({ key }) => key);
    assert.ok(keys.includes("kubernetes.azure.com/scalesetpriority"));
    assert.ok(keys.includes("remediator.kubernetes.azure.com/unschedulable"));
    await gone;
    assert.equal(await orMissing(environment.api.readNode({ name })), undefined);
    const [next] = await within("the replacement", async () => {
      const nodes = await nodesOf("spot");
      return nodes.length > 0 && nodes;
    });
    assert.notEqual(next!.metadata!.name, name);
    await within("the pod on the new node", async () =>
      (await running("small")).some(({ spec }) => spec?.nodeName === next!.metadata!.name),
    );
    await assert.rejects(environment.machines.preempt({ node: "aks-system-1" }), /no node of a spot pool/);
  });

  it("goes on after a restart with the same pools, and uses no node's number twice", async () => {
    const before = (await nodesOf("spot")).map(({ metadata }) => metadata!.name);
    await environment.restart();
    assert.deepEqual(
      (await nodesOf("spot")).map(({ metadata }) => metadata!.name),
      before,
    );
    const changed = { ...spot.inputs, count: 2, minCount: 2, nodeLabels: { team: "a" } };
    await environment.azure.update(spot.id, spot.urn, changed);
    const nodes = await within("the second node", async () => {
      const nodes = await nodesOf("spot");
      return nodes.length === 2 && nodes;
    });
    assert.ok(nodes.every(({ metadata }) => metadata!.labels!["team"] === "a"));
    assert.ok(nodes.every(({ metadata }) => metadata!.labels!["spot-balancer/priority"] === undefined));
    const numbers = nodes.map(({ metadata }) => metadata!.name!.slice(-6));
    assert.equal(new Set([...numbers, ...before.map((name) => name!.slice(-6))]).size, 2);
  });

  it("removes a pool's nodes and pods with the pool, and empties the control plane with the cluster", async () => {
    await environment.azure.remove(spot.id, spot.urn);
    assert.deepEqual(await nodesOf("spot"), []);
    await within("no pod on a node", async () =>
      (await podsOf("small")).every(({ spec }) => !spec?.nodeName),
    );
    await environment.azure.remove(
      clusterId,
      "urn:pulumi:s::p::azure-native:containerservice:ManagedCluster::aks",
    );
    assert.equal(environment.systemNodes.size, 0);
    assert.deepEqual((await environment.api.listNode()).items, []);
    const apps = environment.config.makeApiClient(AppsV1Api);
    assert.deepEqual((await apps.listDeploymentForAllNamespaces()).items, []);
    await environment.config.makeApiClient(BatchV1Api).listJobForAllNamespaces(); // it answers
  });
});
