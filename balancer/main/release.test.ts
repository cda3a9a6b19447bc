// What a release says and comes to; what it takes back is asked in ../release.test.ts.
import assert from "node:assert/strict";
import { mock } from "node:test";
import { addObject, buildApiDeployment } from "../testing/apiObjects.ts";
import { type ApiObject, type FakeApiServer, startApiServer } from "../testing/apiServer.ts";
import { runRelease } from "./release.ts";

describe("a release that is run", () => {
  let server: FakeApiServer;
  const leasePath = "/apis/coordination.k8s.io/v1/namespaces/monitoring/leases/spot-balancer";
  const lease = (spec?: object) =>
    addObject(server, "coordination.k8s.io/v1/leases", {
      metadata: { name: "spot-balancer", namespace: "monitoring" },
      ...(spec && { spec: { leaseDurationSeconds: 60, renewTime: new Date().toISOString(), ...spec } }),
    });
  const holder = () =>
    (server.objects.get(leasePath) as { spec?: { holderIdentity: string } }).spec?.holderIdentity;
  /** With something of ours, which goes when it is asked for. */
  const add = (name: string, namespace = "demo") => {
    const object = buildApiDeployment(name, namespace);
    object.metadata!.annotations = { "spot-balancer/memory": "{}" };
    addObject(server, "apps/v1/deployments", object);
  };

  beforeEach(async () => {
    server = await startApiServer();
    lease();
    server.onRequest = ({ method, path, body }) => {
      if (method !== "PATCH" || !path.includes("/deployments/")) return;
      const object = server.objects.get(path) as ApiObject & { metadata: { annotations?: object } };
      object.metadata.annotations = {};
      (body as { metadata: object }).metadata = {};
    };
  });
  afterEach(() => server.stop());

  async function run(more: Partial<Parameters<typeof runRelease>[0]> = {}) {
    const said = { out: "", err: "" };
    mock.method(process.stdout, "write", (text: string) => (said.out += text) !== "");
    mock.method(process.stderr, "write", (text: string) => (said.err += text) !== "");
    const options = {
      namespace: "monitoring",
      dryRun: false,
      deadline: 20,
      output: "text" as const,
      ...more,
    };
    try {
      const code = await runRelease(options, server.kubeconfig(), new AbortController().signal);
      return { code, ...said };
    } catch (error) {
      return { code: -1, ...said, err: `${said.err}${String(error)}` };
    } finally {
      mock.restoreAll();
    }
  }
  const written = () => server.writes().map(({ method, path }) => `${method} ${path.split("/").at(-1)}`);

  it("says of each what became of it, and until when no round begins: five minutes", async () => {
    for (const name of ["a", "b"]) add(name);
    const start = Date.now();
    const { code, out, err } = await run();
    assert.deepEqual([code, err], [0, ""]);
    const [a, b, sum, until] = out.split("\n");
    assert.equal(a, "demo/a  released  annotation spot-balancer/memory");
    assert.equal(b, "demo/b  released  annotation spot-balancer/memory");
    assert.equal(sum, "2 of 2 workloads released, 0 placeholders removed, 0 workloads left with something of ours"); // prettier-ignore
    const quiet = Date.parse(/^No round begins before (\S+) \(Lease\)\./.exec(until ?? "")?.[1] ?? "");
    assert.ok(quiet - start >= 299_000 && quiet - start < 310_000, until);
    assert.match(holder() ?? "", / \(released\)$/);
  });

  it("says the same as JSON, and nothing else", async () => {
    add("a");
    const { code, out } = await run({ output: "json" });
    const { results, left, dryRun, quietUntil } = JSON.parse(out) as { results: { result: string }[]; left: number; dryRun: boolean; quietUntil?: number }; // prettier-ignore
    assert.deepEqual([code, results.map(({ result }) => result), left, dryRun], [0, ["Released"], 0, false]);
    assert.ok((quietUntil ?? 0) > Date.now());
  });

  it("of some namespaces lets rounds go on", async () => {
    add("a");
    add("b", "shop");
    addObject(server, "namespaces", { metadata: { name: "shop" } });
    const { code, out } = await run({ namespaces: ["shop"] });
    assert.equal(code, 0);
    assert.match(out, /^shop\/b {2}released .*\n1 of 1 workloads released, .*\n$/);
    assert.equal(holder(), "");
  });

  it("begins nothing where a namespace is named that is not there (kubernetes/kubernetes#75537)", async () => {
    add("a");
    addObject(server, "namespaces", { metadata: { name: "demo" } });
    const { err } = await run({ namespaces: ["demo", "demoo"] });
    assert.match(err, /^InputError: --namespaces: the cluster has no namespace demoo$/);
    assert.deepEqual(server.writes(), []);
    server.fail({ path: /namespaces\/demo$/, fault: { status: 403 } });
    assert.equal((await run({ namespaces: ["demo"] })).code, 0, "who may write there need not see it");
  });

  it("says how to go on with rights in some namespaces alone", async () => {
    const fault = { status: 403, file: "kubernetes-403-rbac.json" };
    server.fail({ path: /^\/apis\/apps\/v1\/deployments/, fault, times: 9 });
    server.fail({ path: /^\/apis\/apps\/v1\/namespaces\/demo\/deployments/, fault, times: 9 });
    assert.match((await run()).err, /cannot list resource .*\nWith rights in some namespaces alone, name them: --namespaces a,b$/); // prettier-ignore
    addObject(server, "namespaces", { metadata: { name: "demo" } });
    assert.doesNotMatch((await run({ namespaces: ["demo"] })).err, /With rights/);
  });

  it("tells placeholders in a dry run, too, but for one of some namespaces", async () => {
    const labels = { "spot-balancer/placeholder": "true" };
    for (const name of ["one", "two"])
      addObject(server, "pods", { metadata: { name, namespace: "placeholder", uid: name, labels } });
    assert.equal((await run({ dryRun: true })).out, "0 workloads have something of ours, and 2 placeholders would be removed (dry run: nothing was written)\n"); // prettier-ignore
    addObject(server, "namespaces", { metadata: { name: "demo" } });
    assert.doesNotMatch((await run({ dryRun: true, namespaces: ["demo"] })).out, /placeholder/);
    assert.deepEqual(server.writes(), []);
  });

  it("writes nothing in a dry run, and takes no Lease", async () => {
    add("a");
    lease({ holderIdentity: "other" });
    const { code, out } = await run({ dryRun: true });
    assert.equal(code, 0);
    assert.equal(out, "demo/a  would be released  annotation spot-balancer/memory\n1 workloads have something of ours (dry run: nothing was written)\n"); // prettier-ignore
    assert.deepEqual(server.writes(), []);
  });

  it("says what is left, and gives the Lease back: exit 3", async () => {
    for (const name of ["a", "b"]) add(name);
    server.fail({ method: "PATCH", path: /deployments\/a/, fault: { status: 403 }, times: 9 });
    server.onRequest = () => undefined;
    const { code, out, err } = await run();
    assert.equal(code, 3);
    assert.match(out, /^demo\/a {2}LEFT {2}.*403/);
    assert.match(out, /\n1 of 2 workloads released, 0 placeholders removed, 1 workloads left with/);
    assert.doesNotMatch(out, /No round begins/);
    assert.match(err, /^Not everything could be taken back:\nDeployment\/demo\/a: .*403/);
    assert.equal(holder(), "");
  });

  it("is not complete where something is there anew, though nothing failed", async () => {
    add("a");
    const { onRequest } = server;
    server.onRequest = (seen) => {
      onRequest(seen);
      if (seen.method === "PATCH") add("late");
    };
    const { code, err } = await run();
    assert.equal(code, 3);
    assert.match(err, /Deployment\/demo\/late: has annotation spot-balancer\/memory again, or anew/);
    assert.equal(holder(), "");
  });

  it("follows another release at once, and waits for anybody else: told once", async () => {
    add("a");
    lease({ holderIdentity: "x (released)", leaseDurationSeconds: 300 });
    assert.equal((await run()).code, 0);
    lease({ holderIdentity: "other" });
    const before = server.writes().length;
    const { code, err } = await run({ deadline: 0.05 });
    assert.equal(code, -1);
    assert.match(err, /^Waiting for other, which holds the Lease until \S+Z unless it renews it\nUnreachableError: Nothing was released: other held the Lease all the time$/); // prettier-ignore
    assert.equal(server.writes().length, before);
  });

  const details = { causes: [{ reason: "NamespaceTerminating" }] };
  const terminating = { status: 403, body: { code: 403, details } };
  for (const [what, fault] of Object.entries({
    "no namespace for it": { status: 404 },
    "one that ends (pixie-io/pixie#1917)": terminating,
  }))
    it(`needs no Lease where there is ${what}`, async () => {
      add("a");
      server.remove(leasePath);
      server.fail({ method: "PUT", path: /leases/, fault, times: 9 });
      const { code, out } = await run();
      assert.equal(code, 0);
      assert.doesNotMatch(out, /No round begins/);
      assert.deepEqual(written().filter((each) => !each.includes("spot-balancer")), ["PATCH a"]); // prettier-ignore
    });

  it("writes nothing where it may not have the Lease", async () => {
    add("a");
    server.fail({ path: /leases/, fault: { status: 403 }, times: 99 });
    const { code, err } = await run();
    assert.equal(code, -1);
    assert.match(err, /403/);
    assert.deepEqual(written(), []);
  });

  it("says what was cut off where it took too long, ten seconds after its deadline", async () => {
    for (const name of ["a", "b"]) add(name);
    mock.timers.enable({ apis: ["setTimeout"] });
    server.onRequest = ({ method, path }) => {
      if (method !== "PATCH" || !path.endsWith("/a")) return undefined;
      mock.timers.tick(20_000);
      mock.timers.tick(10_000);
      return "hang";
    };
    try {
      const { code, out } = await run();
      assert.equal(code, 3);
      assert.match(out, /^demo\/a {2}LEFT {2}.*The release was not finished within 20 s \(--deadline\)\n/);
      assert.match(out, /\ndemo\/b {2}LEFT {2}it was not tried: the release was stopped before\n/);
    } finally {
      mock.timers.reset();
    }
  });

  it("writes nothing more once another one has the Lease", async () => {
    for (const name of ["a", "b"]) add(name);
    const { onRequest } = server;
    server.onRequest = (seen) => {
      onRequest(seen);
      if (seen.method !== "PATCH") return;
      server.clockOffset = 70_000;
      lease({ holderIdentity: "other" });
    };
    const { code, err } = await run();
    assert.equal(code, 3);
    assert.match(err, /Deployment\/demo\/b: .*Lease/);
    assert.deepEqual(written(), ["PUT spot-balancer", "PATCH a", "PUT spot-balancer"]);
    assert.equal(holder(), "other");
  });
});
