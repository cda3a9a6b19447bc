import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { entryFile } from "./index.ts";
import { addDemo, addObject, buildApiDeployment, buildApiPod } from "./testing/apiObjects.ts";
import { type FakeApiServer, startApiServer } from "./testing/apiServer.ts";
import { type FakePrometheus, startPrometheus } from "./testing/prometheus.ts";

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}
interface Report {
  moves: { workload: { name: string }; reason: string; source: string; destination: string }[];
  refusals: { workload: { name: string }; reason: string; message: string }[];
  outcomes: { result: string; reason: string; message: string }[];
  stats: Record<string, unknown>;
}

/** The program as it is shipped: one file, in a folder of its own, without any package beside it. */
async function bundleProgram(outfile: string): Promise<void> {
  const banner =
    'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
  await build({
    entryPoints: [entryFile],
    outfile,
    ...{
      bundle: true,
      minify: true,
      keepNames: true,
      platform: "node",
      format: "esm",
      target: "node24",
      logLevel: "silent",
    },
    banner: { js: banner },
  });
}

describe("the program", () => {
  let shipped: string;
  let server: FakeApiServer;
  let prometheus: FakePrometheus;
  let folder: string;

  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const kubeconfig = () => file("kubeconfig", server.kubeconfig().exportConfig());
  const policy = (text = "") =>
    file(
      "policy.yaml",
      `namespaces: { demo: {} }
idle: { windowMinutes: 1, minSamples: 5 }
usage: { rateMinutes: 1 }
pools: { spot: { stableMinutes: 0 } }
${text}`,
    );

  function start(args: string[], env: NodeJS.ProcessEnv = {}) {
    const child = spawn(process.execPath, [join(shipped, "main.mjs"), ...args], {
      env: { PATH: process.env["PATH"], HOME: folder, ...env },
    });
    const result: Result = { code: null, stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => (result.stdout += String(chunk)));
    child.stderr.on("data", (chunk) => (result.stderr += String(chunk)));
    const ended = new Promise<Result>((resolve) => {
      child.on("close", (code) => resolve({ ...result, code }));
    });
    return { child, ended };
  }
  const run = (...args: string[]) => start(args).ended;
  const runRound = (...args: string[]) =>
    run("--kubeconfig", kubeconfig(), "--prometheus", prometheus.url, "--policy", policy(), ...args);
  const report = ({ stdout }: Result) => JSON.parse(stdout) as Report;

  before(async () => {
    shipped = mkdtempSync(join(tmpdir(), "balancer-program-"));
    await bundleProgram(join(shipped, "main.mjs"));
  });
  after(() => rmSync(shipped, { recursive: true }));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "balancer-"));
    [server, prometheus] = await Promise.all([startApiServer(), startPrometheus()]);
    addDemo(server);
  });
  afterEach(async () => {
    await Promise.all([server.stop(), prometheus.stop()]);
    rmSync(folder, { recursive: true });
  });

  it("fits into a ConfigMap", () => {
    const { length } = gzipSync(readFileSync(join(shipped, "main.mjs")));
    // 1 MiB is the limit, and base64 takes a third of it.
    assert.ok(length < 600 * 1024, `${length} bytes`);
  });

  it("moves the idle Deployment to spot, leaves the busy one, and says why: exit 0", async () => {
    const result = await runRound("--output", "json");
    assert.equal(result.code, 0, result.stderr);
    const { moves, refusals, outcomes, stats } = report(result);
    assert.deepEqual(
      moves.map(({ workload, reason, source, destination }) => [workload.name, reason, source, destination]),
      [["nginx-demo", "Idle", "regular", "spot"]],
    );
    assert.deepEqual(refusals.map(({ workload, reason }) => [workload.name, reason]), [["busy-demo", "Busy"]]); // prettier-ignore
    assert.deepEqual(outcomes.map(({ result, reason }) => [result, reason]), [["Done", "Applied"]]); // prettier-ignore
    assert.deepEqual(
      [stats["nodes"], stats["pods"], stats["promQueries"], stats["dryRun"]],
      [2, 2, 7, false],
    );

    // State first, then the move, then Events; the Lease around all of it, and nobody has it afterwards.
    const writes = server
      .writes()
      .map(({ method, path }) => `${method} ${path.split("/").slice(-2).join("/")}`);
    assert.deepEqual(writes, [
      "PUT leases/spot-balancer",
      "PATCH configmaps/spot-balancer-state",
      "PATCH deployments/nginx-demo",
      "POST demo/events",
      "POST demo/events",
      "PATCH configmaps/spot-balancer-state",
      "PUT leases/spot-balancer",
    ]);
    const lease = server.writes().at(-1)!.body as { spec: { holderIdentity: string } };
    assert.equal(lease.spec.holderIdentity, "");

    // The log says the same, one line of JSON per decision.
    const log = result.stderr.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
    const decisions = log.filter(({ decision }) => decision).map(({ decision, workload, reason }) => [decision, workload, reason]); // prettier-ignore
    assert.deepEqual(decisions, [
      ["move", "demo/nginx-demo", "Idle"],
      ["refusal", "demo/busy-demo", "Busy"],
    ]);
    assert.ok(log.some(({ outcome }) => outcome === "Done"));
  });

  it("writes nothing at all in a dry run, and makes the same plan", async () => {
    const result = await runRound("--output", "json", "--dry-run");
    assert.equal(result.code, 0, result.stderr);
    const { moves, refusals, outcomes } = report(result);
    assert.deepEqual([moves[0]?.reason, refusals[0]?.reason], ["Idle", "Busy"]);
    assert.deepEqual(outcomes.map(({ result, reason }) => [result, reason]), [["Planned", "DryRun"]]); // prettier-ignore
    assert.deepEqual(server.writes(), []);
  });

  it("prints a table for people", async () => {
    const { code, stdout } = await runRound("--dry-run");
    assert.equal(code, 0);
    assert.match(stdout, /^WORKLOAD +TIER +WHERE +CPU +DECISION +REASON +WHY\ndemo\/nginx-demo +standard +regular +\d+ %.* → spot +Idle/); // prettier-ignore
    assert.match(stdout, /\ndemo\/busy-demo +standard +regular +\d+ %.* stays +Busy/);
    assert.match(stdout, /2 nodes, 2 pods, 2 workloads \(0 out of scope\); 1 moves, 0 done \(dry run\)/);
  });

  it("explains one workload's decision with its checks in their order, and writes nothing", async () => {
    const { code, stdout, stderr } = await runRound("--explain", "demo/busy-demo");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^demo\/busy-demo: stays, Busy\n {2}CPU at \d+ % of its requests/);
    assert.match(stdout, /\nusage\n {2}cpuUtilization +\d/);
    assert.match(stdout, /\n {4}✔ namespace allowed\n {4}✔ not excluded\n {4}✔ supported kind\n/);
    assert.match(stdout, /\n {4}✔ pools healthy\n {4}✔ rested\n/);
    assert.deepEqual(server.writes(), []);

    const twice = buildApiDeployment("busy-demo");
    twice.spec!.paused = true;
    addObject(server, "apps/v1/deployments", twice);
    const paused = await runRound("--explain", "demo/busy-demo", "--output", "json");
    const [explained] = JSON.parse(paused.stdout) as {
      decision: { reason: string };
      checks: { asked: { check: string; reason?: string }[] }[];
    }[];
    assert.equal(explained?.decision.reason, "Paused");
    const objections = explained.checks.flatMap(({ asked }) => asked.filter(({ reason }) => reason));
    assert.deepEqual(objections[0]?.reason, "Paused");
  });

  it("names the nearest workloads when the one to explain is not there: exit 2", async () => {
    const { code, stderr } = await runRound("--explain", "demo/nginx");
    assert.equal(code, 2);
    assert.match(stderr, /no workload demo\/nginx: did you mean demo\/nginx-demo, /);
  });

  it("checks a policy alone, without any cluster: exit 0, or 2 with every problem", async () => {
    const good = await run("--check", "--policy", policy());
    assert.deepEqual([good.code, good.stderr], [0, ""]);
    assert.match(good.stdout, /is valid\. It lists demo\.\n$/);
    const bad = await run("--check", "--policy", policy("score: { threshold: 2 }\nidl: {}"));
    assert.equal(bad.code, 2);
    assert.match(
      bad.stderr,
      /2 problems:\n {2}line 5: score\.threshold: .*\n {2}line 6: idl: unknown key, did you mean idle\?/,
    );
    assert.deepEqual(server.requests, []);
  });

  it("does nothing while another one holds the Lease: exit 0", async () => {
    addObject(server, "coordination.k8s.io/v1/leases", {
      metadata: { name: "spot-balancer", namespace: "monitoring" },
      spec: { holderIdentity: "other-1", leaseDurationSeconds: 60, renewTime: new Date().toISOString() },
    });
    const result = await runRound("--output", "json");
    assert.equal(result.code, 0);
    assert.deepEqual(report(result).moves, []);
    assert.deepEqual(
      [report(result).stats["skipped"], report(result).stats["heldBy"]],
      ["LeaseHeld", "other-1"],
    );
    assert.deepEqual(server.writes(), []);
  });

  const spotPlacement = { "f:spec": { "f:template": { "f:spec": { "f:tolerations": {} } } } };
  it("gets off a lost spot node even without Prometheus, and then says what is wrong: exit 3", async () => {
    const lost = buildApiDeployment("nginx-demo");
    lost.metadata!.managedFields = [
      { manager: "spot-balancer", operation: "Apply", fieldsV1: spotPlacement },
    ];
    addObject(server, "apps/v1/deployments", lost);
    addObject(server, "pods", buildApiPod("nginx-demo", "spot-1"));
    const node = server.objects.get("/api/v1/nodes/spot-1") as unknown as {
      status: { conditions: { type: string; status: string }[] };
    };
    node.status.conditions[0]!.status = "False";
    await prometheus.stop();
    const result = await runRound("--output", "json");
    assert.equal(result.code, 3);
    const { moves, outcomes, refusals } = report(result);
    assert.deepEqual(moves.map(({ reason, destination }) => [reason, destination]), [["SpotNodeLost", "regular"]]); // prettier-ignore
    assert.deepEqual(outcomes.map(({ result }) => result), ["Done"]); // prettier-ignore
    assert.deepEqual(refusals.map(({ reason }) => reason), ["MetricsUnavailable"]); // prettier-ignore
    assert.match(result.stderr, /\nPrometheus at http.* gives no usage: connect ECONNREFUSED .*\n$/);
  });

  it("says which right is missing and who grants it, and has changed nothing: exit 3", async () => {
    server.fail({ path: /deployments/, fault: { status: 403, file: "kubernetes-403-rbac.json" }, times: 9 });
    const { code, stdout, stderr } = await runRound("--log-level", "silent");
    assert.equal(code, 3);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /cannot list resource "deployments" in API group "apps".*\nThe balancer's rights are in k8s\/balancer/,
    );
    assert.deepEqual(
      [...new Set(server.writes().map(({ path }) => path.split("/").at(-1)))],
      ["spot-balancer"],
      "its Lease only",
    );
  });

  it("says that the token has expired: exit 3", async () => {
    server.fail({ path: /./, fault: { status: 401, file: "kubernetes-401-token.json" }, times: 99 });
    const { code, stderr } = await runRound();
    assert.equal(code, 3);
    assert.match(stderr, /does not accept the credentials \(401\)/);
  });

  it("ends at its deadline, gives the Lease back, and has begun nothing more: exit 3", async () => {
    server.fail({ path: /\/api\/v1\/pods/, fault: "hang", times: 99 });
    const { code, stderr } = await runRound("--deadline", "0.8");
    assert.equal(code, 3);
    assert.match(stderr, /The round was not finished within 0.8 s \(--deadline\)/);
    assert.deepEqual(server.writes().map(({ method }) => method), ["PUT", "PUT"]); // prettier-ignore
  });

  it("stops at SIGTERM between two steps and gives the Lease back", async () => {
    server.fail({ path: /\/api\/v1\/pods/, fault: "hang", times: 99 });
    const { child, ended } = start([
      ...["--kubeconfig", kubeconfig(), "--prometheus", prometheus.url, "--policy", policy()],
    ]);
    while (!server.requests.some(({ path }) => path === "/api/v1/pods")) await new Promise(setImmediate);
    child.kill("SIGTERM");
    const { code, stderr } = await ended;
    assert.equal(code, 1);
    assert.match(stderr, /Stopped by SIGTERM/);
    assert.equal(
      (server.writes().at(-1)!.body as { spec: { holderIdentity: string } }).spec.holderIdentity,
      "",
    );
  });

  describe("ends with 2 and one message for", () => {
    const cases: [string, () => string[], RegExp][] = [
      ["a missing --prometheus", () => [], /required option '--prometheus <url>' not specified\nSee --help/],
      ["--check without a policy", () => ["--check"], /--check: expected --policy <file> with it/],
      ["an unknown flag", () => ["--prometheus", "http://x", "--polcy", "f"], /unknown option '--polcy'/],
      ["an unknown format", () => ["--prometheus", "http://x", "--output", "xml"], /Allowed choices are text, json/],
      ["a URL that is none", () => ["--prometheus", "localhost:9090", "--kubeconfig", kubeconfig()], /expected http/],
      ["a missing policy", () => ["--prometheus", "http://x", "--policy", "/none"], /Cannot read the policy \/none: ENOENT/],
      [
        "a policy with unknown keys",
        () => ["--prometheus", "http://x", "--policy", policy("idl: 1\nbudget: 2")],
        /The policy has 2 problems:\n {2}line 5: idl: unknown key, did you mean idle\?\n {2}line 6: budget: unknown key/,
      ],
      ["no kubeconfig", () => ["--prometheus", "http://x"], /No way into a cluster: expected --kubeconfig, \$KUBECONFIG/],
      ["a missing kubeconfig", () => ["--prometheus", "http://x", "--kubeconfig", "/none"], /kubeconfig \/none: ENOENT/],
      [
        "an unknown context",
        () => ["--prometheus", "http://x", "--kubeconfig", kubeconfig(), "--context", "prod"],
        /has no context prod; it has: loaded-context/,
      ],
      [
        "a ServiceAccount folder outside of a pod",
        () => ["--prometheus", "http://x", "--service-account-dir", folder],
        /\$KUBERNETES_SERVICE_HOST is not set: is this a pod\?/,
      ],
    ]; // prettier-ignore
    for (const [name, args, message] of cases) {
      it(name, async () => {
        const { code, stdout, stderr } = await run(...args());
        assert.equal(code, 2, stderr);
        assert.equal(stdout, "");
        assert.match(stderr, message);
        assert.doesNotMatch(stderr, /\n {4}at /, "no stack");
        assert.deepEqual(server.requests, []);
      });
    }
  });
});
