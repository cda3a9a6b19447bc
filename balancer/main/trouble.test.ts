import assert from "node:assert/strict";
import { addObject, buildApiDeployment, buildApiPod } from "../testing/apiObjects.ts";
import { report, useProgram } from "../testing/program.ts";

describe("the program in trouble", () => {
  const program = useProgram();
  const leasePath = "/apis/coordination.k8s.io/v1/namespaces/monitoring/leases/spot-balancer";

  it("does nothing while another one holds the Lease: exit 0", async () => {
    addObject(program.server, "coordination.k8s.io/v1/leases", {
      metadata: { name: "spot-balancer", namespace: "monitoring" },
      spec: { holderIdentity: "other-1", leaseDurationSeconds: 60, renewTime: new Date().toISOString() },
    });
    const result = await program.runRound("--output", "json");
    assert.equal(result.code, 0);
    assert.deepEqual(report(result).moves, []);
    assert.deepEqual(
      [report(result).stats["skipped"], report(result).stats["heldBy"]],
      ["LeaseHeld", "other-1"],
    );
    assert.deepEqual(program.server.writes(), []);
  });

  it("writes nothing more once another one has taken the Lease between two moves: law 13", async () => {
    program.server.onRequest = ({ method, path }) => {
      if (method !== "PATCH" || !path.includes("/deployments/")) return;
      // This write takes 70 s, longer than the Lease lasts.
      program.server.clockOffset = 70_000;
      addObject(program.server, "coordination.k8s.io/v1/leases", {
        metadata: { name: "spot-balancer", namespace: "monitoring" },
        spec: { holderIdentity: "other-1", leaseDurationSeconds: 60, renewTime: new Date().toISOString() },
      });
    };
    const flags = program.ready();
    program.policy("priorities: { default: low }"); // so both Deployments go to spot
    const result = await program.run(...flags, "--output", "json");
    assert.deepEqual(
      report(result).outcomes.map(({ result, reason }) => `${result} ${reason}`),
      ["Done Applied", "Skipped LeaseLost"],
    );
    const written = program.server.writes().map(({ method, path }) => `${method} ${path.split("/").at(-1)}`);
    assert.deepEqual(written.slice(0, 2), ["PUT spot-balancer", "PATCH spot-balancer-state"]);
    assert.match(written[2]!, /^PATCH (nginx|busy)-demo$/);
    assert.deepEqual(written.slice(3), ["PUT spot-balancer"], "only the try to renew the Lease, in vain");
    const { spec } = program.server.objects.get(leasePath) as { spec?: { holderIdentity: string } };
    assert.equal(spec?.holderIdentity, "other-1");
  });

  const spotPlacement = { "f:spec": { "f:template": { "f:spec": { "f:tolerations": {} } } } };
  function placeOnLostNode() {
    const lost = buildApiDeployment("nginx-demo");
    lost.metadata!.managedFields = [
      { manager: "spot-balancer", operation: "Apply", fieldsV1: spotPlacement },
    ];
    addObject(program.server, "apps/v1/deployments", lost);
    addObject(program.server, "pods", buildApiPod("nginx-demo", "spot-1"));
    const node = program.server.objects.get("/api/v1/nodes/spot-1") as unknown as {
      status: { conditions: { type: string; status: string }[] };
    };
    node.status.conditions[0]!.status = "False";
  }
  it("gets off a lost spot node even without Prometheus, and then says what is wrong: exit 3", async () => {
    placeOnLostNode();
    await program.prometheus.stop();
    const result = await program.runRound("--output", "json");
    assert.equal(result.code, 3);
    const { moves, outcomes, refusals } = report(result);
    assert.deepEqual(moves.map(({ reason, destination }) => [reason, destination]), [["SpotNodeLost", "regular"]]); // prettier-ignore
    assert.deepEqual(outcomes.map(({ result }) => result), ["Done"]); // prettier-ignore
    assert.deepEqual(refusals.map(({ reason }) => reason), ["MetricsUnavailable"]); // prettier-ignore
    assert.match(result.stderr, /\nPrometheus at http.* gives no usage: connect ECONNREFUSED .*\n$/);
  });

  it("says which right is missing and who grants it, and has changed nothing: exit 3", async () => {
    program.server.fail({
      path: /deployments/,
      fault: { status: 403, file: "kubernetes-403-rbac.json" },
      times: 9,
    });
    const { code, stdout, stderr } = await program.runRound("--log-level", "silent");
    assert.equal(code, 3);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /cannot list resource "deployments" in API group "apps".*\nThe balancer's rights are in k8s\/balancer/,
    );
    assert.deepEqual(
      [...new Set(program.server.writes().map(({ path }) => path.split("/").at(-1)))],
      ["spot-balancer"],
      "its Lease only",
    );
  });

  it("says which write was refused, and who grants it: exit 3", async () => {
    const fault = { status: 403, file: "kubernetes-403-rbac.json" };
    program.server.fail({ method: "PATCH", path: /deployments\/nginx-demo/, fault, times: 9 });
    const { code, stderr, stdout } = await program.runRound("--output", "json", "--log-level", "silent");
    assert.deepEqual(report({ code, stderr, stdout }).outcomes.map(({ result }) => result), ["Failed"]); // prettier-ignore
    assert.equal(code, 3);
    assert.match(stderr, /cannot list resource .*\nThe balancer's rights are in k8s\/balancer: [^\n]+\n$/);
  });

  it("tells what it did where its end cannot be recorded: exit 3", async () => {
    const path = /spot-balancer-state/;
    program.server.onRequest = (seen) => {
      if (seen.method !== "PATCH" || !seen.path.includes("/deployments/")) return;
      program.server.fail({ method: "PATCH", path, fault: { status: 403 }, times: 99 });
    };
    const result = await program.runRound("--output", "json");
    assert.deepEqual(
      report(result).outcomes.map(({ reason }) => reason),
      ["Applied"],
    );
    assert.equal(result.code, 3);
    assert.match(result.stderr, /^The round's end could not be recorded: .*403/m);
  });

  it("says that the token has expired: exit 3", async () => {
    program.server.fail({ path: /./, fault: { status: 401, file: "kubernetes-401-token.json" }, times: 99 });
    const { code, stderr } = await program.runRound();
    assert.equal(code, 3);
    assert.match(stderr, /does not accept the credentials \(401\)/);
  });

  it("ends at its deadline, gives the Lease back, and has begun nothing more: exit 3", async () => {
    program.server.fail({ path: /\/api\/v1\/pods/, fault: "hang", times: 99 });
    const { code, stderr } = await program.runRound("--deadline", "0.8");
    assert.equal(code, 3);
    assert.match(stderr, /The round was not finished within 0.8 s \(--deadline\)/);
    assert.deepEqual(program.server.writes().map(({ method }) => method), ["PUT", "PUT"]); // prettier-ignore
  });

  it("stops at SIGTERM between two steps and gives the Lease back", async () => {
    program.server.fail({ path: /\/api\/v1\/pods/, fault: "hang", times: 99 });
    const { child, ended } = program.start(program.ready());
    while (!program.server.requests.some(({ path }) => path === "/api/v1/pods"))
      await new Promise(setImmediate);
    child.kill("SIGTERM");
    const { code, stderr } = await ended;
    assert.equal(code, 1);
    assert.match(stderr, /Stopped by SIGTERM/);
    assert.equal(
      (program.server.writes().at(-1)!.body as { spec: { holderIdentity: string } }).spec.holderIdentity,
      "",
    );
  });
});
