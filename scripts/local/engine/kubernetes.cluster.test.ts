// The engine's Kubernetes provider on the real control plane: what the API server, controllers and others make of it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  AppsV1Api,
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type KubeConfig,
} from "@kubernetes/client-node";
import { projectRoot } from "../environment.ts";
import { loadKubeConfig, waitFor } from "../kube.ts";
import { eventually } from "../testing/eventually.ts";
import { openApi, type KubeApi } from "./providers/kubernetes/api.ts";
import { kubernetesPackage } from "./providers/kubernetes.ts";
import { listAt, textAt } from "./providers/kubernetes/objects.ts";
import { buildTrial, type Builder, type Trial, type TrialProgram } from "./testing/trial.ts";
import type { Properties } from "./values.ts";

const namespace = "engine-test";
/** Seconds until it is called not ready: time enough for the controllers to have said why, on a busy machine, too. */
const patience = 15;
const tolerations = [{ key: "kubernetes.azure.com/scalesetpriority", operator: "Exists" }];

const add = (
  build: Builder,
  apiVersion: string,
  kind: string,
  name: string,
  rest: Properties,
  options = {},
  timeoutSeconds?: number,
) => {
  const namespaced = kind !== "Namespace" && kind !== "CustomResourceDefinition";
  const annotations = timeoutSeconds && { "pulumi.com/timeoutSeconds": String(timeoutSeconds) };
  const metadata = { name, ...(namespaced && { namespace }), ...(annotations && { annotations }) };
  const type = `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`;
  return build.thing(`${kind}-${name}`, { apiVersion, kind, metadata, ...rest }, { type, ...options });
};

const deploymentSpec = ({ image = "example.com/web:1", app = "web", podSpec = {} } = {}): Properties => ({
  selector: { matchLabels: { app } },
  template: {
    metadata: { labels: { app } },
    spec: {
      containers: [{ name: "web", image, resources: { requests: { cpu: "0.1", memory: "64Mi" } } }],
      terminationGracePeriodSeconds: 1,
      ...podSpec,
    },
  },
});

/** One of everything that is awaited or spelled differently by the server, and a custom object of a kind of its own. */
const program =
  (spec = deploymentSpec(), options = {}, timeoutSeconds?: number): TrialProgram =>
  async (build) => {
    const home = await add(build, "v1", "Namespace", namespace, {});
    const on = { dependencies: [home.urn] };
    const crd = add(build, "apiextensions.k8s.io/v1", "CustomResourceDefinition", "gadgets.engine.test", {
      spec: {
        group: "engine.test",
        scope: "Namespaced",
        names: { plural: "gadgets", singular: "gadget", kind: "Gadget" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
              },
            },
          },
        ],
      },
    });
    await Promise.all([
      add(build, "v1", "ConfigMap", "settings", { data: { a: "1" }, binaryData: { b: "aGk=" } }, on),
      add(build, "v1", "Secret", "login", { stringData: { password: "correct-horse-battery" } }, on),
      add(build, "v1", "Service", "web", { spec: { selector: { app: "web" }, ports: [{ port: 80 }] } }, on),
      add(build, "apps/v1", "Deployment", "web", { spec }, { ...on, ...options }, timeoutSeconds),
      add(
        build,
        "batch/v1",
        "Job",
        "once",
        {
          spec: {
            template: {
              spec: { restartPolicy: "Never", containers: [{ name: "a", image: "example.com/a" }] },
            },
          },
        },
        on,
      ),
      crd.then(({ urn }) =>
        add(
          build,
          "engine.test/v1",
          "Gadget",
          "one",
          { spec: { size: 3 } },
          { dependencies: [home.urn, urn] },
        ),
      ),
    ]);
  };

describe("Kubernetes provider on a real control plane", () => {
  let folder: string;
  let config: KubeConfig;
  let api: KubeApi;
  let trial: Trial;
  const local = (command: string) =>
    promisify(execFile)(process.execPath, [join(projectRoot, "scripts/local/main.ts"), command], {
      env: { ...process.env, SPOT_BALANCER_STATE: join(folder, "state") },
    });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "engine-cluster-"));
    await local("up");
    const kubeconfig = join(folder, "state", "kubeconfig");
    config = loadKubeConfig(kubeconfig);
    api = openApi(config);
    trial = buildTrial({
      packages: { kubernetes: kubernetesPackage() },
      config: { "kubernetes:kubeconfig": kubeconfig },
    });
    const size = { cpu: "4", memory: "8Gi", pods: "110", "ephemeral-storage": "30Gi" };
    await config.makeApiClient(CoreV1Api).createNode({
      body: {
        metadata: { name: "fake", annotations: { "kwok.x-k8s.io/node": "fake" } },
        status: { allocatable: size, capacity: size },
      },
    });
  });
  after(async () => {
    api?.close();
    await local("down").finally(() => rmSync(folder, { recursive: true, force: true }));
    trial.remove();
  });

  const patchDeployment = (body: object, fieldManager: string, strategy: PatchStrategy, force?: boolean) =>
    config
      .makeApiClient(AppsV1Api)
      .patchNamespacedDeployment(
        { name: "web", namespace, body, fieldManager, force },
        setHeaderOptions("Content-Type", strategy),
      );

  it("previews, applies and awaits everything; a second run changes nothing", async () => {
    const preview = await trial.run("preview", program());
    assert.deepEqual(preview.failures, []);
    const { failures, counts } = await trial.run("up", program());
    assert.deepEqual(failures, []);
    assert.deepEqual(counts, { create: 9 });
    const { status } = await config
      .makeApiClient(AppsV1Api)
      .readNamespacedDeployment({ name: "web", namespace });
    assert.equal(status?.availableReplicas, 1);
    assert.ok(!trial.stateText().includes("correct-horse"));
    assert.ok(!trial.stateText().includes(Buffer.from("correct-horse-battery").toString("base64")));

    assert.deepEqual((await trial.run("up", program())).counts, { same: 9 });
    const refreshed = await trial.run("preview", program(), { refresh: true });
    assert.deepEqual([refreshed.failures, refreshed.counts], [[], { same: 9 }]);
  });

  it("does not see what others own beside it: a placement, replicas, annotations", async () => {
    const placement = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace },
      spec: { template: { spec: { tolerations } } },
    };
    await patchDeployment(placement, "spot-balancer", PatchStrategy.ServerSideApply);
    await patchDeployment(
      { spec: { replicas: 3 }, metadata: { annotations: { a: "b" } } },
      "kubectl",
      PatchStrategy.MergePatch,
    );
    const { failures, counts } = await trial.run("preview", program(), { refresh: true });
    assert.deepEqual([failures, counts], [[], { same: 9 }]);

    const { ok } = await trial.run("up", program(deploymentSpec({ image: "example.com/web:2" })), {
      refresh: true,
    });
    assert.ok(ok);
    const { spec } = await config
      .makeApiClient(AppsV1Api)
      .readNamespacedDeployment({ name: "web", namespace });
    assert.equal(spec?.replicas, 3);
    const placed = JSON.parse(JSON.stringify(spec?.template.spec?.tolerations)) as unknown;
    assert.deepEqual(placed, tolerations, "the placement stays through an update");
  });

  it("refuses to set a field of somebody else, and names the owner", async () => {
    const own = program(
      deploymentSpec({
        image: "example.com/web:2",
        podSpec: { tolerations: [{ key: "mine", operator: "Exists" }] },
      }),
    );
    const { failures } = await trial.run("preview", own);
    assert.match(failures.join(), /\.spec\.template\.spec\.tolerations: conflict with "spot-balancer"/);
  });

  it("shows what others changed of its own, and who did it", async () => {
    const image = [
      { op: "replace", path: "/spec/template/spec/containers/0/image", value: "example.com/foreign:9" },
    ];
    await patchDeployment(image, "kubectl-edit", PatchStrategy.JsonPatch);
    const now = program(deploymentSpec({ image: "example.com/web:2" }));
    const { counts, failures } = await trial.run("preview", now, { refresh: true });
    assert.equal(counts.refresh, 1);
    const step = trial.events.find((event) => event.type === "step" && event.op === "refresh");
    assert.match(
      JSON.stringify(step),
      /containers\[0\]\.image","kind":"update","old":"example\.com\/web:2","new":"example\.com\/foreign:9"/,
    );
    assert.match(
      failures.join(),
      /conflict with "kubectl-edit"/,
      "an update would be refused, so the preview says so",
    );
    // Whoever took the field gives it back; then the update goes through.
    await patchDeployment(
      [{ ...image[0], value: "example.com/web:2" }],
      "pulumi-kubernetes",
      PatchStrategy.JsonPatch,
    );
    assert.deepEqual((await trial.run("up", now, { refresh: true })).failures, []);
  });

  it("replaces what cannot be changed, the old one first when it has the name", async () => {
    const { failures, counts } = await trial.run("up", program(deploymentSpec({ app: "web2" })));
    assert.deepEqual([failures, counts], [[], { same: 8, replace: 1 }]);
    const { spec } = await config
      .makeApiClient(AppsV1Api)
      .readNamespacedDeployment({ name: "web", namespace });
    assert.deepEqual(spec?.selector.matchLabels, { app: "web2" });
  });

  it("says why something does not become ready, records it, and takes it up again", async () => {
    const lost = program(
      deploymentSpec({ app: "web2", podSpec: { nodeSelector: { no: "where" } } }),
      {},
      patience,
    );
    const { failures } = await trial.run("up", lost);
    assert.match(
      failures.join(),
      new RegExp(`not ready after ${patience} s: 0 of 1 replicas are new|1 old replicas are still there`),
    );
    assert.match(
      failures.join(),
      /Pod engine-test\/web-[\w-]+: Unschedulable: 0\/\d nodes? (is|are) available/,
    );
    assert.deepEqual((await trial.run("up", program(deploymentSpec({ app: "web2" })))).failures, []);
  });

  it("explains a quota that forbids the pods", async () => {
    const limited: TrialProgram = async (build) => {
      await program(deploymentSpec({ app: "web2" }))(build);
      await add(build, "v1", "ResourceQuota", "none", { spec: { hard: { pods: "0" } } });
    };
    assert.deepEqual((await trial.run("up", limited)).failures, []);
    // It forbids nothing before its controller has seen it.
    const hard = async () =>
      textAt(
        await api.request("GET", `/api/v1/namespaces/${namespace}/resourcequotas/none`),
        ...["status", "hard", "pods"],
      );
    await waitFor(hard, { what: "the quota's status", timeoutMs: 120_000 });
    const { failures } = await trial.run("up", async (build) => {
      await limited(build);
      await add(
        build,
        "apps/v1",
        "Deployment",
        "late",
        { spec: deploymentSpec({ app: "late" }) },
        {},
        patience,
      );
    });
    assert.match(
      failures.join(),
      new RegExp(`Deployment-late: not ready after ${patience} s: 0 of 1 replicas are new\n.*is forbidden: exceeded quota: none`), // prettier-ignore
    );
  });

  it("destroys everything, waits until it is gone, and can begin anew", async () => {
    const { failures } = await trial.run("destroy");
    assert.deepEqual(failures, []);
    const left = listAt(await api.request("GET", "/api/v1/namespaces"), "items").map((item) =>
      textAt(item, "metadata", "name"),
    );
    assert.ok(!left.includes(namespace), left.join());
    // The API server lets go of the group a moment after its definition is gone.
    await eventually(() => assert.rejects(api.request("GET", "/apis/engine.test/v1"), /404|not found/));
    assert.deepEqual((await trial.run("up", program())).failures, []);
    assert.deepEqual((await trial.run("destroy")).failures, []);
  });
});
