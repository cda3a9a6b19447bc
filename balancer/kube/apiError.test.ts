import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import timers from "node:timers/promises";
import { InputError } from "../failures.ts";
import {
  ApiError,
  isFaultOfObject,
  isForbidden,
  isNotNow,
  isServerFault,
  isStatus,
  isTerminating,
  unlessStatus,
} from "./apiError.ts";
import { loadKubeConfig } from "./config.ts";
import { timeOf } from "./json.ts";
import type { KubeRequest } from "./request.ts";
import { clarify, isWorthRetrying, waitAsAsked } from "./retry.ts";
import { workloadPath } from "./workloadPath.ts";

const failed = (status: number, message = "", more: object = {}, header?: string) =>
  new ApiError("GET /x", status, JSON.stringify({ message, ...more }), header);

describe("what the API server refuses", () => {
  it("is its status, its reason and its words, each once", () => {
    const causes = [
      { reason: "FieldManagerConflict", message: "by helm", field: ".a" },
      { message: "no" },
      {},
    ];
    const error = failed(409, "no: it is taken", { reason: "Conflict", details: { causes } });
    assert.equal(error.message, "GET /x: 409 Conflict: no: it is taken by helm");
    assert.equal(error.said, "no: it is taken by helm");
    assert.deepEqual([error.status, error.reason, error.name], [409, "Conflict", "ApiError"]);
    assert.deepEqual(error.causes, [causes[0], { reason: "", message: "no", field: "" }, { reason: "", message: "", field: "" }]); // prettier-ignore
  });

  it("is the beginning of whatever came, where that is no Status", () => {
    const page = new ApiError("GET /x", 502, `<html>${"x".repeat(400)}`);
    assert.deepEqual([page.said.length, page.reason, page.causes], [300, "", []]);
    const html =
      "<html>\r\n<head><title>502</title></head>\r\n<body>\r\n<h1>502 Bad Gateway</h1>\r\n</body></html>\r\n";
    assert.equal(new ApiError("GET /x", 502, html).message, "GET /x: 502: 502 Bad Gateway");
    assert.equal(new ApiError("GET /x", 404, "404 page\n not found\n").said, "404 page not found");
    assert.equal(new ApiError("GET /x", 500, "null").message, "GET /x: 500: null");
    assert.equal(new ApiError("GET /x", 500, "").message, "GET /x: 500: ");
  });

  it("says how long to wait: the header before the Status, in seconds", () => {
    const details = { retryAfterSeconds: 3 };
    assert.equal(failed(429, "", { details }).retryAfterMs, 3000);
    assert.equal(failed(429, "", { details }, "1").retryAfterMs, 1000);
    assert.equal(failed(429).retryAfterMs, undefined);
    assert.equal(failed(429, "", {}, "Wed, 21 Oct 2026 07:28:00 GMT").retryAfterMs, undefined);
  });

  const typed = "failed to create typed patch object (demo/web): .spec.x: field not declared in schema";
  const faults: [what: string, error: ApiError, ofServer: boolean, ofObject: boolean][] = [
    ["no answer to be had", failed(500, "etcdserver: request timed out"), true, false],
    ["not there yet", failed(503), true, false],
    ["refused", failed(422, "invalid"), false, false],
    ["an unknown field: kubernetes/kubernetes#122480", failed(500, typed), false, true],
    ["an unknown field, told by somebody", failed(500, `Internal error: ${typed}`), false, true],
    ["a variable twice: kubernetes/kubernetes#121575", failed(500, "failed to convert new object (demo/web)"), false, true],
    ["a pod of several budgets: kubernetes/kubernetes#75957", failed(500, "This pod has more than one PodDisruptionBudget"), false, true],
    ["words that merely name it", failed(500, "it failed to create typed things"), true, false],
    ["a webhook that nobody answers for", failed(500, 'failed calling webhook "x"'), false, false],
    ["a webhook that breaks", failed(500, 'admission webhook "x" denied the request'), false, false],
    ["a conversion that fails", failed(500, "conversion webhook for karpenter.sh/v1"), false, false],
  ]; // prettier-ignore
  for (const [what, error, ofServer, ofObject] of faults)
    it(`may be ${what}`, () => assert.deepEqual([isServerFault(error), isFaultOfObject(error)], [ofServer, ofObject])); // prettier-ignore

  it("is RBAC's where it names who cannot do what", () => {
    const rbac = failed(403, 'User "x" cannot list resource "pods" in API group ""');
    assert.equal(isForbidden(rbac), true);
    assert.equal(isForbidden(failed(403, "exceeded quota: q")), false);
    assert.equal(isForbidden(failed(401, rbac.said)), false);
    assert.equal(isForbidden(new Error(rbac.message)), false);
    assert.deepEqual([isStatus(rbac, 403), isStatus(rbac, 404), isStatus(new Error("403"), 403)], [true, false, false]); // prettier-ignore
  });
});

describe("an eviction that is refused", () => {
  const because = (reason: string) => ({ details: { causes: [{ reason }] } });
  const denied = 'admission webhook "x" denied the request: wait';
  const several =
    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
  const cases: [what: string, error: unknown, notNow: boolean, terminating: boolean][] = [
    ["by a budget", failed(429, "", because("DisruptionBudget")), true, false],
    ["by a webhook", failed(429, denied), true, false],
    ["by two budgets", failed(500, several), true, false],
    ["by a server that has too much to do", failed(429, "", because("TooManyRequests")), false, false],
    ["by a webhook for good", failed(403, denied), false, false],
    ["by a server that fails", failed(500, denied), false, false],
    ["in words of budgets alone", failed(429, several), false, false],
    ["since its namespace ends", failed(403, "", because("NamespaceTerminating")), false, true],
    ["since something else is forbidden", failed(403, "", because("Forbidden")), false, false],
    ["since it is there twice", failed(409, "", because("NamespaceTerminating")), false, false],
    ["by nobody", new Error(several), false, false],
  ]; // prettier-ignore
  for (const [what, error, notNow, terminating] of cases)
    it(`says for how long: ${what}`, () =>
      assert.deepEqual([isNotNow(error), isTerminating(error)], [notNow, terminating]));

  it("answers nothing for the statuses that are named, and fails otherwise", async () => {
    const gone = failed(404);
    assert.equal(await unlessStatus(Promise.reject(gone), 409, 404), undefined);
    assert.equal(await unlessStatus(Promise.resolve(1), 404), 1);
    await assert.rejects(unlessStatus(Promise.reject(gone), 409), gone);
    await assert.rejects(unlessStatus(Promise.reject(gone)), gone);
  });
});

describe("a request that failed", () => {
  const read = {};
  const write = { method: "PATCH" } as const;
  const cut = new Error("socket hang up");
  const alone = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
  const cases: [what: string, request: Partial<KubeRequest>, error: unknown, attempt: number, again: boolean][] = [
    ["a read, cut off", read, cut, 1, true],
    ["a write, cut off: it may be done", write, cut, 1, false],
    ["a write that may be done twice, cut off", { ...write, repeatable: true }, cut, 1, true],
    ["a write without a connection", write, alone, 1, true],
    ["anything that cannot be asked", read, new InputError("no"), 1, false],
    ["a read, too often", read, failed(429), 3, true],
    ["a write, too often", write, failed(429), 3, true],
    ["an eviction that a disruption budget refuses", write, failed(429, "", { details: { causes: [{ reason: "DisruptionBudget" }] } }), 1, false],
    ["an eviction that a webhook denies for now", write, failed(429, 'admission webhook "x" denied the request: no'), 1, false],
    ["a read that fails", read, failed(500), 3, true],
    ["a write that fails", write, failed(500), 1, false],
    ["a read of what cannot be read", read, failed(500, "failed to convert new object (x)"), 1, false],
    ["a read that is refused", read, failed(404), 1, false],
    ["a read by an old token", read, failed(401), 1, true],
    ["a read by a token that is none", read, failed(401), 2, false],
    ["a write by an old token", write, failed(401), 1, false],
  ]; // prettier-ignore
  for (const [what, request, error, attempt, again] of cases)
    it(`${again ? "is" : "is not"} sent again: ${what}`, () =>
      assert.equal(isWorthRetrying({ path: "/x", ...request }, error, attempt), again));

  it("waits as long as it is asked to, five seconds at most", async () => {
    const waits: unknown[] = [];
    mock.method(timers, "setTimeout", (ms: number) => Promise.resolve(waits.push(ms)));
    try {
      const { signal } = new AbortController();
      for (const seconds of ["0", "0.5", "5", "60", undefined]) await waitAsAsked(failed(429, "", {}, seconds), signal);
      await waitAsAsked(cut, signal);
    } finally {
      mock.restoreAll();
    }
    assert.deepEqual(waits, [500, 5000, 5000]);
  }); // prettier-ignore

  it("says to people what it was", () => {
    assert.throws(() => clarify(new TypeError("x")), /^Error: unusable answer: x$/);
    assert.throws(() => clarify(new SyntaxError("y")), /^Error: unusable answer: y$/);
    assert.throws(() => clarify(AbortSignal.abort(new DOMException("", "TimeoutError")).reason), /^Error: no answer in time$/); // prettier-ignore
    assert.throws(() => clarify(cut), cut);
  });
});

describe("small things of the API", () => {
  it("are times, and where there are none", () => {
    assert.equal(timeOf("2026-01-01T00:00:00Z"), Date.UTC(2026, 0, 1));
    assert.deepEqual([timeOf("soon"), timeOf(""), timeOf(null), timeOf(undefined)], [undefined, undefined, undefined, undefined]); // prettier-ignore
  });

  it("are paths of what can be placed", () => {
    const path = (kind: string) => workloadPath({ kind, namespace: "demo", name: "x" });
    assert.equal(path("StatefulSet"), "/apis/apps/v1/namespaces/demo/statefulsets/x");
    assert.throws(() => path("DaemonSet"), /^Error: a DaemonSet cannot be placed$/);
  });
});

describe("the way into the cluster", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "balancer-config-"))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const kubeconfig = (name: string, more = "") =>
    file(name, `{ current-context: a, clusters: [{ name: c, cluster: { server: "https://${name}" } }], contexts: [{ name: a, context: { cluster: c, user: u } }, { name: lost, context: { cluster: gone, user: u } }, { name: b, context: { cluster: c, user: u } }], users: [{ name: u, user: {} }]${more} }`); // prettier-ignore
  const serverOf = (...args: Parameters<typeof loadKubeConfig>) => loadKubeConfig(...args).getCurrentCluster()?.server; // prettier-ignore
  const inPod = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "6443" };
  const addAccount = () => {
    file("token", "t");
    file("ca.crt", "c");
    return folder;
  };

  it("is what is named first", () => {
    const [named, fromEnv] = [kubeconfig("named"), kubeconfig("env")];
    const dir = addAccount();
    const env = { ...inPod, HOME: folder };
    assert.equal(serverOf({ kubeconfig: named, serviceAccountDir: dir }, { ...env, KUBECONFIG: fromEnv }), "https://named"); // prettier-ignore
    assert.equal(serverOf({ serviceAccountDir: dir }, { ...env, KUBECONFIG: fromEnv }), "https://10.0.0.1:6443"); // prettier-ignore
    const before = process.env["KUBECONFIG"];
    process.env["KUBECONFIG"] = fromEnv; // client-node reads it by itself
    try {
      assert.equal(serverOf({}, { ...env, KUBECONFIG: fromEnv }), "https://env");
      const lost = /The context lost in the kubeconfig \$KUBECONFIG \(.*env\) names a cluster/;
      assert.throws(() => loadKubeConfig({ context: "lost" }, { ...env, KUBECONFIG: fromEnv }), lost);
    } finally {
      if (before === undefined) delete process.env["KUBECONFIG"];
      else process.env["KUBECONFIG"] = before;
    }
    mkdirSync(join(folder, ".kube"));
    kubeconfig(".kube/config");
    assert.equal(serverOf({}, env), "https://.kube/config");
  });

  it("is the pod's own, whose token is read from its file each time", () => {
    const config = loadKubeConfig({ serviceAccountDir: addAccount() }, { KUBERNETES_SERVICE_HOST: "::1" });
    const { server, caFile, skipTLSVerify } = config.getCurrentCluster()!;
    assert.deepEqual([server, caFile, skipTLSVerify], ["https://[::1]:443", join(folder, "ca.crt"), false]);
    assert.deepEqual(config.getCurrentUser()?.authProvider, { name: "tokenFile", config: { tokenFile: join(folder, "token") } }); // prettier-ignore
  });

  it("is another context where one is named", () => {
    const config = loadKubeConfig({ kubeconfig: kubeconfig("k"), context: "b" }, {});
    assert.equal(config.getCurrentContext(), "b");
  });

  const none: [what: string, access: () => Parameters<typeof loadKubeConfig>, message: RegExp][] = [
    ["there is nothing", () => [{}, { HOME: folder }], /No way into a cluster: .* found none/],
    ["a file is missing", () => [{ kubeconfig: join(folder, "none") }, {}], /Cannot read the kubeconfig .*none: ENOENT/],
    ["a file is none", () => [{ kubeconfig: file("k", "[") }, {}], /Cannot read the kubeconfig/],
    ["no context is current", () => [{ kubeconfig: file("k", "{ clusters: [], contexts: [], users: [] }") }, {}], /has no current context; choose one with --context/],
    ["there is no such context", () => [{ kubeconfig: kubeconfig("k"), context: "x" }, {}], /has no context x; it has: a, lost, b$/],
    ["its cluster is missing", () => [{ kubeconfig: kubeconfig("k"), context: "lost" }, {}], /The context lost .* names a cluster that is not in it/],
    ["it is no pod", () => [{ serviceAccountDir: addAccount() }, {}], /^A ServiceAccount folder was given, but \$KUBERNETES_SERVICE_HOST is not set: is this a pod\?$/],
    ["the account is incomplete", () => [{ serviceAccountDir: folder }, inPod], /lacks token and ca\.crt$/],
    ["a pod has none", () => [{}, { ...inPod, HOME: folder }], /^The ServiceAccount folder \/var\/run\/secrets\/kubernetes\.io\/serviceaccount lacks token and ca\.crt$/],
    ["the account lacks its CA", () => [{ serviceAccountDir: (file("token", "t"), folder) }, inPod], /lacks ca\.crt$/],
  ]; // prettier-ignore
  for (const [what, access, message] of none)
    it(`is not there, with the reason, where ${what}`, () =>
      assert.throws(() => loadKubeConfig(...access()), { name: "InputError", message }));
});
