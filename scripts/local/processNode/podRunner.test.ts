import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { V1ContainerStatus, V1Pod, V1PodSpec } from "@kubernetes/client-node";
import { waitFor } from "../waitFor.ts";
import { LoopbackAddresses } from "./loopback.ts";
import type { NodeContext } from "./nodeContext.ts";
import { PodRunner } from "./podRunner.ts";
import { buildContainer, buildPod, buildScript, executables } from "./testing/build.ts";
import { FakeApi } from "./testing/fakeApi.ts";

describe("a pod's life on the process node", () => {
  let rootDir: string;
  let api: FakeApi;
  let events: string[];
  let runners: PodRunner[];
  beforeEach(async () => {
    rootDir = await mkdtemp(join(tmpdir(), "pods-"));
    api = new FakeApi();
    events = [];
    runners = [];
  });
  afterEach(async () => {
    await Promise.all(runners.map((runner) => runner.terminate(0)));
    for (const runner of runners) runner.release();
    await rm(rootDir, { recursive: true });
  });

  function run(spec: Partial<V1PodSpec>, change: Partial<V1Pod> = {}, programs = executables): PodRunner {
    const context: NodeContext = {
      api,
      nodeName: "node-0",
      hostIP: "127.90.0.1",
      executables: programs,
      rootDir,
      runDir: join(rootDir, "run"),
      addresses: new LoopbackAddresses(),
      openService: () => Promise.resolve("127.0.0.1:6443"),
      event: (_, __, reason, message) => events.push(`${reason}: ${message}`),
      log: (line) => events.push(`log: ${line}`),
      timings: {
        backoff: { initialMs: 20, maxMs: 40, resetAfterMs: 60_000 },
        configRetryMs: 10,
        refreshMs: 20,
      },
    };
    const runner = new PodRunner(context, { ...buildPod(spec), ...change });
    runners.push(runner);
    return runner;
  }
  const container = (name = "main"): V1ContainerStatus | undefined =>
    api.status?.containerStatuses?.find((one) => one.name === name);
  const reach = (what: string, test: () => boolean | undefined) =>
    waitFor(test, { what, timeoutMs: 50_000, intervalMs: 10 });
  const phase = (wanted: string) => reach(`phase ${wanted}`, () => api.status?.phase === wanted);
  const sleeper = "setInterval(() => {}, 1e6)";

  it("runs containers to their exit codes", async () => {
    const tell = (name: string) => buildScript(`require("fs").appendFileSync("/shared/order", "${name} ")`, { name, volumeMounts: [{ name: "shared", mountPath: "/shared" }] }); // prettier-ignore
    const runner = run({
      restartPolicy: "Never",
      volumes: [{ name: "shared", emptyDir: {} }],
      containers: [tell("works"), buildScript("process.exit(3)", { name: "fails" })],
    });
    await phase("Failed");
    const folder = join(rootDir, "demo_pod_11111111-2222-3333-4444-555555555555");
    assert.equal(await readFile(join(folder, "volumes/shared/order"), "utf8"), "works ");
    assert.deepEqual(
      ["works", "fails"].map((name) => container(name)?.state?.terminated?.exitCode),
      [0, 3],
    );
    assert.deepEqual(
      ["works", "fails"].map((name) => container(name)?.state?.terminated?.reason),
      ["Completed", "Error"],
    );
    assert.deepEqual(runner.processes, []);
  });

  it("restarts with back-off, remembering the state and the log before", async () => {
    run({ restartPolicy: "OnFailure", containers: [buildScript(`
      const fs = require("fs");
      const runs = fs.existsSync("runs") ? fs.readFileSync("runs", "utf8") + "x" : "x";
      fs.writeFileSync("runs", runs);
      console.log("run", runs.length);
      process.exit(runs.length < 3 ? 5 : 0);`)] }); // prettier-ignore
    await phase("Succeeded");
    assert.deepEqual([container()?.restartCount, container()?.lastState?.terminated?.exitCode], [2, 5]);
    assert.equal(
      events.filter((event) => event.startsWith("BackOff")).length,
      1,
      "the first restart is immediate",
    );
    const folder = join(rootDir, "demo_pod_11111111-2222-3333-4444-555555555555");
    assert.equal(await readFile(join(folder, "main.log"), "utf8"), "run 3\n");
    assert.equal(await readFile(join(folder, "main.previous.log"), "utf8"), "run 2\n");
  });

  it("waits for what its manifest names, saying what is missing, and starts when it is there", async () => {
    run({
      restartPolicy: "Never",
      containers: [
        buildScript("console.log(process.env.A); process.exit(process.env.A === 'now' ? 0 : 1)", {
          env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "late", key: "a" } } }],
        }),
      ],
    });
    await reach("the problem", () => container()?.state?.waiting?.reason === "CreateContainerConfigError");
    assert.equal(container()?.state?.waiting?.message, 'A: no key "a" in ConfigMap "late"');
    assert.deepEqual(events, ['Failed: A: no key "a" in ConfigMap "late"']);
    api.objects.set("/api/v1/namespaces/demo/configmaps/late", { data: { a: "now" } });
    await phase("Succeeded");
  });

  it("follows a ConfigMap that changes", async () => {
    const path = "/api/v1/namespaces/demo/configmaps/settings";
    api.objects.set(path, { data: { a: "one" } });
    run({
      restartPolicy: "Never",
      volumes: [{ name: "settings", configMap: { name: "settings" } }],
      containers: [
        buildScript(
          'const t = setInterval(() => { if (require("fs").readFileSync("/etc/s/a", "utf8") === "two") { clearInterval(t); } }, 5)',
          { volumeMounts: [{ name: "settings", mountPath: "/etc/s" }] },
        ),
      ],
    });
    await phase("Running");
    api.objects.set(path, { data: { a: "two" } });
    await phase("Succeeded");
  });

  it("refuses a pod it cannot run, in its status and by an Event, and starts nothing", async () => {
    const containers = [buildScript("1"), buildContainer({ name: "web", image: "nginx" })];
    const runner = run({ containers });
    await reach("the refusal", () => container("web")?.state?.waiting?.reason === "ErrImageNeverPull");
    assert.match(container("main")?.state?.waiting?.message ?? "", /no local program plays nginx/);
    assert.match(events.join(), /ErrImageNeverPull: .*nginx/);
    assert.deepEqual([api.status?.phase, runner.processes], ["Pending", []]);
  });

  it("starts a refused pod once the program that it lacks has come", async () => {
    const programs: Record<string, string> = { ...executables };
    run(
      { restartPolicy: "Never", containers: [buildContainer({ image: "late", args: ["-e", "1"] })] },
      {},
      programs,
    );
    await reach("the refusal", () => container()?.state?.waiting?.reason === "ErrImageNeverPull");
    programs["late"] = process.execPath;
    await phase("Succeeded");
  });

  it("refuses a command that this machine has no program for", async () => {
    run({ containers: [buildContainer({ command: ["sh", "-c", "true"] })] });
    await reach("the refusal", () => container()?.state?.waiting?.reason === "CreateContainerConfigError");
    assert.match(container()?.state?.waiting?.message ?? "", /command "sh" is neither/);
  });

  it("is ready when its readiness probe says so, and is restarted when its liveness probe does not", async () => {
    const get = (port: number) => ({
      httpGet: { port },
      periodSeconds: 0.05,
      timeoutSeconds: 5,
      failureThreshold: 1,
    });
    const port = 18080;
    const script = `const ready = Date.now() + 200;
      require("http").createServer((_, response) => response.writeHead(Date.now() < ready ? 503 : 200).end())
        .listen(${port}, process.env.POD_IP)`;
    const env = [{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }];
    const runner = run({
      containers: [
        buildScript(script, { env, readinessProbe: get(port) }),
        buildScript(sleeper, { name: "dies", livenessProbe: { ...get(port + 1), terminationGracePeriodSeconds: 1 } }), // prettier-ignore
      ],
    });
    await reach("a start without readiness", () => container()?.state?.running && !container()?.ready);
    await reach("readiness", () => container()?.ready && container()?.restartCount === 0);
    await reach("a restart", () => (container("dies")?.restartCount ?? 0) > 0);
    assert.match(events.join("\n"), /Unhealthy: liveness probe of dies failed[^]*Killing: Container dies/);
    assert.ok(runner.processes.some((one) => one.container.name === "main"));
  });

  it("is terminated with grace, reported, and only then removed", async () => {
    const runner = run({
      containers: [
        buildScript(`process.on("SIGTERM", () => process.exit(0)); console.log("up"); ${sleeper}`),
      ],
    });
    await phase("Running");
    const log = runner.logFile("main");
    await waitFor(async () => (await readFile(log, "utf8")) === "up\n", {
      what: "its output",
      timeoutMs: 50_000,
    });
    await runner.terminate(20);
    await runner.confirmDeletion();
    assert.deepEqual([api.status?.phase, container()?.state?.terminated?.exitCode], ["Succeeded", 0]);
    const { method, body } = api.requests.at(-1) ?? {};
    assert.deepEqual([method, (body as { gracePeriodSeconds: number }).gracePeriodSeconds], ["DELETE", 0]);
    assert.deepEqual(await readdir(join(rootDir, "run")), []);
  });

  it("stops waiting at once when it is terminated in back-off", async () => {
    const runner = run({ containers: [buildContainer({ command: ["none"] })] });
    await reach("the wait", () => container()?.state?.waiting !== undefined);
    await runner.terminate(30);
    assert.deepEqual(runner.processes, []);
  });

  it("goes on after the node was restarted: what ran is restarted by policy, what was done stays done", async () => {
    const done = { terminated: { exitCode: 0, reason: "Completed" } };
    const lost = { running: { startedAt: new Date() } };
    const status = (name: string, state: object) => ({
      name,
      image: "",
      imageID: "",
      ready: true,
      restartCount: 1,
      state,
    });
    run(
      {
        restartPolicy: "OnFailure",
        containers: [buildScript("process.exit(1)", { name: "done" }), buildScript("", { name: "lost" })],
      },
      { status: { phase: "Running", containerStatuses: [status("done", done), status("lost", lost)] } },
    );
    await phase("Succeeded");
    assert.deepEqual([container("done")?.restartCount, container("lost")?.restartCount], [1, 2]);
    assert.equal(container("lost")?.lastState?.terminated?.reason, "ContainerStatusUnknown");
  });

  it("leaves a finished pod alone", async () => {
    const runner = run({ containers: [buildScript("process.exit(1)")] }, { status: { phase: "Succeeded" } });
    await runner.terminate(0);
    assert.deepEqual(api.requests, []);
  });
});
