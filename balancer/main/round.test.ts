import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../kube/client.ts";
import { connectPrometheus } from "../prometheus.ts";
import { addDemo, addObject, buildApiDeployment, buildApiNode, buildApiPod } from "../testing/apiObjects.ts";
import { type FakeApiServer, startApiServer } from "../testing/apiServer.ts";
import { buildPolicy } from "../testing/builders.ts";
import { type FakePrometheus, startPrometheus } from "../testing/prometheus.ts";
import { createLog } from "../report.ts";
import { readState } from "../state.ts";
import { type RoundOptions, type RoundResult, runRound } from "./round.ts";

describe("a round", () => {
  const policy = buildPolicy(
    "{ namespaces: { demo: {}, gone: {} }, idle: { windowMinutes: 1, minSamples: 5 }, usage: { rateMinutes: 1 }, pools: { spot: { stableMinutes: 0 } }, headroom: { replicas: 1 } }",
  );
  const hour = 3_600_000;
  let server: FakeApiServer;
  let prometheus: FakePrometheus;
  let stop: AbortController;
  beforeEach(async () => {
    [server, prometheus] = await Promise.all([startApiServer(), startPrometheus()]);
    addDemo(server);
    stop = new AbortController();
  });
  afterEach(() => Promise.all([server.stop(), prometheus.stop()]));

  const client = () => connect(server.kubeconfig(), { backoffMs: 1, retries: 1 });
  async function round(changes: Partial<RoundOptions> = {}): Promise<RoundResult> {
    const { signal } = new AbortController();
    const result = await runRound({
      ...{ client: client(), policy, namespace: "monitoring", dryRun: false, identity: "me" },
      prometheus: connectPrometheus(prometheus.url, { signal, backoffMs: 1 }),
      ...{ log: createLog("silent"), stop: stop.signal, ...changes },
    });
    assert.ok("plan" in result);
    return result;
  }
  const stored = async () => (await readState(client(), "monitoring")).stored;
  const onRequest = (method: string, path: RegExp, then: () => void) => {
    server.onRequest = (seen) => (seen.method === method && path.test(seen.path) ? then() : undefined);
  };

  it("counts what it asked for, and tells its time by the cluster's clock", async () => {
    server.clockOffset = hour;
    const { stats, decidedAt, outcomes, plan } = await round();
    const writes = server.writes().length;
    // What comes after its end: the Lease, given back.
    assert.deepEqual([stats.apiReads, stats.apiWrites, stats.promQueries], [server.requests.length - writes, writes - 1, 7]); // prettier-ignore
    for (const time of [decidedAt, outcomes[0]!.at, Date.parse(stats.startedAt)])
      assert.ok(Math.abs(time - Date.now() - hour) < 10_000, new Date(time).toISOString());
    assert.equal(stats.startedAt, new Date(decidedAt).toISOString());
    assert.equal(plan.moves[0]?.memory?.lastMovedAt, decidedAt);
    assert.ok(stats.durationMs > 5 && stats.durationMs < 20_000);
    assert.equal(stats.dryRun, false);
    assert.deepEqual(stats.warnings.map((each) => /namespaces that do not exist/.test(each)), [true]); // prettier-ignore
  });

  it("keeps what it took as numbers", async () => {
    const { stats } = await round();
    const { counters, gauges } = (await stored()).metrics;
    assert.equal(counters["prometheus_queries_total"], 7);
    assert.equal(gauges["samples_age_seconds"], stats.newestSampleAgeSeconds);
    const seconds = counters["round_duration_seconds_sum"] ?? 0;
    assert.ok(seconds > 0.005 && seconds < 20, String(seconds));
  });

  it("logs its plan, what was wrong, and its numbers", async () => {
    const said: string[] = [];
    const note = (about: object, message: string) =>
      said.push(`${Object.keys(about).sort().join()}: ${message}`);
    const log = Object.assign(createLog("silent"), { info: note, warn: note });
    addObject(server, "configmaps", {
      metadata: { name: "spot-balancer-state", namespace: "monitoring" },
      data: { "state.json": "{" },
    });
    server.fail({ path: /cluster-autoscaler-status/, fault: { status: 403 }, times: 99 });
    server.fail({ path: /events/, fault: { status: 403 }, times: 99 });
    const { stats } = await round({ log });
    assert.deepEqual([said[0], said.at(-1)], ["problem: state", "stats: round finished"]);
    assert.ok(
      said.some((each) => /^.*moveReason.*: /.test(each)),
      said.join("\n"),
    );
    assert.ok(said.includes("error: an Event could not be told"));
    assert.match(stats.warnings.join("\n"), /cluster autoscaler's status cannot be read/);
  });

  it("writes nothing in a dry run, and says that it is one; and does nothing beside another balancer", async () => {
    assert.equal((await round({ dryRun: true })).stats.dryRun, true);
    const spec = { holderIdentity: "other", leaseDurationSeconds: 60, renewTime: new Date().toISOString() };
    const metadata = { name: "spot-balancer", namespace: "monitoring" };
    addObject(server, "coordination.k8s.io/v1/leases", { metadata, spec });
    const { signal } = stop;
    const skipped = await runRound({
      ...{ client: client(), policy, namespace: "monitoring", dryRun: false, identity: "me" },
      ...{
        prometheus: connectPrometheus(prometheus.url, { signal }),
        log: createLog("silent"),
        stop: signal,
      },
    });
    assert.ok("heldBy" in skipped && skipped.heldBy === "other");
    assert.deepEqual(server.writes(), []);
  });

  it("says how old the newest sample is, in seconds; nothing where there is none", async () => {
    const { stats, snapshot } = await round();
    const newest = Math.max(...snapshot.pods.map(({ usage }) => usage?.sampledAt ?? 0));
    const age = (Date.parse(stats.startedAt) - newest) / 1000;
    assert.ok(Math.abs((stats.newestSampleAgeSeconds ?? Infinity) - age) < 5, `${stats.newestSampleAgeSeconds}, ${age}`); // prettier-ignore
    await prometheus.stop();
    const blind = await round();
    assert.equal(blind.stats.newestSampleAgeSeconds, null);
    assert.match(blind.problems.join(), /gives no usage/);
    assert.match(blind.stats.warnings.join(), /gives no usage/);
    assert.deepEqual((await stored()).metrics.gauges["usage_available"], 0);
  });

  it("warns of a state that begins anew, and of what policy says past the cluster", async () => {
    addObject(server, "configmaps", {
      metadata: { name: "spot-balancer-state", namespace: "monitoring" },
      data: { "state.json": "{" },
    });
    const { warnings } = (await round()).stats;
    assert.match(
      warnings[0] ?? "",
      /state.json of the ConfigMap monitoring\/spot-balancer-state cannot be read/,
    );
    assert.match(warnings.join("\n"), /namespaces that do not exist: gone/);
  });

  it("remembers what came of its moves, and tells it once", async () => {
    const { outcomes } = await round();
    assert.deepEqual(outcomes.map(({ reason }) => reason), ["Applied"]); // prettier-ignore
    const { balancer, metrics, told } = await stored();
    assert.deepEqual(Object.values(balancer.tries ?? {}).map(({ result }) => result), ["Done"]); // prettier-ignore
    assert.deepEqual([metrics.pending, metrics.counters['rounds_total{result="Done"}']], [[], 1]);
    assert.ok(Object.keys(told).length > 0);
    const tellings = () => server.writes().filter(({ path }) => path.endsWith("/events")).length;
    const before = tellings();
    prometheus.replies.all = { status: 500, body: "" };
    await round();
    assert.ok(tellings() - before <= 2, "what was told already is not told again");
  });

  it("notes its moves before the first one, and knows after a crash what came of them", async () => {
    prometheus.replies.all = { status: 500, body: "" };
    await round();
    prometheus.replies.all = undefined;
    const before = await stored();
    assert.ok(Object.keys(before.told).length > 0);
    onRequest("PATCH", /deployments/, () => {
      // As if the process died: nothing of ours is written from here on.
      server.fail({ method: "PATCH", path: /configmaps/, fault: { status: 403 }, times: 99 });
    });
    const { outcomes, problems } = await round();
    assert.deepEqual(outcomes.map(({ reason }) => reason), ["Applied"]); // prettier-ignore
    assert.match(problems.join(), /^The round's end could not be recorded: .*403/);
    const { metrics, balancer, told } = await stored();
    assert.deepEqual(metrics.pending.map(({ reason }) => reason), ["Idle"]); // prettier-ignore
    assert.equal(Object.keys(balancer.tries ?? {}).length, 1, "nor does it forget that it tried");
    assert.deepEqual(told, before.told, "nor what it has told");
    server.mend();
    server.onRequest = () => undefined;
    await round();
    const { pending, counters } = (await stored()).metrics;
    assert.deepEqual([pending, counters['rounds_total{result="Crashed"}']], [[], 1]);
  });

  it("knows of a crash that another one follows", async () => {
    onRequest("PATCH", /deployments/, () => {
      server.fail({ method: "PATCH", path: /configmaps/, fault: { status: 403 }, times: 99 });
      server.fail({ method: "PATCH", path: /deployments/, fault: { status: 500 }, times: 99 });
    });
    await round();
    server.mend();
    await round();
    const { pending, counters } = (await stored()).metrics;
    assert.deepEqual(pending.map(({ reason }) => reason), ["Idle"]); // prettier-ignore
    assert.equal(counters['rounds_total{result="Crashed"}'], 1);
  });

  it("moves what has to move, and nothing else, where its state cannot be saved", async () => {
    const events = () => server.writes().filter(({ path }) => path.endsWith("/events"));
    const told = () => events().map(({ body }) => (body as { reason: string }).reason);
    const message = "data: Forbidden: field is immutable when `immutable` is set"; // openshift/hypershift#6726
    const fault = { status: 422, body: { code: 422, message } };
    server.fail({ method: "PATCH", path: /spot-balancer-state/, fault, times: 99 });
    const idle = await round();
    assert.deepEqual(idle.outcomes.map(({ result, reason }) => `${result} ${reason}`), ["Skipped NotRemembered"]); // prettier-ignore
    assert.match(idle.problems.join(), /^The state cannot be saved, so nothing moves but what has to: .*immutable/); // prettier-ignore
    assert.deepEqual(told(), []);
    const lost = buildApiDeployment("nginx-demo");
    const fieldsV1 = { "f:spec": { "f:template": { "f:spec": { "f:tolerations": {} } } } };
    lost.metadata!.managedFields = [{ manager: "spot-balancer", operation: "Apply", fieldsV1 }];
    addObject(server, "apps/v1/deployments", lost);
    addObject(server, "pods", buildApiPod("nginx-demo", "spot-1"));
    const node = buildApiNode("spot-1", "spot");
    node.status!.conditions![0]!.status = "False";
    addObject(server, "nodes", node);
    const { outcomes } = await round();
    assert.deepEqual(outcomes.map(({ result, reason }) => `${result} ${reason}`), ["Done Applied"]); // prettier-ignore
    assert.deepEqual(told(), ["SpotNodeLost"]);
  });

  it("moves nothing where nobody answers when its state is to be saved", async () => {
    server.fail({ method: "PATCH", path: /spot-balancer-state/, fault: "cut", times: 99 });
    await assert.rejects(round());
    assert.deepEqual(server.writes().filter(({ path }) => path.includes("/deployments/")), []); // prettier-ignore
  });

  it("begins nothing more when it is stopped between two steps, and says what it did", async () => {
    onRequest("PATCH", /deployments/, () => stop.abort(new Error("Stopped by SIGTERM")));
    const { outcomes, plan } = await round();
    assert.deepEqual(outcomes.map(({ reason }) => reason), ["Applied"]); // prettier-ignore
    assert.ok(plan.ask);
    assert.deepEqual(server.requests.filter(({ path }) => path.includes("autoscaling.x-k8s.io")), []); // prettier-ignore
    assert.deepEqual(server.writes().filter(({ path }) => path.endsWith("/pods")), [], "no placeholder"); // prettier-ignore
    assert.deepEqual(Object.values((await stored()).balancer.tries ?? {}).map(({ result }) => result), ["Done"]); // prettier-ignore
  });

  it("asks for room on spot where nothing comes there", async () => {
    const template = { metadata: {}, spec: { containers: [{ resources: {} }] } };
    const demo = { ...policy.namespaces["demo"]!, allowed: false };
    const said: string[] = [];
    const log = Object.assign(createLog("silent"), { warn: ({ problem }: { problem: string }) => said.push(problem) });
    await round({ policy: { ...policy, namespaces: { demo } }, log });
    assert.match(said.join("\n"), /^spot is not asked for room, PodTemplate placeholder: /m);
    server.requests.length = 0;
    addObject(server, "podtemplates", { metadata: { name: "placeholder", namespace: "placeholder" }, template });
    const { outcomes } = await round({ policy: { ...policy, namespaces: { demo } } });
    assert.deepEqual(outcomes, []);
    assert.equal(server.writes().filter(({ path }) => path.includes("/configmaps")).length, 1, "its end alone");
    assert.equal(server.writes().filter(({ path }) => path.endsWith("/placeholder/pods")).length, 1);
  }); // prettier-ignore

  const losses: [when: string, method: string, path: RegExp, written: string[]][] = [
    ["while it reads", "GET", /\/pods$/, []],
    ["after it has noted its moves", "PATCH", /configmaps/, ["PATCH spot-balancer-state"]],
  ];
  for (const [when, method, path, written] of losses)
    it(`writes nothing once the Lease is lost ${when}, and says so`, async () => {
      onRequest(method, path, () => {
        server.clockOffset = 70_000;
        addObject(server, "coordination.k8s.io/v1/leases", {
          metadata: { name: "spot-balancer", namespace: "monitoring" },
          spec: { holderIdentity: "other", leaseDurationSeconds: 60, renewTime: new Date().toISOString() },
        });
      });
      const warned: string[] = [];
      const log = Object.assign(createLog("silent"), {
        warn: (_: unknown, said: string) => warned.push(said),
      });
      const { outcomes } = await round({ log });
      assert.deepEqual(outcomes.map(({ reason }) => reason), ["LeaseLost"]); // prettier-ignore
      assert.deepEqual(warned, ["the Lease was lost, so another balancer may act"], "nor tries to");
      const writes = server.writes().map(({ method, path }) => `${method} ${path.split("/").at(-1)}`);
      const [lease, others] = ["PUT spot-balancer", writes.filter((each) => each !== "PUT spot-balancer")];
      assert.deepEqual([writes[0], others], [lease, written]);
    });
});

describe("a round that is stopped", () => {
  it("before it reads gives the Lease back, and what is cut off behind it ends no process", async () => {
    const server = await startApiServer();
    try {
      const [stop, cut] = [new AbortController(), new AbortController()];
      addObject(server, "coordination.k8s.io/v1/leases", {
        metadata: { name: "spot-balancer", namespace: "monitoring" },
      });
      server.fail({ path: /configmaps/, fault: "hang", times: 99 });
      server.onRequest = ({ method }) => {
        if (method === "PUT") stop.abort(new Error("Stopped by SIGTERM"));
      };
      const unheard: unknown[] = [];
      const hear = (reason: unknown) => unheard.push(reason);
      process.on("unhandledRejection", hear);
      try {
        const round = runRound({
          client: connect(server.kubeconfig(), { signal: cut.signal, backoffMs: 1 }),
          prometheus: connectPrometheus("http://127.0.0.1:9", { signal: cut.signal }),
          ...{
            policy: buildPolicy(),
            namespace: "monitoring",
            dryRun: false,
            identity: "a",
            stop: stop.signal,
          },
          log: createLog("silent"),
        });
        await assert.rejects(round, /Stopped by SIGTERM/);
        cut.abort();
        await delay(20);
      } finally {
        process.off("unhandledRejection", hear);
      }
      assert.deepEqual(unheard, []);
      const holders = server
        .writes()
        .map(({ body }) => (body as { spec: { holderIdentity: string } }).spec.holderIdentity);
      assert.deepEqual(holders, ["a", ""]);
    } finally {
      await server.stop();
    }
  });
});
