import assert from "node:assert/strict";
import { type KubeClient, connect } from "../kube/client.ts";
import type { SpotAsk } from "../model.ts";
import { addObject } from "../testing/apiObjects.ts";
import { type ApiObject, type FakeApiServer, startApiServer } from "../testing/apiServer.ts";
import { buildPolicy } from "../testing/builders.ts";
import { askSpot } from "./ask.ts";

const group = "/apis/autoscaling.x-k8s.io";
const folder = "/api/v1/namespaces/placeholder";
const size = (cpu: number, count: number) => ({ requests: { cpu, memory: 2 ** 28 }, count });

describe("asking spot by CapacityBuffers", () => {
  const { signal } = new AbortController();
  let server: FakeApiServer;
  let client: KubeClient;
  /** As an autoscaler does that has the feature. */
  let handled: boolean;

  beforeEach(async () => {
    server = await startApiServer();
    client = connect(server.kubeconfig(), { signal, backoffMs: 1 });
    handled = true;
    serve("v1alpha1", "v1beta1");
    server.onStored = (object: ApiObject) => {
      object.metadata["uid"] ??= `uid-${object.metadata.name}`;
      object.metadata["creationTimestamp"] ??= new Date().toISOString();
      if (object.kind === "CapacityBuffer" && handled) object["status"] = { conditions: [{ type: "ReadyForProvisioning" }] }; // prettier-ignore
    };
    addObject(server, "podtemplates", {
      metadata: { name: "placeholder", namespace: "placeholder" },
      template: { metadata: { labels: {} }, spec: { containers: [{ name: "pause" }] } },
    });
  });
  afterEach(async () => {
    await client.close();
    await server.stop();
  });

  function serve(...versions: string[]): void {
    const found = versions.map((version) => ({ version, groupVersion: `autoscaling.x-k8s.io/${version}` }));
    server.objects.set(group, { metadata: { name: "" }, kind: "APIGroup", versions: found });
  }
  const ask = (parts: Partial<SpotAsk>) =>
    askSpot(client, { create: [], remove: [], all: [], ...parts }, buildPolicy(), signal);
  const want = (...all: ReturnType<typeof size>[]) => ask({ all, create: all });
  const kept = (kind: string) => [...server.objects.values()].filter((object) => object.kind === kind);
  const buffers = () =>
    kept("CapacityBuffer").map(({ metadata, spec }) => `${(spec as { replicas: number }).replicas} x ${metadata.name}`); // prettier-ignore
  const written = () =>
    server.writes().map(({ method, path }) => `${method} ${path.split("/").slice(-2).join("/")}`);

  it("makes one for each size, with a template of its own that goes with it, and no pods", async () => {
    assert.deepEqual(await want(size(250, 2), size(700, 1)), []);
    assert.deepEqual(buffers(), ["2 x room-250m-256mi-0", "1 x room-700m-256mi-0"]);
    assert.ok(
      [...server.objects.keys()].some((path) => path.startsWith(`${group}/v1beta1/namespaces/placeholder/`)),
    );
    const template = server.objects.get(`${folder}/podtemplates/room-250m-256mi-0`)!;
    const [owner] = template.metadata["ownerReferences"] as [{ kind: string; uid: string }];
    assert.deepEqual([owner.kind, owner.uid], ["CapacityBuffer", "uid-room-250m-256mi-0"]);
    const { spec } = template["template"] as {
      spec: { nodeSelector: object; containers: { resources: object }[] };
    };
    assert.deepEqual(spec.nodeSelector, { "kubernetes.azure.com/scalesetpriority": "spot" });
    assert.deepEqual(spec.containers[0]?.resources, { requests: { cpu: "250m", memory: `${2 ** 28}` }, limits: { memory: `${2 ** 28}` } }); // prettier-ignore
    assert.deepEqual(kept("Pod"), []);
  });

  it("changes what is wanted otherwise, and nothing else", async () => {
    await want(size(250, 2), size(700, 1));
    const before = written().length;
    await want(size(250, 2), size(700, 1));
    assert.deepEqual(written().slice(before), []);
    await want(size(250, 3));
    assert.deepEqual(buffers(), ["3 x room-250m-256mi-0"]);
    assert.deepEqual(written().slice(before), ["DELETE capacitybuffers/room-700m-256mi-0", "PATCH capacitybuffers/room-250m-256mi-0"]); // prettier-ignore
    await want(size(250, 1));
    assert.deepEqual(
      buffers(),
      ["1 x room-250m-256mi-0"],
      "room that nobody wants any more would be paid for",
    );
    await want();
    assert.deepEqual(buffers(), []);
  });

  it("names what it makes as its own, and removes only what it has read", async () => {
    await want(size(250, 2));
    const labels = { app: "placeholder", "spot-balancer/placeholder": "true" };
    const [buffer, template] = [...kept("CapacityBuffer"), ...kept("PodTemplate").filter(({ metadata }) => metadata.name !== "placeholder")]; // prettier-ignore
    assert.deepEqual([buffer!.metadata["labels"], template!.metadata["labels"]], [labels, labels]);
    assert.deepEqual(buffer!["spec"], { podTemplateRef: { name: "room-250m-256mi-0" }, replicas: 2 });
    const lists = server.requests.filter(({ path }) => path.endsWith("/capacitybuffers"));
    assert.equal(lists[0]?.query.get("labelSelector"), "spot-balancer/placeholder=true");
    await want();
    const { body } = server.writes().at(-1)!;
    assert.deepEqual(body, { preconditions: { uid: "uid-room-250m-256mi-0" } });
  });

  it("asks for no other size once it may not, and does not take trouble for having none, nor let it end the round", async () => {
    const forbidden = { status: 403, file: "kubernetes-403-rbac.json" };
    server.fail({ method: "POST", path: /capacitybuffers/, fault: forbidden, times: 9 });
    assert.equal((await want(size(250, 2), size(700, 1))).length, 1);
    server.mend();
    server.fail({ path: /autoscaling.x-k8s.io$/, fault: { status: 422 }, times: 9 });
    const [problem, ...others] = await want(size(250, 2));
    assert.match(
      problem ?? "",
      /^spot is not asked for room, CapacityBuffers cannot be read: .*(422|Injected)/,
    );
    assert.deepEqual([others, kept("Pod")], [[], []]);
  });

  it("takes the older version where there is no other, and grows by so much a round", async () => {
    serve("v1alpha1", "v2");
    await want(size(250, 70));
    assert.deepEqual(buffers(), ["50 x room-250m-256mi-0"]);
    await want(size(250, 70));
    assert.deepEqual(buffers(), ["70 x room-250m-256mi-0"]);
    assert.ok([...server.objects.keys()].some((path) => path.startsWith(`${group}/v1alpha1/`)));
  });

  it("makes the template that a round before it could not", async () => {
    server.fail({
      method: "POST",
      path: /podtemplates/,
      fault: { status: 403, file: "kubernetes-403-rbac.json" },
    });
    assert.match((await want(size(250, 2))).join(), /^spot is not asked for room: /);
    assert.deepEqual(await want(size(250, 2)), []);
    assert.ok(server.objects.has(`${folder}/podtemplates/room-250m-256mi-0`));
  });

  it("removes the pods by which it asked before", async () => {
    const pod = { namespace: "placeholder", name: "placeholder-1", uid: "uid-1", nodeName: "" };
    addObject(server, "pods", { metadata: { namespace: "placeholder", name: "placeholder-1" } });
    assert.deepEqual(await ask({ all: [size(250, 1)], kept: [pod] }), []);
    assert.ok(!server.objects.has(`${folder}/pods/placeholder-1`));
    assert.deepEqual(buffers(), ["1 x room-250m-256mi-0"]);
  });

  it("asks by pods where nobody takes notice of buffers for minutes, and by buffers once somebody does", async () => {
    handled = false;
    await want(size(250, 1));
    const [buffer] = kept("CapacityBuffer");
    for (const age of [0, 110_000]) {
      buffer!.metadata["creationTimestamp"] = new Date(Date.now() - age).toISOString();
      assert.deepEqual(await want(size(250, 1)), [], "not yet");
    }
    delete buffer!.metadata["creationTimestamp"];
    assert.deepEqual(await want(size(250, 1)), [], "nobody knows for how long");
    buffer!.metadata["creationTimestamp"] = new Date(Date.now() - 130_000).toISOString();
    assert.match((await want(size(250, 1))).join(), /^CapacityBuffers are served, but nobody handles them/);
    assert.equal(kept("Pod").length, 1);
    assert.deepEqual(buffers(), ["1 x room-250m-256mi-0"], "by which it is seen when somebody does");
    buffer!["status"] = { conditions: [{ type: "ReadyForProvisioning" }] };
    assert.deepEqual(await want(size(250, 1)), []);
    assert.equal(kept("Pod").length, 1, "that one the plan did not name");
  });

  for (const [what, spoil] of [
    ["has none", () => server.objects.delete(group)],
    ["has others only", () => serve("v2")],
    [
      "grants no right to them",
      () =>
        server.fail({
          path: /capacitybuffers/,
          fault: { status: 403, file: "kubernetes-403-rbac.json" },
          times: 9,
        }),
    ],
  ] as const)
    // prettier-ignore
    it(`is by pods where the cluster ${what}`, async () => {
      spoil();
      assert.deepEqual(await want(size(250, 2)), []);
      assert.deepEqual([kept("Pod").length, buffers()], [1, []], "a played server knows no generated names");
    });
});
