// The deploy stack in operation: it is left alone by what balancer and autoscalers do, changes what was changed and nothing
// else, and comes up again.
// Nightly: one `up` after the other; that it comes up, is unchanged and goes whole is seen by operation.cluster.test.ts.
import assert from "node:assert/strict";
import { CoreV1Api } from "@kubernetes/client-node";
import { createAuthority, issueCertificate } from "./controlPlane/certificates.ts";
import { waitFor } from "./waitFor.ts";
import { viewCluster } from "./scenario/clusterView.ts";
import { requestRound } from "./scenario/rounds.ts";
import { inOrder } from "./testing/inOrder.ts";
import { StackTrial } from "./testing/stackTrial.ts";
import { askApi, askHost, assertShare } from "./testing/traffic.ts";

const requests = 1000;

describe("the deploy stack, changed", function () {
  inOrder(this);
  const trial = new StackTrial();
  const { project, environment } = trial;
  const up = () => trial.up("deploy-local");
  const configure = (key: string, value: unknown) => project.configure("deploy-local", key, value);
  let url: string;

  before(async () => {
    // Rounds come when they are asked for, and this workload is so busy that its autoscaler takes it to its maximum.
    configure("balancerSchedule", "0 0 1 1 *");
    configure("demoLoad.accounts.cpu", "900m");
    project.configure("base-local", "publicPorts", [80, 443]);
    await environment.up();
    for (const stack of ["base-local", "db-local"]) await trial.up(stack);
    url = (await up()).outputs["frontendUrl"] ?? "";
  });
  after(() => trial.remove());

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

  it("comes up again after it was destroyed", async () => {
    const { code, output } = await environment.run("destroy", "deploy-local", "--yes");
    assert.equal(code, 0, output);
    configure("gateway.host", undefined); // no name server knows it
    const { outputs } = await up();
    const response = await fetch(`${outputs["frontendUrl"]}/api/info`);
    assert.equal(response.status, 200);
  });
});
