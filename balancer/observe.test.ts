import assert from "node:assert/strict";
import { nodeFit } from "./decide/fit/nodeFit.ts";
import { connect } from "./kube/client.ts";
import { emptyState } from "./model.ts";
import { observe } from "./observe.ts";
import { connectPrometheus } from "./prometheus.ts";
import { addDemo, addObject, buildApiDeployment, buildApiNode, buildApiPod } from "./testing/apiObjects.ts";
import { type FakeApiServer, startApiServer } from "./testing/apiServer.ts";
import { type FakePrometheus, capturedPolicy, startPrometheus } from "./testing/prometheus.ts";

describe("observing a cluster", () => {
  let server: FakeApiServer;
  let prometheus: FakePrometheus;
  const signal = new AbortController().signal;

  async function look() {
    const client = connect(server.kubeconfig(), { signal, backoffMs: 1 });
    const usage = connectPrometheus(prometheus.url, { signal, backoffMs: 1 });
    return (await observe(client, usage, capturedPolicy, emptyState)).snapshot;
  }
  async function workload(name: string) {
    const found = (await look()).workloads.find((one) => one.name === name);
    assert.ok(found, `no workload ${name}`);
    return found;
  }

  beforeEach(async () => {
    [server, prometheus] = await Promise.all([startApiServer(), startPrometheus()]);
    addDemo(server);
  });
  afterEach(() => Promise.all([server.stop(), prometheus.stop()]));

  it("gives every pod its workload, node and usage, by a dozen reads and no write", async () => {
    const { pods, nodes, usageProblem } = await look();
    assert.deepEqual(
      pods.map(({ name, workload, nodeName, ready }) => ({ name, workload, nodeName, ready })),
      ["nginx-demo", "busy-demo"].map((name) => {
        return { name: `${name}-1`, workload: `Deployment/demo/${name}`, nodeName: "regular-1", ready: true };
      }),
    );
    assert.ok(pods.every(({ usage }) => usage?.samples === 30));
    assert.equal(usageProblem, undefined);
    assert.deepEqual(
      nodes.map(({ conditions, allocatable }) => [conditions, allocatable.cpu]),
      [
        [[], 2000],
        [[], 2000],
      ],
    );
    assert.equal(server.requests.length, 11, server.requests.map(({ path }) => path).join("\n"));
    assert.deepEqual(server.writes(), []);
  });

  it("asks for 500 pods at a time, for more of the rest, and never for resourceVersion=0, which would ignore that", async () => {
    await look();
    for (const { path, query } of server.requests.filter(({ path }) => !path.includes("/configmaps/"))) {
      assert.equal(query.get("limit"), path.endsWith("/pods") ? "500" : "5000", path);
      assert.equal(query.get("resourceVersion"), null);
    }
  });

  it("resolves percentages of the update strategy as Kubernetes does", async () => {
    const deployment = buildApiDeployment("rolling");
    deployment.spec!.replicas = 5;
    deployment.spec!.strategy = {};
    addObject(server, "apps/v1/deployments", deployment);
    assert.deepEqual((await workload("rolling")).update, {
      type: "RollingUpdate",
      maxSurge: 2,
      maxUnavailable: 1,
    });
  });

  it("reads ReplicaSets only when a pod's owner is not told by its name", async () => {
    const orphan = buildApiPod("orphan", "regular-1");
    addObject(server, "pods", orphan);
    const rollout = buildApiPod("canary", "regular-1");
    addObject(server, "pods", rollout);
    const template = buildApiDeployment("x").spec!.template;
    const buildReplicaSet = (name: string, owner?: object) => ({
      metadata: {
        name,
        namespace: "demo",
        uid: name,
        ownerReferences: owner ? [{ ...owner, controller: true }] : [],
      },
      spec: { replicas: 1, template },
      status: { replicas: 1, availableReplicas: 1 },
    });
    orphan.metadata!.ownerReferences![0]!.uid = "orphan-7d9f";
    rollout.metadata!.ownerReferences![0]!.uid = "canary-7d9f";
    addObject(server, "apps/v1/replicasets", buildReplicaSet("orphan-7d9f"));
    addObject(
      server,
      "apps/v1/replicasets",
      buildReplicaSet("canary-7d9f", { kind: "Rollout", name: "canary" }),
    );
    const { workloads } = await look();
    const found = workloads.filter(({ kind }) => kind === "ReplicaSet");
    assert.deepEqual(
      found.map(({ name, controlledBy, template }) => ({ name, controlledBy, cpu: template.requests.cpu })),
      [
        { name: "orphan-7d9f", controlledBy: undefined, cpu: 100 },
        { name: "canary-7d9f", controlledBy: "Rollout/canary", cpu: 100 },
      ],
    );
  });

  it("knows controllers that it does not list from their pods, and leaves bare, mirror and finished pods alone", async () => {
    const buildOwned = (name: string, kind?: string) => {
      const pod = buildApiPod(name, "regular-1");
      pod.metadata!.ownerReferences = kind
        ? [{ apiVersion: "x/v1", kind, name: "agent", uid: `uid-${kind}`, controller: true }]
        : [];
      addObject(server, "pods", pod);
      return pod;
    };
    buildOwned("a", "DaemonSet");
    buildOwned("b", "DaemonSet");
    buildOwned("bare");
    buildOwned("static", "Node").metadata!.annotations = { "kubernetes.io/config.mirror": "x" };
    buildOwned("done", "Job").status!.phase = "Succeeded";
    const { workloads, pods } = await look();
    const daemonSet = workloads.find(({ kind }) => kind === "DaemonSet");
    assert.deepEqual([daemonSet?.name, daemonSet?.replicas], ["agent", 2]);
    const byName = Object.fromEntries(pods.map((pod) => [pod.name, pod]));
    assert.equal(byName["bare-1"]!.workload, undefined);
    assert.deepEqual([byName["static-1"]!.workload, byName["static-1"]!.mirror], [undefined, true]);
    assert.equal(byName["done-1"], undefined);
  });

  it("takes the requests that admission gave the pods, when they are larger than the template's", async () => {
    const pod = buildApiPod("nginx-demo", "regular-1");
    pod.spec!.containers[0]!.resources = { requests: { cpu: "300m", memory: "64Mi" } };
    addObject(server, "pods", pod);
    assert.deepEqual((await workload("nginx-demo")).template.requests, { cpu: 300, memory: 128 * 2 ** 20 });
  });

  it("looks at volumes only where there are claims, and says what they tie to", async () => {
    const deployment = buildApiDeployment("files");
    deployment.spec!.template.spec!.volumes = [
      { name: "data", persistentVolumeClaim: { claimName: "files" } },
    ];
    addObject(server, "apps/v1/deployments", deployment);
    addObject(server, "persistentvolumeclaims", {
      metadata: { name: "files", namespace: "demo" },
      spec: { volumeName: "pv-1", accessModes: ["ReadWriteOnce"] },
    });
    const tiedTo = async (key: string, value: string) => {
      const matchExpressions = [{ key, operator: "In", values: [value] }];
      addObject(server, "persistentvolumes", {
        metadata: { name: "pv-1" },
        spec: { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } } },
      });
      return (await workload("files")).template.volumes;
    };
    const inZone = { emptyDir: false, local: false, zones: ["eastus-1"], exclusive: true };
    assert.deepEqual(await tiedTo("topology.kubernetes.io/zone", "eastus-1"), inZone);
    assert.deepEqual(await tiedTo("topology.ebs.csi.aws.com/zone", "eastus-1"), inZone);
    // kubernetes/kubernetes#97080
    const unzoned = { key: "topology.disk.csi.azure.com/zone", operator: "In", values: [""] };
    assert.deepEqual(await tiedTo(unzoned.key, ""), { ...inZone, zones: [], demands: [unzoned] });
    for (const key of ["topology.topolvm.io/node", "kubernetes.io/hostname", "openebs.io/nodename"])
      assert.deepEqual(await tiedTo(key, "n1"), { ...inZone, zones: [], local: true });
    assert.deepEqual(await tiedTo("region", "fra1"), { ...inZone, zones: [] });
    const location = { key: "csi.hetzner.cloud/location", operator: "In", values: ["fsn1"] };
    assert.deepEqual(await tiedTo(location.key, "fsn1"), { ...inZone, zones: [], demands: [location] });
  });

  it("leaves a workload to the addon manager that reapplies it", async () => {
    const addon = buildApiDeployment("addon");
    addon.metadata!.labels = { "addonmanager.kubernetes.io/mode": "Reconcile" };
    addObject(server, "apps/v1/deployments", addon);
    assert.match((await workload("addon")).controlledBy ?? "", /^the addon manager/);
  });

  it("knows a node by its name, whatever its hostname label says: kubernetes/kubernetes#61410", async () => {
    const pinned = buildApiDeployment("pinned");
    const matchFields = [{ key: "metadata.name", operator: "In", values: ["spot-1"] }];
    pinned.spec!.template.spec!.affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
      },
    };
    addObject(server, "apps/v1/deployments", pinned);
    const node = buildApiNode("spot-1", "spot");
    node.metadata!.labels!["kubernetes.io/hostname"] = "short";
    addObject(server, "nodes", node);
    const { workloads, nodes } = await look();
    const fit = nodeFit(workloads.find(({ name }) => name === "pinned")!.template);
    const fits = nodes.map((node) => [node.name, fit({ ...node, taints: [] })]);
    assert.deepEqual(fits, [["regular-1", "NodeAffinity"], ["spot-1", undefined]]); // prettier-ignore
  });

  it("expects a rate of what runs on, debuggers too, and not of what has ended for good", async () => {
    const statuses = (name: string, state: object) => [{ name, state }];
    const pod = buildApiPod("nginx-demo", "regular-1");
    const show = async (spec: object, status: object) => {
      addObject(server, "pods", {
        ...pod,
        spec: { ...pod.spec, ...spec },
        status: { ...pod.status, ...status },
      });
      return (await look()).pods.find(({ name }) => name === "nginx-demo-1")?.usage !== undefined;
    };
    const [main] = pod.spec!.containers;
    const setUp = (restartPolicy?: string) => ({ containers: [main, { name: "set-up", restartPolicy }] });
    const ended = { containerStatuses: statuses("set-up", { terminated: { exitCode: 0 } }) };
    // KEP-5307
    assert.equal(await show(setUp("Never"), ended), true);
    assert.equal(
      await show(setUp("Never"), { containerStatuses: statuses("set-up", { running: {} }) }),
      false,
    );
    assert.equal(await show(setUp(), ended), false, "it will be started again");
    // kubectl debug
    const debugging = (state: object) => ({ ephemeralContainerStatuses: statuses("debugger", state) });
    assert.equal(await show({}, debugging({ running: {} })), false);
    assert.equal(await show({}, debugging({ terminated: {} })), true);
  });

  it("tells kinds of the same name by their API group", async () => {
    const { metadata, spec, status } = buildApiDeployment("cache");
    addObject(server, "apps/v1/statefulsets", { metadata, spec, status });
    const foreign = buildApiPod("cache", "spot-1");
    const owner = { kind: "StatefulSet", name: "cache", uid: "k", controller: true };
    foreign.metadata!.ownerReferences = [{ ...owner, apiVersion: "apps.kruise.io/v1beta1" }];
    addObject(server, "pods", foreign);
    addObject(server, "autoscaling/v2/horizontalpodautoscalers", {
      metadata: { name: "cache", namespace: "demo" },
      spec: { scaleTargetRef: { ...owner, apiVersion: "apps.kruise.io/v1beta1" }, maxReplicas: 3 },
    });
    const { pods, workloads, autoscalers } = await look();
    const kind = "StatefulSet.apps.kruise.io";
    assert.equal(pods.find(({ name }) => name === "cache-1")!.workload, `${kind}/demo/cache`);
    assert.deepEqual(
      workloads.filter(({ name }) => name === "cache").map((one) => one.kind),
      ["StatefulSet", kind],
    );
    assert.equal(autoscalers[0]!.target.kind, kind);
  });

  it("believes a disruption budget's count only where its controller has seen the last change", async () => {
    const allowed = async (generation: number, status?: object) => {
      const metadata = { name: "web", namespace: "demo", generation };
      addObject(server, "policy/v1/poddisruptionbudgets", { metadata, spec: {}, status });
      return (await look()).disruptionBudgets.find(({ name }) => name === "web")?.disruptionsAllowed;
    };
    assert.equal(await allowed(2, { disruptionsAllowed: 1, observedGeneration: 2 }), 1);
    assert.equal(await allowed(3, { disruptionsAllowed: 1, observedGeneration: 2 }), 0);
    assert.equal(await allowed(1), 0);
  });

  it("takes an autoscaler that computes nothing for one at rest, and says why", async () => {
    const hpa = (conditions: object[]) => ({
      metadata: { name: "a", namespace: "demo" },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "nginx-demo" },
        maxReplicas: 3,
      },
      status: { currentReplicas: 2, desiredReplicas: 0, conditions },
    });
    const path = "autoscaling/v2/horizontalpodautoscalers";
    addObject(
      server,
      path,
      hpa([{ type: "ScalingActive", status: "False", reason: "FailedGetResourceMetric" }]),
    );
    const [broken] = (await look()).autoscalers;
    assert.deepEqual([broken!.desiredReplicas, broken!.inactive], [2, "FailedGetResourceMetric"]);
    addObject(server, path, hpa([{ type: "ScalingActive", status: "True", reason: "ValidMetricFound" }]));
    assert.equal((await look()).autoscalers[0]!.desiredReplicas, 0);
  });

  it("sees on pods what admission adds: the youngest one's selector, affinity and tolerations", async () => {
    const old = buildApiPod("nginx-demo", "regular-1");
    old.metadata!.name = "nginx-demo-0";
    old.spec!.nodeSelector = { old: "yes" };
    const young = buildApiPod("nginx-demo", "regular-1");
    young.metadata!.creationTimestamp = "2026-11-20T12:00:00Z";
    young.spec!.nodeSelector = { "kubernetes.azure.com/priority": "regular" };
    young.spec!.tolerations = [
      { key: "kata", operator: "Exists" },
      {
        key: "node.kubernetes.io/not-ready",
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 300,
      },
    ];
    for (const pod of [old, young]) addObject(server, "pods", pod);
    const { nodeSelector, tolerations } = (await workload("nginx-demo")).template;
    assert.deepEqual(nodeSelector, young.spec!.nodeSelector);
    assert.deepEqual(tolerations, [{ key: "kata", operator: "Exists" }]);
  });

  it("knows the node selector that a namespace gives its next pods", async () => {
    const selector = (text: string) => {
      const annotations = { "scheduler.alpha.kubernetes.io/node-selector": text };
      addObject(server, "namespaces", { metadata: { name: "demo", annotations } });
      return workload("nginx-demo").then(({ template }) => template.nodeSelector);
    };
    assert.deepEqual(await selector("priority=regular, zone=1"), { priority: "regular", zone: "1" });
    assert.deepEqual(await selector(" "), {});
  });

  it("sees on pods what webhooks add: resources, a scheduler, and rules between pods that the template has not", async () => {
    const labelSelector = { matchLabels: { app: "nginx-demo" } };
    const required = (topologyKey: string) => ({
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector }],
      },
    });
    const pod = buildApiPod("nginx-demo", "regular-1");
    Object.assign(pod.spec!, {
      schedulerName: "stork",
      affinity: required("kubernetes.io/hostname"),
      topologySpreadConstraints: ["zone", capturedPolicy.pools.splitLabel].map((topologyKey) => {
        return { topologyKey, maxSkew: 1, whenUnsatisfiable: "DoNotSchedule", labelSelector };
      }),
    });
    pod.spec!.containers[0]!.resources = { limits: { "vpc.amazonaws.com/pod-eni": "1" } };
    addObject(server, "pods", pod);
    const { template } = await workload("nginx-demo");
    assert.deepEqual(template.otherResources, ["vpc.amazonaws.com/pod-eni"]);
    assert.equal(template.scheduler, "stork");
    assert.deepEqual(
      template.podAntiAffinity.map(({ topologyKey }) => topologyKey),
      ["kubernetes.io/hostname"],
    );
    assert.deepEqual(
      template.topologySpread.map(({ topologyKey }) => topologyKey),
      ["zone"],
      "and nothing of a split of ours",
    );
    const deployment = buildApiDeployment("nginx-demo");
    deployment.spec!.template.spec!.affinity = required("zone");
    addObject(server, "apps/v1/deployments", deployment);
    const own = (await workload("nginx-demo")).template.podAntiAffinity;
    assert.deepEqual(
      own.map(({ topologyKey }) => topologyKey),
      ["zone"],
    );
  });

  it("sees on pods the limits that a LimitRange gives them, where a quota counts limits", async () => {
    const pod = buildApiPod("nginx-demo", "regular-1");
    pod.spec!.containers[0]!.resources = { limits: { cpu: "500m", memory: "1Mi" } };
    addObject(server, "pods", pod);
    assert.equal((await workload("nginx-demo")).template.limits, undefined);
    const hard = { "limits.cpu": "4" };
    addObject(server, "resourcequotas", {
      metadata: { name: "q", namespace: "demo" },
      status: { hard, used: hard },
    });
    assert.deepEqual((await workload("nginx-demo")).template.limits, { cpu: 500, memory: 2 ** 20 });
  });

  it("knows nodes with devices by the names of their resources", async () => {
    const devices = ["nvidia.com/gpu", "nvidia.com/mig-1g.5gb", "gpu.intel.com/i915", "huawei.com/Ascend910"];
    const others = ["vpc.amazonaws.com/pod-eni", "hugepages-2Mi", "attachable-volumes-azure-disk"];
    for (const name of [...devices, ...others]) {
      const node = buildApiNode("node", "regular");
      Object.assign(node.status!.allocatable!, { [name]: "7", "nvidia.com/gpu.shared": "0" });
      addObject(server, "nodes", node);
      const seen = (await look()).nodes.find((each) => each.name === "node")!;
      assert.equal(seen.hasDevices, devices.includes(name) ? true : undefined, name);
    }
  });

  it("knows the zone and the driver of each replica's disk, and how many disks nodes take", async () => {
    const { metadata, spec, status } = buildApiDeployment("db");
    const volumeClaimTemplates = [{ metadata: { name: "data" } }];
    addObject(server, "apps/v1/statefulsets", {
      metadata,
      spec: { ...spec, replicas: 3, volumeClaimTemplates },
      status,
    });
    for (const [i, labeled] of ["a", "b"].entries()) {
      addObject(server, "persistentvolumeclaims", {
        metadata: { name: `data-db-${i}`, namespace: "demo" },
        spec: { volumeName: `pv-${i}`, accessModes: ["ReadWriteOnce"] },
      });
      addObject(server, "persistentvolumes", {
        metadata: { name: `pv-${i}`, labels: { "topology.kubernetes.io/zone": labeled } },
        spec: { csi: { driver: "disk.csi.azure.com", volumeHandle: `d${i}` } },
      });
    }
    addObject(server, "storage.k8s.io/v1/csinodes", {
      metadata: { name: "spot-1" },
      spec: {
        drivers: [
          { name: "disk.csi.azure.com", nodeID: "x", allocatable: { count: 4 } },
          { name: "file", nodeID: "x" },
        ],
      },
    });
    const { workloads, nodes } = await look();
    const { volumes } = workloads.find(({ name }) => name === "db")!.template;
    assert.deepEqual(volumes.zones, ["a", "b"]);
    assert.deepEqual(volumes.zonesByReplica, [["a"], ["b"]]);
    assert.deepEqual(volumes.attachments, new Map([["disk.csi.azure.com", 1]]));
    assert.equal(volumes.shared, undefined);
    const spot = nodes.find(({ name }) => name === "spot-1")!;
    assert.deepEqual(spot.attachable, new Map([["disk.csi.azure.com", 4]]));
  });

  it("knows which drivers a workload's pods need, and on which nodes they are missing", async () => {
    const volumes = [
      { name: "secrets", csi: { driver: "secrets-store.csi.k8s.io" } },
      { name: "scratch", ephemeral: { volumeClaimTemplate: {} } },
    ];
    addObject(server, "apps/v1/deployments", buildApiDeployment("web"));
    const pod = buildApiPod("web", "regular-1");
    // As a webhook adds them (hmcts/cnp-flux-config#30126): to the pod alone.
    addObject(server, "pods", { ...pod, spec: { ...pod.spec, volumes } });
    addObject(server, "persistentvolumeclaims", {
      metadata: { name: "web-1-scratch", namespace: "demo" },
      spec: { volumeName: "pv", accessModes: ["ReadWriteOnce"] },
    });
    addObject(server, "persistentvolumes", {
      metadata: { name: "pv" },
      spec: { csi: { driver: "disk.csi.azure.com", volumeHandle: "d" } },
    });
    const drivers = [
      { name: "disk.csi.azure.com", nodeID: "x" },
      { name: "other", nodeID: "x" },
    ];
    addObject(server, "storage.k8s.io/v1/csinodes", { metadata: { name: "spot-1" }, spec: { drivers } });
    const { workloads, nodes } = await look();
    const found = workloads.find(({ name }) => name === "web")!.template.volumes;
    assert.deepEqual(found.drivers, ["disk.csi.azure.com", "secrets-store.csi.k8s.io"]);
    assert.deepEqual(
      found.attachments,
      new Map([["disk.csi.azure.com", 1]]),
      "the next pod attaches one as well",
    );
    const lacking = nodes.map(({ name, lacksDrivers }) => [name, lacksDrivers]);
    assert.deepEqual(
      lacking,
      [
        ["regular-1", undefined],
        ["spot-1", ["secrets-store.csi.k8s.io"]],
      ],
      "without a CSINode nothing is known",
    );
  });

  it("says since when a pod waits, and what its node reports", async () => {
    const pod = buildApiPod("waiting", "");
    const at = "2026-11-21T09:00:00Z";
    pod.status!.conditions = [
      { type: "PodScheduled", status: "False", reason: "Unschedulable", lastTransitionTime: at },
    ];
    addObject(server, "pods", pod);
    const { pods } = await look();
    const waiting = pods.find(({ name }) => name === "waiting-1");
    assert.deepEqual([waiting?.unschedulableSince, waiting?.needsNoRoom], [Date.parse(at), undefined]);
    const condition = pod.status!.conditions[0]!;
    const messages: [string, boolean | undefined][] = [
      ["0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {a: b}.", undefined],
      ["0/2 nodes are available: 2 Too many pods.", undefined],
      ["0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.", true],
      ['persistentvolumeclaim "files" not found', true],
    ];
    for (const [message, needsNoRoom] of messages) {
      condition.message = message;
      const seen = (await look()).pods.find(({ name }) => name === "waiting-1");
      assert.equal(seen?.needsNoRoom, needsNoRoom, message);
    }
  });

  it("knows which node Karpenter drains because the cloud takes it back", async () => {
    addObject(server, "karpenter.sh/v1/nodepools", { metadata: { name: "spots" }, spec: {} });
    const labels = { "karpenter.sh/nodepool": "spots", "karpenter.sh/capacity-type": "spot" };
    const [creationTimestamp, deletionTimestamp] = ["2026-11-30T10:00:00Z", "2026-11-30T11:00:00Z"];
    addObject(server, "karpenter.sh/v1/nodeclaims", {
      metadata: { name: "x", labels, creationTimestamp, deletionTimestamp },
      status: { nodeName: "spot-1" },
    });
    const { nodes } = await look();
    assert.deepEqual(nodes.filter(({ reclaimed }) => reclaimed).map(({ name }) => name), ["spot-1"]); // prettier-ignore
  });

  it("knows the pools of both autoscalers, and says what it cannot know of either", async () => {
    addObject(server, "karpenter.sh/v1/nodepools", { metadata: { name: "karpenters" }, spec: {} });
    const status = "nodeGroups: [{ name: aks }]";
    addObject(server, "configmaps", { metadata: { name: "cluster-autoscaler-status", namespace: "kube-system" }, data: { status } }); // prettier-ignore
    assert.deepEqual((await look()).poolHealth.map(({ pool }) => pool), ["aks", "karpenters"]); // prettier-ignore
    const fault = { status: 403, file: "kubernetes-403-rbac.json" };
    for (const path of [/nodepools/, /cluster-autoscaler-status/]) server.fail({ path, fault });
    const client = connect(server.kubeconfig(), { signal, backoffMs: 1 });
    const usage = connectPrometheus(prometheus.url, { signal, backoffMs: 1 });
    const { doubts, snapshot } = await observe(client, usage, capturedPolicy, emptyState);
    assert.deepEqual(snapshot.poolHealth, []);
    assert.deepEqual(doubts.map((doubt) => doubt.slice(0, 30)), ["the cluster autoscaler's statu", "NodePools may not be read, so "]); // prettier-ignore
  });

  it("says that Prometheus measures other pods only: google/cadvisor#1958", async () => {
    for (const name of ["nginx-demo", "busy-demo"]) {
      server.remove(`/api/v1/namespaces/demo/pods/${name}-1`);
      addObject(server, "pods", buildApiPod(`${name}-x`, "regular-1"));
    }
    const { usageProblem = "" } = await look();
    assert.match(
      usageProblem,
      /has usage of 2 pods, demo\/\w+-demo-1 .*none of them is in this cluster: .*honor_labels/,
    );
  });

  it("goes on without usage, and says so: lost nodes do not wait for Prometheus", async () => {
    await prometheus.stop();
    const { usageProblem, pods } = await look();
    assert.match(usageProblem!, /Prometheus at .* gives no usage: connect ECONNREFUSED/);
    assert.equal(pods.length, 2);
  });

  it("needs every right that it asks for", async () => {
    server.fail({ path: /poddisruptionbudgets/, fault: { status: 403, file: "kubernetes-403-rbac.json" } });
    await assert.rejects(look(), { status: 403 });
  });
});
