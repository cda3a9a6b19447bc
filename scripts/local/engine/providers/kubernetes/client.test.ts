// The Kubernetes provider against an API that fails on purpose.
import assert from "node:assert/strict";
import type { ApiObject } from "../../../../../balancer/testing/apiServer.ts";
import { type PlayedCluster, playCluster } from "../../testing/cluster.ts";
import { reveal, secret, unknown, type Properties } from "../../values.ts";
import { NotReadyError, type Change, type ProviderClient, type Subject } from "../provider.ts";
import { kubernetesPackage } from "../kubernetes.ts";
import { kubernetesClient } from "./client.ts";

const path = "/api/v1/namespaces/demo/configmaps/settings";
const configMap = (data: Properties = { a: "1" }): Properties => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings", namespace: "demo" },
  data,
});
const deployment: Properties = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "demo" },
  spec: { selector: { matchLabels: { app: "web" } } },
};
const subject = (kind: string, id = ""): Subject => ({
  urn: `urn::${kind}`,
  type: `kubernetes:core/v1:${kind}`,
  name: "it",
  id,
});

/** The object with a limit of its own for waiting, in seconds. */
const hurried = (object: Properties, seconds: number): Properties => ({
  ...object,
  metadata: {
    ...(object["metadata"] as Properties),
    annotations: { "pulumi.com/timeoutSeconds": String(seconds) },
  },
});

describe("Kubernetes provider", () => {
  let api: PlayedCluster;
  let client: ProviderClient;
  let statuses: string[];
  let change: Change;

  beforeEach(async () => {
    api = await playCluster();
    client = await kubernetesPackage({ pauseMs: 5 }).configure({ kubeconfig: api.kubeconfigText });
    statuses = [];
    change = {
      preview: false,
      signal: new AbortController().signal,
      status: (text) => statuses.push(text),
    };
  });
  afterEach(async () => {
    client.close();
    await api.stop();
  });
  const create = (inputs: Properties, over: Partial<Change> = {}) =>
    client.create(subject(inputs["kind"] as string), { inputs, ...change, ...over });

  it("applies an object as the field manager of Pulumi's provider", async () => {
    const { id, outputs } = await create(configMap());
    assert.equal(id, "demo/settings");
    assert.deepEqual(outputs["data"], { a: "1" });
    assert.equal((outputs["metadata"] as Properties)["managedFields"], undefined);
    const { uid, resourceVersion, ...metadata } = api.objects.get(path)!.metadata;
    assert.ok(uid && resourceVersion);
    assert.deepEqual(metadata, {
      name: "settings",
      namespace: "demo",
      managedFields: [{ manager: "pulumi-kubernetes", operation: "Apply" }],
    });
    const applied = api.requests.find(({ method }) => method === "PATCH");
    assert.deepEqual(Object.fromEntries(applied!.query), {
      fieldManager: "pulumi-kubernetes",
      fieldValidation: "Strict",
      force: "false",
    });
    assert.equal(applied!.headers["content-type"], "application/apply-patch+yaml");
  });

  it("only asks in a preview, and not at all where something is unknown", async () => {
    const { id } = await create(configMap(), { preview: true });
    assert.deepEqual([id, api.objects.size], ["", 0]);
    const asked = api.requests.findLast(({ method }) => method === "PATCH");
    assert.deepEqual([asked?.path, asked?.query.get("dryRun")], [path, "All"]);
    api.requests.length = 0;
    await create(configMap({ a: unknown }), { preview: true });
    assert.deepEqual(
      api.requests.map((seen) => `${seen.method} ${seen.path}`),
      [`GET ${path}`],
    );
    api.requests.length = 0;
    await create({ ...configMap(), metadata: { name: unknown, namespace: "demo" } }, { preview: true });
    assert.deepEqual(api.requests, [], "nobody knows yet whose name that is");
  });

  it("previews objects whose namespace or kind comes with the same update", async () => {
    await create(
      { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", metadata: { name: "g" } },
      { preview: true },
    );
    api.onRequest = ({ method }) =>
      method === "PATCH"
        ? { status: 404, body: { message: 'namespaces "demo" not found', reason: "NotFound" } }
        : undefined;
    await create(configMap(), { preview: true });
    await assert.rejects(
      create({ apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", metadata: { name: "g" } }),
      /no kind Gateway in gateway\.networking\.k8s\.io\/v1/,
    );
  });

  it("passes on what the server refuses in a preview", async () => {
    const refused = { status: 422, body: { message: "data is invalid", reason: "Invalid" } };
    api.onRequest = ({ method }) => (method === "PATCH" ? refused : undefined);
    await assert.rejects(create(configMap(), { preview: true }), /data is invalid/);
  });

  it("changes an object in place, and only asks in a preview", async () => {
    await create(configMap());
    const update = (preview: boolean) =>
      client.update(subject("ConfigMap", "demo/settings"), {
        ...{ oldInputs: configMap(), newInputs: configMap({ a: "2" }), oldOutputs: {}, ignoreChanges: [] },
        ...{ ...change, preview },
      });
    assert.deepEqual((await update(true)).outputs["data"], { a: "2" });
    assert.deepEqual(api.objects.get(path)!["data"], { a: "1" });
    assert.deepEqual((await update(false)).outputs["data"], { a: "2" });
    assert.deepEqual(api.objects.get(path)!["data"], { a: "2" });
  });

  it("renders what it is given where the cluster is not known yet, and applies nothing there", async () => {
    const unknownYet = kubernetesClient(undefined);
    const asked = { inputs: configMap(), ...change };
    assert.deepEqual(await unknownYet.create(subject("ConfigMap"), { ...asked, preview: true }), { id: "", outputs: configMap() }); // prettier-ignore
    await assert.rejects(unknownYet.create(subject("ConfigMap"), asked), /the cluster is not known/);
    unknownYet.close();
  });

  it("has no functions", async () => {
    await assert.rejects(client.invoke("kubernetes:yaml:decode", {}), /no function kubernetes:yaml:decode/);
  });

  it("comes again when the server is busy or the connection breaks", async () => {
    let troubles = 0;
    api.onRequest = ({ method }) => {
      if (method !== "PATCH" || ++troubles > 3) return undefined;
      return troubles === 2 ? "cut" : { status: 429, body: { message: "too many requests" } };
    };
    await create(configMap());
    assert.equal(troubles, 4);
  });

  it("says which server does not answer", async () => {
    await api.stop();
    await assert.rejects(
      create(configMap()),
      /cluster at http:\/\/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/,
    );
  });

  it("names the owner of a field in a conflict, and never forces", async () => {
    api.onRequest = ({ method, query }) => {
      if (method !== "PATCH") return undefined;
      assert.equal(query.get("force"), "false");
      const causes = [
        {
          reason: "FieldManagerConflict",
          message: 'conflict with "spot-balancer" using apps/v1',
          field: ".spec.template.spec.tolerations",
        },
        { reason: "Other", message: "and something else" },
      ];
      return { status: 409, body: { reason: "Conflict", message: "Apply failed", details: { causes } } };
    };
    await assert.rejects(
      create(deployment),
      /\.spec\.template\.spec\.tolerations: conflict with "spot-balancer"[^]* - \?: and something else\n[^]*patchForce/,
    );
  });

  it("passes on a conflict that is about no field", async () => {
    const causes = [{ reason: "Other", message: "of another kind", field: "" }];
    api.onRequest = ({ method }) =>
      method === "PATCH"
        ? { status: 409, body: { reason: "Conflict", message: "it has changed", details: { causes } } }
        : undefined;
    await assert.rejects(create(configMap()), (error: Error) => /it has changed/.test(error.message) && !/patchForce/.test(error.message)); // prettier-ignore
  });

  it("takes over nothing that others made, but what it made itself before", async () => {
    const foreign: ApiObject = {
      ...configMap(),
      metadata: { name: "settings", namespace: "demo", managedFields: [{ manager: "helm" }] },
    };
    api.objects.set(path, foreign);
    await assert.rejects(create(configMap()), /ConfigMap demo\/settings exists already, made by helm/);
    await assert.rejects(create(configMap(), { preview: true }), /exists already, made by helm/);
    foreign.metadata["managedFields"] = [];
    await assert.rejects(create(configMap()), /exists already, made by somebody else: delete it/);
    api.objects.delete(path);
    await create(configMap({ a: "2" }));
    await create(configMap({ a: "3" }));
    assert.deepEqual(api.objects.get(path)!["data"], { a: "3" });
  });

  it("waits for readiness, and tells what it waits for", async () => {
    api.onStored = (object) => {
      setTimeout(
        () =>
          (object["status"] = {
            observedGeneration: 1,
            replicas: 1,
            updatedReplicas: 1,
            availableReplicas: 1,
          }),
        150,
      );
    };
    const { outputs } = await create(deployment);
    assert.equal((outputs["status"] as Properties)["availableReplicas"], 1);
    const looks = api.requests.filter(({ method, path }) => method === "GET" && path.endsWith("/web"));
    assert.ok(looks.length < 8, `${looks.length} looks within 150 ms, with pauses between them`);
  });

  it("reports why something is not ready, and that it exists", async () => {
    api.onStored = (object) => {
      object["status"] = {
        conditions: [
          {
            type: "ReplicaFailure",
            status: "True",
            message: 'pods "web-2" is forbidden: exceeded quota: demo',
          },
        ],
      };
    };
    const podPath = "/api/v1/namespaces/demo/pods/web-1";
    api.objects.set(podPath, {
      kind: "Pod",
      metadata: { name: "web-1", namespace: "demo", uid: "pod-1" },
      status: {
        containerStatuses: [
          {
            name: "web",
            ready: false,
            state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } },
          },
        ],
      },
    });
    api.objects.set("/api/v1/namespaces/demo/events/e", {
      metadata: { name: "e" },
      type: "Warning",
      reason: "FailedMount",
      message: 'configmap "x" not found',
      involvedObject: { kind: "Pod", name: "web-1", uid: "pod-1" },
    });
    await assert.rejects(create(hurried(deployment, 0.2)), (error: NotReadyError) => {
      assert.ok(error instanceof NotReadyError);
      assert.equal(error.id, "demo/web");
      assert.deepEqual(error.reasons, [
        "not ready after 0.2 s: 0 of 1 replicas are new",
        'pods "web-2" is forbidden: exceeded quota: demo',
        "Pod demo/web-1, container web: ImagePullBackOff: no such image",
        'Pod web-1: FailedMount: configmap "x" not found',
      ]);
      return true;
    });
  });

  it("does not wait for what is marked so", async () => {
    await create({
      ...deployment,
      metadata: { name: "web", namespace: "demo", annotations: { "pulumi.com/skipAwait": "true" } },
    });
  });

  it("stops waiting when it is interrupted", async () => {
    const stop = new AbortController();
    const isStored = new Promise<void>((resolve) => (api.onStored = () => resolve()));
    const looks = () => api.requests.filter(({ method, path }) => method === "GET" && path.endsWith("/web"));
    const interrupting = isStored.then(async () => {
      const before = looks().length;
      while (looks().length < before + 2) await new Promise(setImmediate);
      stop.abort();
    });
    await assert.rejects(
      create(deployment, { signal: stop.signal }),
      /interrupted while waiting: 0 of 1 replicas are new/,
    );
    await interrupting;
  });

  it("deletes, and waits until the object is really gone", async () => {
    await create(configMap());
    const live = api.objects.get(path)!;
    live.metadata["finalizers"] = ["example.com/slow"];
    const remove = (timeout: number) =>
      client.delete(subject("ConfigMap", "demo/settings"), {
        inputs: hurried(configMap(), timeout),
        outputs: live as Properties,
        ...change,
      });
    await assert.rejects(
      remove(0.2),
      /still there 0\.2 s after its deletion was asked for: finalizers example\.com\/slow/,
    );
    setTimeout(() => api.objects.delete(path), 150);
    await remove(5);
    assert.equal(api.objects.size, 0);
    await remove(5); // what is gone is no error
    const asked = api.requests.find(({ method }) => method === "DELETE");
    assert.deepEqual(asked?.body, {
      ...{ apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Foreground" }, // dependents first
      preconditions: { uid: live.metadata["uid"] },
    });
  });

  const stays: [what: string, status: Properties, spec: Properties, why: string][] = [
    ["a namespace with something in it", { conditions: [{ type: "NamespaceContentRemaining", status: "True", message: "some pods remain" }, { type: "NamespaceDeletionContentFailure", status: "False", message: "all is well" }] }, { finalizers: ["kubernetes"] }, "finalizers kubernetes; some pods remain"],
    ["one that goes at once", {}, {}, "it has no finalizers left"],
  ]; // prettier-ignore
  for (const [what, status, spec, why] of stays)
    it(`says why it is still there: ${what}`, async () => {
      await create(configMap());
      const live = api.objects.get(path)!;
      Object.assign(live, { status, spec });
      api.onRequest = ({ method }) => (method === "DELETE" ? { status: 200, body: {} } : undefined);
      const removing = client.delete(subject("ConfigMap", "demo/settings"), { inputs: hurried(configMap(), 0.05), outputs: live as Properties, ...change }); // prettier-ignore
      await assert.rejects(removing, new RegExp(`after its deletion was asked for: ${why}$`));
    });

  const remove = (kind: string, id: string, inputs: Properties, outputs: Properties = {}) =>
    client.delete(subject(kind, id), { inputs: hurried(inputs, 0.05), outputs, ...change });

  it("deletes what has no namespace by its name", async () => {
    api.resources["/api/v1"]!.push({ kind: "Namespace", name: "namespaces", namespaced: false });
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" } };
    api.objects.set("/api/v1/namespaces/demo", structuredClone(namespace));
    await remove("Namespace", "demo", namespace);
    assert.equal(api.objects.size, 0);
  });

  it("waits for the end of what is being deleted already, and passes on a refusal", async () => {
    await create(configMap());
    const answer = (status: number) =>
      (api.onRequest = ({ method }) => (method === "DELETE" ? { status, body: { message: `code ${status}` } } : undefined)); // prettier-ignore
    answer(409);
    await assert.rejects(remove("ConfigMap", "demo/settings", configMap()), /still there 0\.05 s after/);
    answer(403);
    await assert.rejects(remove("ConfigMap", "demo/settings", configMap()), /code 403/);
    answer(404); // gone since it was looked at
    await remove("ConfigMap", "demo/settings", configMap());
  });

  it("has nothing to delete where its kind is gone", async () => {
    const gateway = { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", metadata: { name: "g", namespace: "demo" } }; // prettier-ignore
    await remove("Gateway", "demo/g", gateway);
    assert.ok(api.requests.every(({ method }) => method !== "DELETE"));
  });

  it("leaves an object alone that has taken the name since", async () => {
    api.objects.set(path, {
      ...configMap(),
      metadata: { name: "settings", namespace: "demo", uid: "another" },
    });
    api.onRequest = ({ method }) =>
      method === "DELETE"
        ? {
            status: 409,
            body: {
              reason: "Conflict",
              message: "Precondition failed: UID in precondition: uid-1, UID in object meta: another",
            },
          }
        : undefined;
    const outputs = { metadata: { uid: "uid-1" } };
    await client.delete(subject("ConfigMap", "demo/settings"), { inputs: configMap(), outputs, ...change });
    assert.equal(api.objects.size, 1);
  });

  it("reads what is gone as gone, and drift as the inputs that would show it", async () => {
    const read = () =>
      client.read(subject("ConfigMap", "demo/settings"), { inputs: configMap(), outputs: {} });
    assert.equal(await read(), undefined);
    await create(configMap());
    assert.deepEqual((await read())!.inputs, configMap());
    api.objects.get(path)!["data"] = { a: "changed", foreign: "added" };
    assert.deepEqual((await read())!.inputs, configMap({ a: "changed" }));
    delete api.objects.get(path)!["data"];
    assert.equal((await read())!.inputs["data"], undefined);
    // Only asked, and by force, since the drift may be in fields that others own by now.
    const { query } = api.requests.findLast(({ method }) => method === "PATCH")!;
    assert.deepEqual([query.get("dryRun"), query.get("force")], ["All", "true"]);
    api.objects.get(path)!.metadata["deletionTimestamp"] = "2026-11-21T12:00:00Z";
    assert.equal(await read(), undefined, "it is on its way out");
  });

  it("leaves out an empty `value` of env and empty annotations and labels, as the real provider does, and no other empty text", async () => {
    const pod = (env: Properties[], metadata: Properties): Properties => ({
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", ...metadata } },
      spec: { template: { metadata, spec: { containers: [{ name: "web", image: "i", env }], nodeSelector: {} } } },
    }); // prettier-ignore
    const empty = pod([{ name: "A", value: "" }, { name: "B", value: "b" }], { annotations: {}, labels: {} }); // prettier-ignore
    const { inputs } = await client.check(subject("Deployment"), { news: empty });
    assert.deepEqual(inputs, pod([{ name: "A" }, { name: "B", value: "b" }], {}));
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" }, data: { value: "", annotations: "" } }; // prettier-ignore
    assert.deepEqual((await client.check(subject("ConfigMap"), { news: map })).inputs, map);
  });

  it("keeps the content of Secrets secret, whatever the program says", async () => {
    const news = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", namespace: "demo" },
      stringData: { password: "horse" },
    };
    const { inputs } = await client.check(subject("Secret"), { news });
    assert.ok(!JSON.stringify(inputs["data"]).startsWith('{"password"'), "it is marked");
    assert.deepEqual(reveal(inputs["data"]!), { password: Buffer.from("horse").toString("base64") });
    assert.equal(inputs["stringData"], undefined);
    const certificate = { ...news, apiVersion: "example.com/v1" };
    assert.deepEqual((await client.check(subject("Secret"), { news: certificate })).inputs, certificate, "another kind of that name"); // prettier-ignore
    const mixed = { ...news, stringData: { a: unknown, b: "text" }, data: { b: "b2xk", c: "Yw==" } };
    const data = (await client.check(subject("Secret"), { news: mixed })).inputs["data"]!;
    for (const open of [{ stringData: unknown }, { data: unknown }] as Properties[]) {
      const left = (await client.check(subject("Secret"), { news: { ...news, ...open } })).inputs;
      assert.deepEqual([left["data"], left["stringData"]], [secret(unknown), undefined]);
    }
    assert.deepEqual(reveal(data), { a: unknown, b: Buffer.from("text").toString("base64"), c: "Yw==" });
    const { outputs } = await create(inputs);
    assert.ok(JSON.stringify(outputs["data"]).includes("4dabf18193072939515e22adb298388d"));
  });

  it("refuses what is no plain object, by name", async () => {
    const problems = async (type: string, news: Properties): Promise<string> =>
      JSON.stringify((await client.check({ ...subject(""), type }, { news })).failures);
    const some = { apiVersion: "v1", kind: "X", metadata: { name: "it" } };
    assert.match(
      await problems("kubernetes:helm.sh/v3:Release", some),
      /helm\.sh\/v3:Release is not supported/,
    );
    assert.match(
      await problems("kubernetes:apps/v1:DeploymentPatch", some),
      /it patches an object of somebody else/,
    );
    assert.match(await problems("kubernetes:yaml/v2:ConfigFile", some), /write the objects themselves/);
    assert.match(await problems("kubernetes:core/v1:ConfigMapList", some), /write each object of the list/);
    assert.match(await problems("kubernetes:apps/v1:StatefulSet", some), /StatefulSet is not supported/);
    assert.match(await problems("kubernetes:core/v1:Pod", some), /Pod is not supported/);
    assert.equal(await problems("kubernetes:core/v1:ConfigMap", some), "[]");
    assert.match(
      await problems("kubernetes:core/v1:ConfigMap", { metadata: { generateName: "x-" } }),
      /^\[\{"property":"apiVersion","reason":"expected a text, but it is missing"\},\{"property":"kind","reason":"expected a text.*"\},\{"property":"metadata.name","reason":"the embedded engine makes up no names/,
    );
    const waitFor = { ...some, metadata: { name: "it", annotations: { "pulumi.com/waitFor": "x" } } };
    assert.match(await problems("kubernetes:core/v1:X", waitFor), /pulumi\.com\/waitFor.*does not support/);
  });
});

describe("Kubernetes provider configuration", () => {
  const definition = kubernetesPackage();
  const kubeconfig = (server: string, ca = "AAAA"): string =>
    JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      clusters: [{ name: "c", cluster: { server, "certificate-authority-data": ca } }],
      users: [{ name: "u", user: {} }],
    }) + "\n";

  it("refuses options that it does not support", () => {
    const failures = definition.checkConfig!({
      kubeconfig: "x",
      renderYamlToDirectory: "/tmp",
      enableServerSideApply: "false",
      enableConfigMapMutable: "true",
      deleteUnreachable: "true",
      upsertExistingObjects: "true",
      clusterIdentifier: "known",
    });
    assert.deepEqual(
      failures.map(({ property }) => property),
      [
        "renderYamlToDirectory",
        "enableConfigMapMutable",
        "deleteUnreachable",
        "upsertExistingObjects",
        "enableServerSideApply",
      ],
    );
    assert.match(failures[0]!.reason, /^the embedded engine does not support it; it has .*kubeconfig/);
  });

  it("takes what it supports, in words or not", () => {
    const failures = (enableServerSideApply: boolean | string) =>
      definition.checkConfig!({ enableServerSideApply, deleteUnreachable: "null" }).length;
    assert.deepEqual([true, "true", false, "false"].map(failures), [0, 0, 1, 1]); // prettier-ignore
  });

  const cases: [name: string, olds: Properties, news: Properties, replaced: boolean][] = [
    [
      "the same identifier, whatever else says",
      { clusterIdentifier: "one", kubeconfig: kubeconfig("https://a:1", "old") },
      { clusterIdentifier: "one", kubeconfig: kubeconfig("https://b:1", "new") },
      false,
    ],
    [
      "another identifier",
      { clusterIdentifier: "one", kubeconfig: kubeconfig("https://a:1") },
      { clusterIdentifier: "two", kubeconfig: kubeconfig("https://a:1") },
      true,
    ],
    [
      "the same cluster on another port",
      { kubeconfig: kubeconfig("https://a:1") },
      { kubeconfig: kubeconfig("https://a:2") },
      false,
    ],
    [
      "another cluster",
      { kubeconfig: kubeconfig("https://a:1") },
      { kubeconfig: kubeconfig("https://a:1", "BBBB") },
      true,
    ],
    [
      "a context not known yet",
      { kubeconfig: kubeconfig("https://a:1") },
      { kubeconfig: kubeconfig("https://a:1"), context: unknown },
      true,
    ],
    [
      "another cluster, of which only one has an identifier",
      { kubeconfig: kubeconfig("https://a:1"), clusterIdentifier: "one" },
      { kubeconfig: kubeconfig("https://a:1", "BBBB") },
      true,
    ],
    [
      "the same cluster, of which only one has an identifier",
      { kubeconfig: kubeconfig("https://a:1") },
      { kubeconfig: kubeconfig("https://a:1"), clusterIdentifier: "one" },
      false,
    ],
    ["a cluster not known yet", { kubeconfig: kubeconfig("https://a:1") }, { kubeconfig: unknown }, true],
  ];
  for (const [name, olds, news, replaced] of cases) {
    it(`${replaced ? "replaces" : "keeps"} what is in it for ${name}`, async () => {
      assert.equal((await definition.diffConfig!(olds, news)).replaces.length > 0, replaced);
    });
  }
});
