// The deploy stack in operation: it comes up without a restart, lets requests through as its weights say, is left alone
// by a second `up` and by what balancer and autoscalers do, changes what was changed and nothing else, and goes whole.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CoreV1Api, type V1Pod } from "@kubernetes/client-node";
import { buildSample } from "../../k8s/backend/testing/samples.ts";
import { createAuthority, issueCertificate } from "./controlPlane/certificates.ts";
import type { Environment } from "./environment.ts";
import { waitFor } from "./kube.ts";
import { localSamplesToken } from "./samplesToken.ts";
import { viewCluster } from "./scenario/clusterView.ts";
import { requestRound } from "./scenario/rounds.ts";
import { inOrder } from "./testing/inOrder.ts";
import { listObjects } from "./testing/inventory.ts";
import { askPrometheus } from "./testing/monitoring.ts";
import { StackTrial } from "./testing/stackTrial.ts";
import { askApi, askHost, assertShare } from "./testing/traffic.ts";

const requests = 1000;

const isReady = ({ status }: V1Pod): boolean =>
  status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;

describe("the deploy stack", function () {
  inOrder(this);
  const trial = new StackTrial();
  const { project, environment } = trial;
  const up = () => trial.up("deploy-local");
  const configure = (key: string, value: unknown) => project.configure("deploy-local", key, value);
  let emptyCluster: string[];
  let url: string;
  let started: Environment;

  before(async () => {
    // Rounds come when they are asked for, and this workload is so busy that its autoscaler takes it to its maximum.
    configure("balancerSchedule", "0 0 1 1 *");
    configure("demoLoad.accounts.cpu", "900m");
    project.configure("base-local", "publicPorts", [80, 443]);
    started = await environment.up();
    for (const stack of ["base-local", "db-local"]) await trial.up(stack);
    emptyCluster = await listObjects(trial.config);
  });
  after(() => trial.remove());

  it("comes up with every pod ready, and none restarted", async () => {
    url = (await up()).outputs["frontendUrl"] ?? "";
    const pods = await waitFor(
      async () => {
        const pods = await trial.lastingPods();
        return pods.every((pod) => isReady(pod) || pod.metadata?.namespace === "placeholder") && pods;
      },
      { what: "all pods to be ready", timeoutMs: 60_000 },
    );
    const restarted = pods.filter(({ status }) =>
      status?.containerStatuses?.some(({ restartCount }) => restartCount > 0),
    );
    assert.deepEqual(
      restarted.map(({ metadata }) => metadata?.name),
      [],
    );
  });

  it("leads to the page, and to the API's variants half and half", async () => {
    assert.match(url, /^http:\/\/127\./);
    const page = await fetch(url);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<title>/);
    const { a = 0, b = 0 } = await askApi(url, requests);
    assert.equal(a + b, requests);
    assertShare(a, requests, 0.5);
  });

  it("stores the samples of whoever has the token of its Secret, and of nobody else", async () => {
    const token = await localSamplesToken(started, new URL(url));
    assert.ok(token, "Secret backend-samples has one");
    const machine = "from-outside";
    const post = async (authorization?: string) => {
      const headers = { "content-type": "application/json", ...(authorization && { authorization }) };
      const body = JSON.stringify(buildSample({ machine }));
      return (await fetch(new URL("/api/samples", url), { method: "POST", headers, body })).status;
    };
    assert.deepEqual([await post(), await post(`Bearer ${token}x`)], [401, 401]);
    assert.equal(await post(`Bearer ${token}`), 200);
    const latest = await waitFor(
      async () => {
        const answer = await fetch(new URL(`/api/samples/latest?machine=${machine}`, url));
        return answer.ok && ((await answer.json()) as { machine: string });
      },
      { what: "the sample to be stored", timeoutMs: 30_000 },
    );
    assert.equal(latest.machine, machine);
  });

  it("is measured by the names that its alerts and its README use", async () => {
    const files = ["k8s/prometheus/rules/application.rules.yml", "k8s/gateway/README.md"];
    const texts = files.map((file) => readFileSync(join(project.root, file), "utf8"));
    const names = new Set(texts.join().match(/\btraefik_[a-z_]+/g));
    assert.ok(names.size > 4);
    const proxies = (await trial.lastingPods()).filter(({ metadata }) => metadata?.namespace === "gateway");
    const answers = await Promise.all(
      proxies.map(({ status }) => fetch(`http://${status?.podIP}:9464/metrics`)),
    );
    const metrics = (await Promise.all(answers.map((answer) => answer.text()))).join("");
    for (const name of names) assert.match(metrics, new RegExp(`^${name}[{ ]`, "m"));
    assert.match(metrics, /^traefik_entrypoint_requests_total\{code="200",entrypoint="web",/m);
    const asked = encodeURIComponent('up{namespace="gateway", app="gateway"} == 1');
    await waitFor(
      async () => (await askPrometheus(environment.state, `query?query=${asked}`)).result.length === 2,
      {
        what: "Prometheus to have read both proxies",
        timeoutMs: 60_000,
      },
    );
  });

  it("is not changed by a second up", async () => {
    const { counts } = await up();
    assert.deepEqual(Object.keys(counts).sort(), ["read", "same"]);
  });

  it("shows no drift after moves and scaling", async () => {
    const view = viewCluster(trial.config);
    await waitFor(
      async () => {
        await requestRound(trial.config, Date.now());
        const moved = await view.pods("demo", "nginx-demo");
        return moved.length > 0 && moved.every(({ priority, ready }) => priority === "spot" && ready);
      },
      { what: "nginx-demo to be moved to spot", timeoutMs: 240_000, intervalMs: 1_000 },
    );
    await waitFor(async () => (await view.replicas("banking", "accounts")) === 4, {
      what: "accounts to be scaled to 4",
      timeoutMs: 180_000,
      intervalMs: 1_000,
    });
    await trial.assertUnchanged("deploy-local");
    await trial.assertUnchanged("deploy-local", "--refresh");
  });

  it("rolls a workload whose image changes, and no other", async () => {
    const known = await trial.replicaSets();
    project.edit("k8s/statements/deployment.yaml", "docker.io/library/node:", "mirror.example/library/node:");
    assert.equal((await up()).counts["update"], 1);
    const added = (await trial.replicaSets()).filter((name) => !known.includes(name));
    assert.equal(added.length, 1, added.join());
    assert.match(added[0] ?? "", /^banking\/statements-/);
  });

  it("splits by the weights of its configuration", async () => {
    configure("gateway.weights", { a: 9, b: 1 });
    assert.equal((await up()).counts["update"], 1);
    // The gateway learns of it a moment after the route has changed.
    await waitFor(async () => ((await askApi(url, 100))["b"] ?? 0) < 25, {
      what: "the gateway to follow its route",
      timeoutMs: 30_000,
    });
    const { b = 0 } = await askApi(url, requests);
    assertShare(b, requests, 0.1);
  });

  it("answers by HTTPS alone once it has a host, with the certificate that lies there", async () => {
    const host = "app.example.com";
    const [now, core] = [new Date(), trial.config.makeApiClient(CoreV1Api)];
    const authority = await createAuthority("trial", now);
    const pair = await issueCertificate(authority, { commonName: host, alternativeNames: [host] }, now);
    await core.createNamespacedSecret({
      namespace: "gateway",
      body: {
        metadata: { name: "gateway-tls" },
        type: "kubernetes.io/tls",
        stringData: { "tls.crt": pair.certificate, "tls.key": pair.privateKey },
      },
    });
    configure("gateway.host", host);
    assert.equal((await up()).outputs["frontendUrl"], `https://${host}`);

    const service = await core.readNamespacedService({ namespace: "gateway", name: "gateway" });
    const [ingress] = service.status?.loadBalancer?.ingress ?? [];
    const [http, https] = (ingress?.ports ?? []).map(({ port }) => ({
      address: ingress?.ip ?? "",
      port,
      host,
    }));
    assert.ok(http && https);
    await waitFor(
      async () => (await askHost({ ...https, authority: authority.certificate })).status === 200,
      {
        what: "an answer by HTTPS",
        timeoutMs: 30_000,
      },
    );
    const { status, location } = await askHost(http);
    assert.deepEqual([status, location], [301, `https://${host}/api/info`]);
  });

  it("leaves no object behind when it is destroyed", async () => {
    const { code, output } = await environment.run("destroy", "deploy-local", "--yes");
    assert.equal(code, 0, output);
    // What the objects owned is collected a moment later.
    await waitFor(async () => (await listObjects(trial.config)).length === emptyCluster.length, {
      what: "the last objects to go",
      timeoutMs: 30_000,
    }).catch(() => undefined);
    assert.deepEqual(await listObjects(trial.config), emptyCluster);
  });

  it("comes up again after that", async () => {
    configure("gateway.host", undefined); // no name server knows it
    const { outputs } = await up();
    const response = await fetch(`${outputs["frontendUrl"]}/api/info`);
    assert.equal(response.status, 200);
  });
});
