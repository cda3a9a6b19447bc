import assert from "node:assert/strict";
import { mock } from "node:test";
import timers from "node:timers/promises";
import { connect } from "./kube/client.ts";
import { type Released, release } from "./release.ts";
import type { SeenRequest } from "./testing/apiServer.ts";
import { addObject, buildApiDeployment } from "./testing/apiObjects.ts";
import { type ApiObject, type FakeApiServer, startApiServer } from "./testing/apiServer.ts";
import { useProgram } from "./testing/program.ts";

const memory = {
  "spot-balancer/memory": "{}",
  "spot-balancer/last-moved-at": "2026-11-29T10:00:00.000Z",
  "spot-balancer/last-reason": "Idle",
};
const tolerations = { "f:spec": { "f:template": { "f:spec": { "f:tolerations": {} } } } };
const ours = { manager: "spot-balancer", operation: "Apply", fieldsV1: tolerations };
const spotToleration = { key: "kubernetes.azure.com/scalesetpriority", operator: "Equal", value: "spot" };

/** As it is after a move to spot, beside fields of somebody else. */
function addPlaced(server: FakeApiServer, name: string, namespace = "demo", more: object[] = []): void {
  const object = buildApiDeployment(name, namespace);
  object.metadata!.annotations = { theirs: "kept", ...memory };
  object.metadata!.managedFields = [ours, { manager: "helm", operation: "Apply" }, ...more] as never;
  object.spec!.template.metadata!.annotations = { "spot-balancer/placed-at": "2026-11-29T10:00:00.000Z" };
  object.spec!.template.spec!.tolerations = [spotToleration];
  addObject(server, "apps/v1/deployments", object);
}

/** What the API server does when we apply nothing: our entry goes, and each field that nobody else owns. */
function giveBack(server: FakeApiServer): (seen: SeenRequest) => void {
  return ({ method, path, headers, body }) => {
    const object = server.objects.get(path) as ReturnType<typeof buildApiDeployment> | undefined;
    if (method !== "PATCH" || !path.includes("/apis/apps/") || path.endsWith("barred") || !object) return;
    const annotations = object.metadata!.annotations ?? {};
    if (headers["content-type"] === "application/merge-patch+json") {
      const sent = (body as { metadata: { annotations: object } }).metadata.annotations;
      for (const key of Object.keys(sent)) delete annotations[key];
      (body as { metadata: object }).metadata = {};
    } else if ((body as { spec?: object }).spec === undefined) {
      const others = object.metadata!.managedFields!.filter(({ manager }) => manager !== "spot-balancer");
      object.metadata!.managedFields = others;
      if (others.some(({ fieldsV1 }) => fieldsV1 !== undefined)) return;
      for (const key of Object.keys(memory)) delete annotations[key];
      delete object.spec!.template.metadata!.annotations;
      delete object.spec!.template.spec!.tolerations;
    }
  };
}

describe("a release", () => {
  let server: FakeApiServer;
  /** Between two looks, milliseconds. */
  let waits: number[];
  let onWait: (ms: number) => void;
  beforeEach(async () => {
    [waits, onWait] = [[], () => undefined];
    mock.method(timers, "setTimeout", (ms: number) => {
      waits.push(ms);
      onWait(ms);
      return new Promise(setImmediate);
    });
    server = await startApiServer();
    server.onRequest = giveBack(server);
    for (const name of ["demo", "shop", "monitoring"])
      addObject(server, "namespaces", { metadata: { name } });
  });
  afterEach(async () => {
    mock.restoreAll();
    await server.stop();
  });

  const run = (more: Partial<Parameters<typeof release>[0]> = {}): Promise<Released> =>
    release({
      client: connect(server.kubeconfig(), { backoffMs: 1 }),
      ...{ namespace: "monitoring", dryRun: false, stop: new AbortController().signal },
      stillHeld: () => Promise.resolve(),
      ...more,
    });
  const results = ({ results }: Released) =>
    results.map(({ workload, result }) => `${workload.namespace}/${workload.name} ${result}`);

  it("leaves every workload as it was before, and does not touch the others", async () => {
    addPlaced(server, "web");
    addPlaced(server, "api", "shop");
    addObject(server, "apps/v1/deployments", buildApiDeployment("other"));
    const done = await run();
    assert.deepEqual(results(done), ["demo/web Released", "shop/api Released"]);
    assert.deepEqual([done.left, done.problems], [0, []]);
    const { metadata, spec } = server.objects.get("/apis/apps/v1/namespaces/demo/deployments/web") as unknown as
      ReturnType<typeof buildApiDeployment>; // prettier-ignore
    assert.deepEqual(metadata!.annotations, { theirs: "kept" });
    assert.deepEqual(spec, buildApiDeployment("web").spec);
    const written = server.writes().map(({ path }) => path.split("/").at(-1));
    assert.deepEqual(written, ["web", "api"]);
    const { uid, ...rest } = (server.writes()[0]!.body as ApiObject).metadata;
    assert.deepEqual([uid, rest], ["uid-web", { namespace: "demo", name: "web" }]);
    assert.deepEqual(results(await run()), [], "a second time nothing is found");
  });

  it("says what it could not take back, and goes on with the others", async () => {
    addPlaced(server, "forced", "demo", [{ manager: "kubectl", operation: "Update", fieldsV1: tolerations }]);
    addPlaced(server, "barred");
    addPlaced(server, "web");
    const fault = { status: 403, file: "kubernetes-403-rbac.json" };
    server.fail({ method: "PATCH", path: /deployments\/barred/, fault, times: 9 });
    const done = await run();
    assert.deepEqual(results(done), ["demo/barred Left", "demo/forced Left", "demo/web Released"]);
    assert.equal(done.problems.length, 2);
    assert.match(done.problems[0]!, /^Deployment\/demo\/barred: .*forbidden/);
    assert.match(done.problems[1]!, /tolerations or node affinity, which kubectl owns too/);
    assert.equal(done.left, 2);
  });

  it("takes annotations away that somebody took over with the whole object, and those that ReplicaSets copied", async () => {
    const replaced = buildApiDeployment("replaced");
    replaced.metadata!.annotations = { ...memory };
    replaced.metadata!.managedFields = [{ manager: "kubectl-replace", operation: "Update" }] as never;
    addObject(server, "apps/v1/deployments", replaced);
    const copy = buildApiDeployment("replaced-7d9f");
    copy.metadata!.annotations = { ...memory, theirs: "kept" };
    const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "replaced", uid: "uid-replaced" };
    copy.metadata!.ownerReferences = [{ ...owner, controller: true }];
    addObject(server, "apps/v1/replicasets", copy);
    const done = await run();
    assert.deepEqual(results(done), ["demo/replaced Released"]);
    assert.deepEqual([done.left, done.problems], [0, []]);
    assert.deepEqual(copy.metadata!.annotations, { theirs: "kept" });
  });

  it("says of what a held back rollout leaves on spot, that it does (kubernetes/kubernetes#98457)", async () => {
    const held = [{ paused: true }, { updateStrategy: { type: "OnDelete" } }, { updateStrategy: { rollingUpdate: { partition: 1 } } }]; // prettier-ignore
    const names = ["a", "b", "c", "free"];
    for (const [index, name] of names.entries()) {
      addPlaced(server, name);
      const path = `/apis/apps/v1/namespaces/demo/deployments/${name}`;
      Object.assign((server.objects.get(path) as { spec?: object }).spec!, held[index]);
    }
    const { results } = await run();
    assert.deepEqual(
      results.map(({ result, message }) => [result, message.includes("its pods stay on spot until")]),
      names.map((name) => ["Released", name !== "free"]),
    );
  });

  it("goes on where a ReplicaSet is deleted under its hands, or its pods cannot be listed", async () => {
    const evicted = ["barred", "deleted"];
    for (const name of evicted) {
      const path = `/apis/apps/v1/namespaces/${name}/replicasets/rs`;
      addPlaced(server, "rs", name);
      server.objects.set(path, server.objects.get(path.replace("replicasets", "deployments"))!);
      server.objects.delete(path.replace("replicasets", "deployments"));
      const annotations = { "spot-balancer/placed-at": "2026-11-29T10:00:00.000Z" };
      const ownerReferences = [{ uid: "uid-rs" }];
      const metadata = { name: "rs-1", namespace: name, uid: "uid-rs-1", resourceVersion: "1", annotations, ownerReferences }; // prettier-ignore
      addObject(server, "pods", { metadata, spec: { nodeName: "spot-1" } });
    }
    addPlaced(server, "web");
    const fault = { status: 403, file: "kubernetes-403-rbac.json" };
    server.fail({ method: "GET", path: /namespaces\/barred\/pods/, fault, times: 9 });
    const given = giveBack(server);
    server.onRequest = (seen) => {
      given(seen);
      if (seen.path.endsWith("/eviction")) server.objects.delete("/apis/apps/v1/namespaces/deleted/replicasets/rs"); // prettier-ignore
    };
    const done = await run();
    assert.deepEqual(results(done), ["demo/web Released", "barred/rs Left", "deleted/rs Gone"]);
    assert.match(done.problems[0]!, /^ReplicaSet\/barred\/rs: its pods still tolerate spot: .*forbidden/);
  });

  it("removes placeholders and empties its memory only when all is released", async () => {
    const state = { metadata: { name: "spot-balancer-state", namespace: "monitoring" }, data: { "state.json": "{}" } }; // prettier-ignore
    addObject(server, "configmaps", state);
    const labels = { "spot-balancer/placeholder": "true" };
    addObject(server, "pods", {
      metadata: { name: "placeholder-1", namespace: "placeholder", uid: "1", labels },
    });
    addObject(server, "pods", {
      metadata: { name: "theirs", namespace: "placeholder", uid: "2", labels: {} },
    });
    addPlaced(server, "web");
    assert.deepEqual(results(await run({ namespaces: ["shop"] })), []);
    assert.deepEqual(server.writes(), []);
    const done = await run();
    assert.equal(done.placeholders, 1);
    const deleted = server.writes().filter(({ method }) => method === "DELETE");
    assert.deepEqual(deleted.map(({ path, body }) => [path.split("/").at(-1), (body as { preconditions: object }).preconditions]), [["placeholder-1", { uid: "1" }]]); // prettier-ignore
    assert.equal((server.objects.get("/api/v1/namespaces/monitoring/configmaps/spot-balancer-state") as { data?: object }).data, undefined); // prettier-ignore
  });

  it("forgets of a namespace that is released alone what was tried there, of no other", async () => {
    const tried = { at: Date.parse("2026-01-01"), placement: "spot", failed: 0 };
    const tries = { "Deployment/shop/web": tried, "Deployment/demo/shop": tried };
    const told = { a: { reason: "NotIdle", at: tried.at, count: 3 } };
    addObject(server, "configmaps", {
      metadata: { name: "spot-balancer-state", namespace: "monitoring" },
      data: { "state.json": JSON.stringify({ balancer: { tries }, told }) },
    });
    const { problems } = await run({ namespaces: ["shop"] });
    const [written] = server.writes().map(({ body }) => (body as { data: { "state.json": string } }).data);
    const kept = JSON.parse(written?.["state.json"] ?? "{}") as {
      balancer?: { tries?: object };
      told?: object;
    };
    assert.deepEqual([problems, kept.balancer?.tries], [[], { "Deployment/demo/shop": tried }]);
    assert.deepEqual(kept.told, told);
  });

  it("keeps a pace, and the Lease while it waits; stopped, it begins no further workload", async () => {
    for (const name of ["a", "b", "c"]) addPlaced(server, name);
    const state = { metadata: { name: "spot-balancer-state", namespace: "monitoring" }, data: { "state.json": "{}" } }; // prettier-ignore
    addObject(server, "configmaps", state);
    const stop = new AbortController();
    let asked = 0;
    const done = await run({
      pace: 600, // one each 100 ms
      stop: stop.signal,
      stillHeld: () => Promise.resolve(void asked++),
      // Not by the count of what is asked: a timer that comes early has it ask once more.
      onResult: ({ workload }) => workload.name === "b" && stop.abort(),
    });
    assert.ok(asked >= 1);
    assert.deepEqual(results(done), ["demo/a Released", "demo/b Released", "demo/c Left"]);
    assert.match(done.problems[0]!, /it was not tried: the release was stopped before/);
    assert.deepEqual([done.left, done.placeholders, done.problems.length], [1, 0, 1]);
    assert.deepEqual(server.writes().filter(({ path }) => !path.includes("/apis/apps/")), [], "nothing else"); // prettier-ignore
  });

  it("asks for the Lease every five seconds of a long pause", async () => {
    for (const name of ["a", "b"]) addPlaced(server, name);
    const real = connect(server.kubeconfig(), { backoffMs: 1 });
    let now = 0;
    const clock = { ...real, send: real.send.bind(real), now: () => now };
    onWait = (ms) => (now += ms);
    let asked = 0;
    await run({ client: clock, pace: 5, stillHeld: () => Promise.resolve(void asked++) });
    assert.deepEqual([waits, asked], [[5000, 5000, 2000], 3]);
  });

  it("looks for copies until there are none, ten times at most, and not once it is stopped", async () => {
    const copy = buildApiDeployment("copy");
    const annotations = { ...memory };
    copy.metadata!.annotations = annotations;
    copy.metadata!.ownerReferences = [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "w", controller: true }]; // prettier-ignore
    addObject(server, "apps/v1/replicasets", copy);
    const stop = new AbortController();
    // Its controller has not seen yet that there is nothing to copy.
    const copyOnce = () => Object.assign(annotations, memory);
    onWait = copyOnce;
    await run();
    assert.deepEqual(waits, Array(10).fill(1000));
    [waits, onWait] = [[], () => waits.length < 2 && copyOnce()];
    await run();
    assert.deepEqual(waits, [1000, 1000]);
    [waits, onWait] = [[], () => (copyOnce(), waits.length === 3 && stop.abort())];
    copyOnce();
    await run({ stop: stop.signal });
    assert.equal(waits.length, 3);
  });

  it("removes each placeholder that it can, whatever becomes of the others", async () => {
    const labels = { "spot-balancer/placeholder": "true" };
    for (const name of ["one", "two"])
      addObject(server, "pods", { metadata: { name, namespace: "placeholder", uid: name, labels } });
    // Who would convert the buffers is gone: kubernetes/kubernetes#71925.
    server.add("/apis/autoscaling.x-k8s.io", { metadata: { name: "x" }, versions: [{ version: "v1beta1" }] });
    const body = { code: 500, message: "conversion webhook for autoscaling.x-k8s.io/v1alpha1 failed" };
    server.fail({ path: /capacitybuffers/, fault: { status: 500, body }, times: 9 });
    server.fail({ method: "DELETE", path: /pods\/one/, fault: { status: 403 }, times: 9 });
    const { problems, placeholders } = await run();
    assert.equal(placeholders, 1);
    assert.match(
      problems.join("\n"),
      /^placeholders stay: .*conversion webhook.*\nplaceholders stay: DELETE .*pods\/one: 403/,
    );
    server.mend();
    server.fail({ method: "DELETE", path: /pods\/one/, fault: "cut", times: 9 });
    addObject(server, "pods", { metadata: { name: "two", namespace: "placeholder", uid: "two", labels } });
    assert.equal((await run()).placeholders, 0, "without a server nothing more is asked of it");
  });

  it("says that its memory could not be emptied, and that placeholders stay", async () => {
    const state = { metadata: { name: "spot-balancer-state", namespace: "monitoring" }, data: { "state.json": "{}" } }; // prettier-ignore
    addObject(server, "configmaps", state);
    server.fail({ method: "PATCH", path: /configmaps/, fault: { status: 403 }, times: 9 });
    server.fail({ path: /placeholder\/pods/, fault: { status: 403 }, times: 9 });
    const { problems, placeholders } = await run();
    assert.match(problems[0] ?? "", /^the state in namespace monitoring stays: .*403/);
    assert.match(problems[1] ?? "", /^placeholders stay: .*403/);
    assert.deepEqual([problems.length, placeholders], [2, 0]);
  });

  it("writes no state where nothing of a namespace was tried", async () => {
    const tries = { "Deployment/demo/shop": { at: Date.parse("2026-01-01"), placement: "spot", failed: 0 } };
    addObject(server, "configmaps", {
      metadata: { name: "spot-balancer-state", namespace: "monitoring" },
      data: { "state.json": JSON.stringify({ balancer: { tries }, told: {} }) },
    });
    await run({ namespaces: ["shop"] });
    assert.deepEqual(server.writes(), []);
  });

  it("says what has something of ours again by then, or anew", async () => {
    addPlaced(server, "web");
    const done = await run({ onResult: () => addPlaced(server, "new") });
    assert.deepEqual([results(done), done.left], [["demo/web Released"], 1]);
    assert.match(done.problems.join(), /^Deployment\/demo\/new: has placement on spot, .* again, or anew$/);
  });

  it("is of the namespaces that are named", async () => {
    for (const [name, namespace] of [["web", "demo"], ["api", "shop"], ["db", "data"]] as const) addPlaced(server, name, namespace); // prettier-ignore
    assert.deepEqual(results(await run({ namespaces: ["demo", "shop"] })), [
      "demo/web Released",
      "shop/api Released",
    ]);
  });

  it("has the pods of a ReplicaSet follow, which nothing replaces otherwise", async () => {
    const { metadata, spec } = buildApiDeployment("bare");
    const annotations = { ...memory };
    addObject(server, "apps/v1/replicasets", { metadata: { ...metadata, annotations }, spec, status: { availableReplicas: 1 } }); // prettier-ignore
    addObject(server, "pods", {
      metadata: { name: "bare-1", namespace: "demo", uid: "p", annotations: { "spot-balancer/placed-at": "t" }, ownerReferences: [{ uid: "uid-bare" }] },
      spec: { nodeName: "n" },
    }); // prettier-ignore
    const done = await run();
    assert.deepEqual(results(done), ["demo/bare Released"]);
    assert.ok(server.writes().some(({ path }) => path.endsWith("/pods/bare-1/eviction")));
    annotations["spot-balancer/memory"] = "{}";
    addObject(server, "pods", {
      metadata: { name: "bare-2", namespace: "demo", uid: "q", annotations: { "spot-balancer/placed-at": "t" }, ownerReferences: [{ uid: "uid-bare" }] },
      spec: { nodeName: "n" },
    }); // prettier-ignore
    server.fail({
      path: /bare-2\/eviction/,
      fault: { status: 403, file: "kubernetes-403-rbac.json" },
      times: 9,
    });
    assert.deepEqual(results(await run()), ["demo/bare Left"]);
  });

  it("says which copies it could not clean, but not of those that are gone", async () => {
    const copy = (name: string) => {
      const object = buildApiDeployment(name);
      object.metadata!.annotations = { ...memory };
      object.metadata!.ownerReferences = [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "w", controller: true }]; // prettier-ignore
      addObject(server, "apps/v1/replicasets", object);
    };
    for (const name of ["gone", "kept"]) copy(name);
    server.fail({ method: "PATCH", path: /replicasets\/kept/, fault: { status: 403, file: "kubernetes-403-rbac.json" }, times: 9 }); // prettier-ignore
    server.fail({ method: "PATCH", path: /replicasets\/gone/, fault: { status: 404 }, times: 9 });
    const { problems } = await run();
    assert.match(problems[0]!, /^ReplicaSet\/demo\/kept: .*forbidden/);
    assert.equal(problems.filter((problem) => problem.startsWith("ReplicaSet/demo/gone: ") && !problem.includes("again, or anew")).length, 0); // prettier-ignore
  });

  it("waits between two, not before the first or after the last", async () => {
    for (const name of ["a", "b"]) addPlaced(server, name);
    const real = connect(server.kubeconfig(), { backoffMs: 1 });
    let asked = 0;
    let now = 0;
    const clock = { ...real, send: real.send.bind(real), now: () => now };
    const stillHeld = () => Promise.resolve(void (now = [59_990, 60_000][asked++]!));
    await run({ client: clock, pace: 1, stillHeld });
    assert.equal(asked, 2, "until a minute has passed");
  });

  it("writes nothing in a dry run, and names what it would take back", async () => {
    addPlaced(server, "web");
    const done = await run({ dryRun: true });
    assert.deepEqual(results(done), ["demo/web Planned"]);
    assert.match(done.results[0]!.message, /^placement on spot, annotation spot-balancer\/memory, /);
    assert.deepEqual(server.writes(), []);
  });
});

describe("the program with --release", () => {
  const program = useProgram();
  const flags = () => ["--release", "--kubeconfig", program.kubeconfig()];
  beforeEach(() => {
    program.server.onRequest = giveBack(program.server);
  });

  it("needs neither Prometheus nor a policy, and keeps rounds away for a while: exit 0", async () => {
    addPlaced(program.server, "web");
    const { code, stdout, stderr } = await program.run(...flags());
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /demo\/web {2}released {2}placement on spot, .*\n1 of 1 workloads released, 0 placeholders removed, 0 workloads left/); // prettier-ignore
    assert.deepEqual(program.prometheus.queries, []);
    const next = await program.runRound("--output", "json");
    assert.match(next.stdout, /"skipped":"LeaseHeld"/, "a round within the next 5 minutes does nothing");
    const again = await program.run(...flags(), "--deadline", "5");
    assert.deepEqual([again.code, again.stderr], [0, ""], "another release need not wait");
  });

  it("writes nothing in a dry run: exit 0", async () => {
    addPlaced(program.server, "web");
    const { code, stdout } = await program.run(...flags(), "--dry-run");
    assert.equal(code, 0);
    assert.match(stdout, /^demo\/web {2}would be released .*\n1 workloads have something of ours \(dry run/);
    assert.deepEqual(program.server.writes(), []);
  });

  it("says what is left: exit 3", async () => {
    const fault = { status: 403, file: "kubernetes-403-rbac.json" };
    program.server.fail({ method: "PATCH", path: /deployments\/barred/, fault, times: 9 });
    addPlaced(program.server, "barred");
    const { code, stdout, stderr } = await program.run(...flags(), "--output", "json");
    assert.equal(code, 3);
    assert.equal((JSON.parse(stdout) as Released).left, 1);
    assert.match(stderr, /^Not everything could be taken back:\nDeployment\/demo\/barred: /);
    const again = await program.run(...flags(), "--deadline", "5");
    assert.match(again.stderr, /^Not everything could be taken back:/, "it need not wait for our own Lease");
  });
});
