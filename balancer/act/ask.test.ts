import assert from "node:assert/strict";
import { connect } from "../kube/client.ts";
import { buildPolicy } from "../testing/builders.ts";
import { addObject } from "../testing/apiObjects.ts";
import { type FakeApiServer, startApiServer } from "../testing/apiServer.ts";
import { askSpot } from "./ask.ts";

interface Made {
  metadata: { generateName: string; labels: Record<string, string> };
  spec: { nodeSelector: object; tolerations: { key: string }[]; containers: { resources: object }[] };
}

describe("asking spot", () => {
  const signal = new AbortController().signal;
  let server: FakeApiServer;
  beforeEach(async () => (server = await startApiServer()));
  afterEach(() => server.stop());
  const client = () => connect(server.kubeconfig(), { signal, backoffMs: 1 });
  const template = {
    metadata: { name: "placeholder", namespace: "placeholder" },
    template: {
      metadata: { labels: { "spot-balancer/placeholder": "true" } },
      spec: { containers: [{ name: "pause", resources: { requests: { "ephemeral-storage": "1Mi" } } }] },
    },
  };
  const create = [{ requests: { cpu: 250, memory: 2 ** 28 }, count: 2 }];

  it("makes pods from the cluster's template, in the size and for the nodes that are wanted", async () => {
    addObject(server, "podtemplates", template);
    assert.deepEqual(await askSpot(client(), { create, remove: [] }, buildPolicy(), signal), []);
    const made = server.requests.filter(({ method }) => method === "POST").map(({ body }) => body as Made);
    assert.equal(made.length, 2);
    const [{ metadata, spec }] = made as [Made];
    assert.equal(metadata.generateName, "placeholder-");
    assert.deepEqual(spec.nodeSelector, { "kubernetes.azure.com/scalesetpriority": "spot" });
    assert.deepEqual(spec.tolerations.map(({ key }) => key), ["kubernetes.azure.com/scalesetpriority"]); // prettier-ignore
    assert.deepEqual(spec.containers[0]!.resources, {
      requests: { "ephemeral-storage": "1Mi", cpu: "250m", memory: `${2 ** 28}` },
      limits: { memory: `${2 ** 28}` },
    });
  });

  it("leaves the template's other containers as they are, and the taint to who has none", async () => {
    const { containers } = template.template.spec;
    const spec = { containers: [...containers, { name: "proxy", image: "p" }] };
    addObject(server, "podtemplates", { ...template, template: { ...template.template, spec } });
    const { pools, ...policy } = buildPolicy();
    await askSpot(client(), { create, remove: [] }, { ...policy, pools: { ...pools, spot: { ...pools.spot, taint: null } } }, signal); // prettier-ignore
    const [made] = server.writes().map(({ body }) => body as Made);
    assert.deepEqual(made!.spec.containers[1], { name: "proxy", image: "p" });
    assert.deepEqual(made!.spec.tolerations, []);
  });

  it("makes so many in a round at the most, and nothing at all after a stop", async () => {
    addObject(server, "podtemplates", template);
    const many = [{ ...create[0]!, count: 70 }];
    assert.deepEqual(await askSpot(client(), { create: many, remove: [] }, buildPolicy(), signal), []);
    assert.equal(server.writes().length, 50);
    server.requests.length = 0;
    const gone = { namespace: "placeholder", name: "a", uid: "uid-a", nodeName: "" };
    assert.deepEqual(await askSpot(client(), { create, remove: [gone] }, buildPolicy(), AbortSignal.abort()), []); // prettier-ignore
    assert.deepEqual(server.writes(), []);
  });

  it("reads no template for nothing, and goes on where a placeholder has gone by itself or is another by now", async () => {
    const ref = (name: string) => ({ namespace: "placeholder", name, uid: `uid-${name}`, nodeName: "" });
    server.fail({ method: "DELETE", path: /pods\/b$/, fault: { status: 409 } });
    const remove = ["a", "b", "c"].map(ref);
    assert.deepEqual(await askSpot(client(), { create: [], remove }, buildPolicy(), signal), []);
    assert.deepEqual(server.writes().map(({ path }) => path.at(-1)), ["a", "b", "c"]); // prettier-ignore
    assert.ok(!server.requests.some(({ path }) => path.includes("podtemplates")));
  });

  it("says which template is missing, and what has it", async () => {
    const problems = await askSpot(client(), { create, remove: [] }, buildPolicy(), signal);
    assert.equal(problems.length, 1);
    assert.match(problems[0]!, /PodTemplate placeholder.*k8s\/placeholder/);
  });

  it("removes only the pods that the plan saw, and stops where it is not allowed to", async () => {
    const pod = (name: string) => ({ namespace: "placeholder", name, uid: `uid-${name}`, nodeName: "" });
    server.fail({
      method: "DELETE",
      path: /pods\/a$/,
      fault: { status: 403, file: "kubernetes-403-rbac.json" },
      times: 9,
    });
    const problems = await askSpot(
      client(),
      { create: [], remove: [pod("a"), pod("b")] },
      buildPolicy(),
      signal,
    );
    assert.equal(problems.length, 1);
    assert.match(problems[0]!, /^placeholder a stays: /);
    const deletes = server.requests.filter(({ method }) => method === "DELETE");
    assert.ok(deletes.every(({ path }) => path.endsWith("/a")));
    assert.deepEqual(deletes[0]!.body, { preconditions: { uid: "uid-a" }, gracePeriodSeconds: 0 }, "its room is wanted now"); // prettier-ignore
  });
});
