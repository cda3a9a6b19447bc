// The deploy stack in operation: it comes up without a restart, lets requests through, is left alone by a second `up`, is
// seen in a browser, and goes whole. What changes it, and what does not: operation.nightly.test.ts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { V1Pod } from "@kubernetes/client-node";
import { buildSample } from "../../k8s/backend/testing/samples.ts";
import type { Environment } from "./environment.ts";
import { waitFor } from "./waitFor.ts";
import { inBrowser } from "./page/testing/inBrowser.ts";
import { localSamplesToken } from "./samplesToken.ts";
import { eventually } from "./testing/eventually.ts";
import { inOrder } from "./testing/inOrder.ts";
import { listObjects } from "./testing/inventory.ts";
import { askPrometheus } from "./testing/monitoring.ts";
import { StackTrial } from "./testing/stackTrial.ts";
import { askApi, assertShare } from "./testing/traffic.ts";

const requests = 1000;

const isReady = ({ status }: V1Pod): boolean =>
  status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;

describe("the deploy stack", function () {
  const trial = new StackTrial();
  const { project, environment } = trial;
  const up = () => trial.up("deploy-local");
  let emptyCluster: string[];
  let url: string;
  let started: Environment;

  before(async () => {
    project.configure("deploy-local", "balancerSchedule", "0 0 1 1 *"); // rounds come when they are asked for
    started = await environment.up();
    for (const stack of ["base-local", "db-local"]) await trial.up(stack);
    emptyCluster = await listObjects(trial.config);
  });
  after(() => trial.remove());

  describe("in operation", function () {
    inOrder(this);

    it("comes up with every pod ready, and none restarted", async () => {
      url = (await up()).outputs["frontendUrl"] ?? "";
      const pods = await waitFor(
        async () => {
          const pods = await trial.lastingPods();
          return pods.every((pod) => isReady(pod) || pod.metadata?.namespace === "placeholder") && pods;
        },
        { what: "all pods to be ready", timeoutMs: 300_000 },
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
        { what: "the sample to be stored", timeoutMs: 120_000 },
      );
      assert.equal(latest.machine, machine);
    });

    it("is measured by the names that its alerts and its README use", async () => {
      const files = ["k8s/prometheus/rules/application.rules.yml", "k8s/gateway/README.md"];
      const texts = files.map((file) => readFileSync(join(project.root, file), "utf8"));
      const names = new Set(texts.join().match(/\btraefik_[a-z_]+/g));
      assert.ok(names.size > 4);
      const proxies = (await trial.lastingPods()).filter(({ metadata }) => metadata?.namespace === "gateway");
      await eventually(async () => {
        const answers = await Promise.all(
          proxies.map(({ status }) => fetch(`http://${status?.podIP}:9464/metrics`)),
        );
        const metrics = (await Promise.all(answers.map((answer) => answer.text()))).join("");
        for (const name of names) assert.match(metrics, new RegExp(`^${name}[{ ]`, "m"));
        assert.match(metrics, /^traefik_entrypoint_requests_total\{code="200",entrypoint="web",/m);
      });
      const asked = encodeURIComponent('up{namespace="gateway", app="gateway"} == 1');
      await waitFor(
        async () => (await askPrometheus(environment.state, `query?query=${asked}`)).result.length === 2,
        { what: "Prometheus to have read both proxies", timeoutMs: 300_000 },
      );
    });

    it("is not changed by a second up", async () => {
      const { counts } = await up();
      assert.deepEqual(Object.keys(counts).sort(), ["read", "same"]);
    });
  });

  describe("in a browser", () => inBrowser(() => started));

  describe("destroyed", () => {
    it("leaves no object behind when it is destroyed", async () => {
      const { code, output } = await environment.run("destroy", "deploy-local", "--yes");
      assert.equal(code, 0, output);
      // What the objects owned is collected a moment later.
      await eventually(async () => assert.deepEqual(await listObjects(trial.config), emptyCluster));
    });
  });
});
