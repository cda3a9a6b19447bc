import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { addObject, buildApiDeployment } from "./testing/apiObjects.ts";
import { report, useProgram } from "./testing/program.ts";

describe("the program", () => {
  const program = useProgram();

  it("fits into a ConfigMap", () => {
    const { length } = gzipSync(readFileSync(program.bundle));
    // 1 MiB is the limit, and base64 takes a third of it. What is not called must not come back (leaveOut.ts).
    assert.ok(length < 384 * 1024, `${length} bytes`);
  });

  it("moves the idle Deployment to spot, leaves the busy one, and says why: exit 0", async () => {
    const result = await program.runRound("--output", "json");
    assert.equal(result.code, 0, result.stderr);
    const { moves, refusals, outcomes, stats } = report(result);
    assert.deepEqual(
      moves.map(({ workload, reason, source, destination }) => [workload.name, reason, source, destination]),
      [["nginx-demo", "Idle", "regular", "spot"]],
    );
    assert.deepEqual(refusals.map(({ workload, reason }) => [workload.name, reason]), [["busy-demo", "NotIdle"]]); // prettier-ignore
    assert.deepEqual(outcomes.map(({ result, reason }) => [result, reason]), [["Done", "Applied"]]); // prettier-ignore
    assert.deepEqual(
      [stats["nodes"], stats["pods"], stats["promQueries"], stats["dryRun"]],
      [2, 2, 7, false],
    );

    // State first, then the move, then Events; the Lease around all of it, and nobody has it afterwards.
    const writes = program.server
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
    const lease = program.server.writes().at(-1)!.body as { spec: { holderIdentity: string } };
    assert.equal(lease.spec.holderIdentity, "");

    // The log says the same, one line of JSON per decision.
    const log = result.stderr.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
    const decisions = log.filter(({ decision }) => decision).map(({ decision, workload, reason }) => [decision, workload, reason]); // prettier-ignore
    assert.deepEqual(decisions, [
      ["move", "demo/nginx-demo", "Idle"],
      ["refusal", "demo/busy-demo", "NotIdle"],
    ]);
    assert.ok(log.some(({ outcome }) => outcome === "Done"));
    assert.deepEqual([...new Set(log.map(({ level }) => level))], ["info"]);
    assert.match(String(log[0]?.["time"]), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it("shows in a dry run without a policy what all namespaces would do, and moves nothing without one", async () => {
    for (const name of ["kube-system", "shop"]) addObject(program.server, "namespaces", { metadata: { name } });
    const flags = ["--kubeconfig", program.kubeconfig(), "--prometheus", program.prometheus.url];
    const dry = await program.run(...flags, "--dry-run", "--output", "json");
    // The played Prometheus knows the queries of another policy only, which is no matter here.
    assert.equal(dry.code, 3, dry.stderr);
    assert.match(dry.stderr, /^No --policy: judged as if it listed demo, monitoring, shop; .*left out \(kube-system\)\./);
    assert.match(dry.stderr, /Nodes are told by the labels of aks\./);
    assert.deepEqual(report(dry).refusals.map(({ workload }) => workload.name).sort(), ["busy-demo", "nginx-demo"]);
    const only = await program.run(...flags, "--dry-run", "--namespaces", "shop", "--output", "json");
    assert.deepEqual(report(only).refusals, []);
    assert.deepEqual(program.server.writes(), []);
    const real = await program.run(...flags, "--output", "json");
    assert.deepEqual([report(real).moves, report(real).refusals], [[], []]);
  }); // prettier-ignore

  it("writes nothing at all in a dry run, and makes the same plan", async () => {
    const result = await program.runRound("--output", "json", "--dry-run");
    assert.equal(result.code, 0, result.stderr);
    const { moves, refusals, outcomes } = report(result);
    assert.deepEqual([moves[0]?.reason, refusals[0]?.reason], ["Idle", "NotIdle"]);
    assert.deepEqual(outcomes.map(({ result, reason }) => [result, reason]), [["Planned", "DryRun"]]); // prettier-ignore
    assert.deepEqual(program.server.writes(), []);
  });

  it("prints a table for people", async () => {
    const { code, stdout } = await program.runRound("--dry-run");
    assert.equal(code, 0);
    assert.match(stdout, /^WORKLOAD +TIER +WHERE +CPU +DECISION +REASON +WHY\ndemo\/nginx-demo +standard +regular +\d+ %.* → spot +Idle/); // prettier-ignore
    assert.match(stdout, /\ndemo\/busy-demo +standard +regular +\d+ %.* stays +NotIdle/);
    assert.match(stdout, /2 nodes, 2 pods, 2 workloads \(0 out of scope\); 1 moves, 0 done \(dry run\)/);
  });

  it("explains one workload's decision with its checks in their order, and writes nothing", async () => {
    const { code, stdout, stderr } = await program.runRound("--explain", "demo/busy-demo");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^demo\/busy-demo: stays, NotIdle\n {2}CPU at \d+ % of its requests/);
    assert.match(stdout, /\nusage\n {2}cpuUtilization +\d/);
    assert.match(stdout, /\n {4}✔ namespace allowed\n {4}✔ not excluded\n {4}✔ supported kind\n/);
    assert.match(stdout, /\n {4}✔ pools healthy\n {4}✔ rested\n/);
    assert.deepEqual(program.server.writes(), []);

    const twice = buildApiDeployment("busy-demo");
    twice.spec!.paused = true;
    addObject(program.server, "apps/v1/deployments", twice);
    const paused = await program.runRound("--explain", "demo/busy-demo", "--output", "json");
    const [explained] = JSON.parse(paused.stdout) as {
      decision: { reason: string };
      checks: { asked: { check: string; reason?: string }[] }[];
    }[];
    assert.equal(explained?.decision.reason, "Paused");
    const objections = explained.checks.flatMap(({ asked }) => asked.filter(({ reason }) => reason));
    assert.deepEqual(objections[0]?.reason, "Paused");
  });

  it("names the nearest workloads when the one to explain is not there: exit 2", async () => {
    const { code, stderr } = await program.runRound("--explain", "demo/nginx");
    assert.equal(code, 2);
    assert.match(stderr, /no workload demo\/nginx: did you mean demo\/nginx-demo, /);
  });
});
