// The process node on the real control plane: what Kubernetes' own controllers, RBAC and metrics-server make of it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  AuthorizationV1Api,
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubernetesObjectApi,
  type KubernetesObject,
  type V1Pod,
  type V1PodSpec,
} from "@kubernetes/client-node";
import { projectRoot } from "../environment.ts";
import { isNotFound, loadKubeConfig, orMissing, waitFor } from "../kube.ts";
import type { ProcessNode } from "../processNode.ts";
import { startOwnNode } from "./testing/ownNode.ts";
import { buildContainer, buildScript } from "./testing/build.ts";

const namespace = "process-node";
const nodeName = "process-node-0";
const forever = "setInterval(() => {}, 1e6)";

describe("process node on a real control plane", () => {
  let root: string;
  let node: ProcessNode;
  let core: CoreV1Api;
  let objects: KubernetesObjectApi;
  const local = (command: string) =>
    promisify(execFile)(process.execPath, [join(projectRoot, "scripts/local/main.ts"), command], {
      env: { ...process.env, SPOT_BALANCER_STATE: join(root, "state") },
    });
  const kubeconfig = () => join(root, "state", "kubeconfig");
  const rootDir = () => join(root, "node");
  const startNode = () =>
    startOwnNode({
      name: nodeName,
      taints: [{ key: "CriticalAddonsOnly", value: "true", effect: "NoSchedule" }],
      kubeconfig: kubeconfig(),
      rootDir: rootDir(),
      executables: { node: process.execPath },
      timings: { backoff: { initialMs: 100, maxMs: 1000, resetAfterMs: 60_000 }, configRetryMs: 200 },
      log: () => undefined,
    });

  before(async () => {
    root = await mkdtemp(join(tmpdir(), "process-node-"));
    await local("up");
    const config = loadKubeConfig(kubeconfig());
    core = config.makeApiClient(CoreV1Api);
    objects = KubernetesObjectApi.makeApiClient(config);
    node = await startNode();
    await core.createNamespace({ body: { metadata: { name: namespace } } });
    await waitFor(() => orMissing(core.readNamespacedServiceAccount({ namespace, name: "default" })), {
      what: "the default ServiceAccount",
      timeoutMs: 120_000,
    });
  });
  after(async () => {
    await node?.stop();
    await local("down");
    await rm(root, { recursive: true });
  });

  const create = (...list: KubernetesObject[]) =>
    Promise.all(list.map((one) => objects.create({ ...one, metadata: { namespace, ...one.metadata } })));
  const template = (spec: Partial<V1PodSpec>, labels: Record<string, string> = {}) => ({
    metadata: { labels },
    spec: {
      containers: [buildContainer()],
      tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }],
      terminationGracePeriodSeconds: 5,
      ...spec,
    },
  });
  const pod = (name: string, spec: Partial<V1PodSpec>): KubernetesObject => {
    const { spec: filled, metadata } = template(spec, { app: name });
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, ...metadata },
      spec: filled,
    } as KubernetesObject;
  };
  const job = (name: string, script: string, spec: Partial<V1PodSpec> = {}): KubernetesObject =>
    ({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name },
      spec: {
        backoffLimit: 0,
        template: template({ restartPolicy: "Never", containers: [buildScript(script)], ...spec }),
      },
    }) as KubernetesObject;
  const pods = async (labelSelector: string): Promise<V1Pod[]> =>
    (await core.listNamespacedPod({ namespace, labelSelector })).items;
  const reach = <T>(what: string, ask: () => Promise<T | undefined | false>, timeoutMs = 120_000) =>
    waitFor(ask, { what, timeoutMs });
  const jobCondition = (name: string) =>
    reach(`the end of job ${name}`, async () => {
      const batch = loadKubeConfig(kubeconfig()).makeApiClient(BatchV1Api);
      const { status } = await batch.readNamespacedJob({ namespace, name });
      return status?.conditions?.find(
        (one) => one.status === "True" && ["Complete", "Failed"].includes(one.type),
      )?.type;
    });

  it("is a ready node that only tolerating pods are placed on", async () => {
    const ready = await reach("the node's readiness", async () => {
      const found = await core.readNode({ name: nodeName });
      return found.spec?.taints?.every(({ key }) => key === "CriticalAddonsOnly") && found;
    });
    assert.equal(ready.status?.conditions?.find(({ type }) => type === "Ready")?.status, "True");
    assert.equal(ready.metadata?.annotations?.["kwok.x-k8s.io/node"], undefined);
  });

  it("runs a Job with its own ServiceAccount: what RBAC allows works, and nothing else", async () => {
    await create(
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "reader" } },
      { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "reader" }, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }] } as KubernetesObject,
      { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: { name: "reader" }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" }, subjects: [{ kind: "ServiceAccount", name: "reader", namespace }] } as KubernetesObject,
    ); // prettier-ignore
    const resourceAttributes = { namespace, verb: "list", resource: "pods" };
    const review = { spec: { user: `system:serviceaccount:${namespace}:reader`, resourceAttributes } };
    const rights = loadKubeConfig(kubeconfig()).makeApiClient(AuthorizationV1Api);
    await reach("the API server to know of the right", async () =>
      (await rights.createSubjectAccessReview({ body: review })).status?.allowed); // prettier-ignore
    await create(
      job(
        "reads",
        `const fs = require("fs"), folder = "/var/run/secrets/kubernetes.io/serviceaccount/";
         const ca = fs.readFileSync(folder + "ca.crt"), token = fs.readFileSync(folder + "token", "utf8");
         const get = (path) => new Promise((resolve, reject) => require("https").get("https://kubernetes.default.svc" + path,
           { ca, headers: { Authorization: "Bearer " + token } }, (answer) => { answer.resume(); resolve(answer.statusCode); }).on("error", reject));
         const base = "/api/v1/namespaces/${namespace}/";
         Promise.all([get(base + "pods"), get(base + "secrets"), get("/api/v1/nodes")]).then((codes) => console.log(codes.join()));`,
        { serviceAccountName: "reader" },
      ),
    );
    assert.equal(await jobCondition("reads"), "Complete");
    const [ran] = await pods("job-name=reads");
    const log = await core.readNamespacedPodLog({ namespace, name: ran?.metadata?.name ?? "" });
    assert.equal(log, "200,403,403\n");
  });

  it("fails a Job whose process fails, with its exit code", async () => {
    const containers = [buildScript("console.error('no luck'); process.exit(3)")];
    await create(job("fails", "", { containers }));
    assert.equal(await jobCondition("fails"), "Failed");
    const [failed] = await pods("job-name=fails");
    const { exitCode, reason } = failed?.status?.containerStatuses?.[0]?.state?.terminated ?? {};
    assert.deepEqual([exitCode, reason], [3, "Error"]);
    const log = await core.readNamespacedPodLog({ namespace, name: failed?.metadata?.name ?? "" });
    assert.equal(log, "no luck\n");
  });

  it("runs a Deployment: configuration in, readiness out, reached through its Service", async () => {
    const script = `
      const fs = require("fs"), { env } = process;
      require("http").createServer((request, response) => response.end(JSON.stringify({
        pod: env.POD_NAME, greeting: env.GREETING, password: env.PASSWORD,
        file: fs.readFileSync("/etc/web/text", "utf8"), namespace: fs.readFileSync("/etc/all/namespace", "utf8"),
        audience: JSON.parse(Buffer.from(fs.readFileSync("/etc/all/token", "utf8").split(".")[1], "base64url")).aud,
      }))).listen(8080, env.POD_IP);`;
    const container = buildScript(script, {
      ports: [{ name: "http", containerPort: 8080 }],
      readinessProbe: { httpGet: { port: "http", path: "/" }, periodSeconds: 1 },
      env: [
        { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        { name: "GREETING", valueFrom: { configMapKeyRef: { name: "web", key: "greeting" } } },
        { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "web", key: "password" } } },
      ],
      volumeMounts: [{ name: "config", mountPath: "/etc/web" }, { name: "all", mountPath: "/etc/all" }],
    }); // prettier-ignore
    const sources = [
      { serviceAccountToken: { path: "token", audience: "web" } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
    ];
    const volumes = [
      { name: "config", configMap: { name: "web" } },
      { name: "all", projected: { sources } },
    ];
    const labels = { app: "web" };
    await create(
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: { replicas: 2, selector: { matchLabels: labels }, template: template({ containers: [container], volumes }, labels) } } as KubernetesObject,
      { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: labels, ports: [{ port: 8000, targetPort: "http" }] } } as KubernetesObject,
    ); // prettier-ignore
    await reach("word of the missing ConfigMap", async () =>
      (await pods("app=web")).some(({ status }) =>
        /ConfigMap "web" not found/.test(status?.containerStatuses?.[0]?.state?.waiting?.message ?? ""),
      ),
    );
    await create(
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" }, data: { greeting: "hello", text: "see /etc/all/token" } } as KubernetesObject,
      { apiVersion: "v1", kind: "Secret", metadata: { name: "web" }, stringData: { password: "s3cret" } } as KubernetesObject,
    ); // prettier-ignore
    const ready = await reach("two ready pods", async () => {
      const found = await pods("app=web");
      const count = found.filter(({ status }) => status?.conditions?.some((one) => one.type === "Ready" && one.status === "True")); // prettier-ignore
      return count.length === 2 && count;
    });
    const address = await node.serviceAddress(namespace, "web", 8000);
    const answers = await Promise.all(
      Array.from(
        { length: 6 },
        async () => (await (await fetch(`http://${address}/`)).json()) as Record<string, string>,
      ),
    );
    assert.deepEqual(
      [...new Set(answers.map((answer) => answer["pod"]))].sort(),
      ready.map(({ metadata }) => metadata?.name).sort(),
    );
    const { pod: _, file, ...rest } = answers[0] ?? {};
    assert.deepEqual(rest, { greeting: "hello", password: "s3cret", namespace, audience: ["web"] });
    assert.match(file ?? "", /^see .+\/volumes\/all\/token$/);
  });

  it("deletes a pod with grace: SIGTERM, its own end, then the object", async () => {
    await create(pod("graceful", {
      terminationGracePeriodSeconds: 120,
      containers: [buildScript(`process.on("SIGTERM", () => setTimeout(() => process.exit(0), 500)); console.log("up"); ${forever}`)],
    })); // prettier-ignore
    await reach(
      "its output",
      async () => (await core.readNamespacedPodLog({ namespace, name: "graceful" })) === "up\n",
    );
    const begun = Date.now();
    await core.deleteNamespacedPod({ namespace, name: "graceful" });
    await reach("its end", async () => (await orMissing(core.readNamespacedPod({ namespace, name: "graceful" }))) === undefined); // prettier-ignore
    const took = Date.now() - begun;
    assert.ok(took >= 500 && took < 60_000, `it took ${took} ms`);
    const left = await readdir(join(rootDir(), "run"));
    assert.deepEqual(
      left.filter((file) => file.includes("graceful")),
      [],
    );
  });

  it("says of a pod it cannot run why, in its status and by an Event", async () => {
    await create(pod("cannot", {
      containers: [buildContainer({ image: "nginx:1" })],
      volumes: [{ name: "host", nfs: { server: "nowhere", path: "/" } }],
    })); // prettier-ignore
    const waiting = await reach("its refusal", async () => {
      const { status } = await core.readNamespacedPod({ namespace, name: "cannot" });
      return status?.containerStatuses?.[0]?.state?.waiting;
    });
    assert.equal(waiting.reason, "ErrImageNeverPull");
    assert.match(waiting.message ?? "", /no local program plays nginx; .* for node\. not supported: volume host: nfs/); // prettier-ignore
    const fieldSelector = "involvedObject.name=cannot,reason=ErrImageNeverPull";
    await reach("its Event", async () => (await core.listNamespacedEvent({ namespace, fieldSelector })).items.length === 1); // prettier-ignore
  });

  it("restarts what crashes, with back-off", async () => {
    await create(pod("crashes", { containers: [buildScript("process.exit(1)")] }));
    await reach("a third start", async () => {
      const { status } = await core.readNamespacedPod({ namespace, name: "crashes" });
      return (status?.containerStatuses?.[0]?.restartCount ?? 0) >= 2;
    });
    await core.deleteNamespacedPod({ namespace, name: "crashes" });
  });

  it("shows metrics-server the real usage of its processes", async () => {
    await create(pod("busy", { containers: [buildScript("for (;;) ;")] }));
    const custom = loadKubeConfig(kubeconfig()).makeApiClient(CustomObjectsApi);
    const metrics = { group: "metrics.k8s.io", version: "v1beta1" };
    // Its first window may lie almost whole before its start.
    const usage = await reach("the busy pod's usage of at least a hundredth of a core", async () => {
      try {
        const answer: unknown = await custom.getNamespacedCustomObject({ ...metrics, namespace, plural: "pods", name: "busy" }); // prettier-ignore
        const [container] = (answer as { containers: { usage: { cpu: string; memory: string } }[] })
          .containers;
        return container !== undefined && /^\d{8,}n$/.test(container.usage.cpu) && container.usage;
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    });
    assert.match(usage.memory, /^\d{4,}Ki$/);
    await core.deleteNamespacedPod({ namespace, name: "busy" });
  });

  it("comes back after a stop: what ran is restarted, what was deleted meanwhile is gone", async () => {
    await create(
      pod("stays", { containers: [buildScript(forever)] }),
      pod("goes", { containers: [buildScript(forever)] }),
    );
    const running = async (name: string) => {
      const { status } = await core.readNamespacedPod({ namespace, name });
      return status?.containerStatuses?.[0]?.state?.running !== undefined && status.containerStatuses[0];
    };
    await reach("both running", async () => (await running("stays")) && (await running("goes")));
    await node.stop();
    assert.deepEqual(await readdir(join(rootDir(), "run")), [], "no process is left");
    await core.deleteNamespacedPod({ namespace, name: "goes" });
    node = await startNode();
    await reach("the end of the deleted one", async () => (await orMissing(core.readNamespacedPod({ namespace, name: "goes" }))) === undefined); // prettier-ignore
    const status = await reach("the restart of the other", async () => {
      const found = await running("stays");
      return found && found.restartCount === 1 && found;
    });
    assert.equal(status.lastState?.terminated?.reason, "ContainerStatusUnknown");
  });

  it("takes its Node and its pods along when it is removed", async () => {
    await node.stop({ deleteNode: true });
    assert.equal(await orMissing(core.readNode({ name: nodeName })), undefined);
    const bound = await core.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${nodeName}` });
    assert.deepEqual(bound.items.map(({ metadata }) => metadata?.name), []); // prettier-ignore
    assert.deepEqual(await readdir(join(rootDir(), "run")), []);
  });
});
