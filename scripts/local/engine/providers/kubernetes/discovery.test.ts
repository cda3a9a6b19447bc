// Where objects live, and how often the server is asked for it.
import assert from "node:assert/strict";
import type { Properties } from "../../values.ts";
import { ApiError, type KubeApi } from "./api.ts";
import { Discovery } from "./discovery.ts";

describe("where objects of a kind live", () => {
  let asked: string[];
  let served: Record<string, Properties[]>;
  let discovery: Discovery;
  beforeEach(() => {
    asked = [];
    served = {
      "/api/v1": [
        { name: "pods", kind: "Pod", namespaced: true },
        { name: "pods/status", kind: "Pod", namespaced: true },
        { name: "pods/eviction", kind: "Eviction", namespaced: true },
        { name: "nodes", kind: "Node", namespaced: false },
      ],
      "/apis/apps/v1": [{ name: "deployments", kind: "Deployment", namespaced: true }],
    };
    const api: KubeApi = {
      request: (method, path) => {
        asked.push(`${method} ${path}`);
        const resources = served[path];
        if (resources) return Promise.resolve({ resources });
        return Promise.reject(new ApiError(`GET ${path}`, path.endsWith("/forbidden/v1") ? 403 : 404, ""));
      },
      close: () => undefined,
    };
    discovery = new Discovery(api);
  });
  const identity = (apiVersion: string, kind: string, namespace?: string) => ({ apiVersion, kind, name: "a", ...(namespace !== undefined && { namespace }) }); // prettier-ignore

  const paths: [of: ReturnType<typeof identity>, path: string][] = [
    [identity("v1", "Pod", "demo"), "/api/v1/namespaces/demo/pods/a"],
    [identity("v1", "Pod"), "/api/v1/namespaces/default/pods/a"],
    [identity("v1", "Node", "demo"), "/api/v1/nodes/a"],
    [identity("apps/v1", "Deployment", "demo"), "/apis/apps/v1/namespaces/demo/deployments/a"],
  ];
  for (const [of, path] of paths)
    it(`is ${path} of ${JSON.stringify(of)}`, async () => assert.equal(await discovery.path(of), path));

  it("decides about the namespace that an object has", async () => {
    assert.deepEqual(await discovery.settle(identity("v1", "Pod")), identity("v1", "Pod", "default"));
    assert.deepEqual(await discovery.settle(identity("v1", "Pod", "demo")), identity("v1", "Pod", "demo"));
    assert.deepEqual(await discovery.settle(identity("v1", "Node", "demo")), identity("v1", "Node"));
  });

  it("is asked once for an API version, by however many at once", async () => {
    await Promise.all(paths.slice(0, 3).map(([of]) => discovery.path(of)));
    await discovery.path(identity("v1", "Pod"));
    assert.deepEqual(asked, ["GET /api/v1"]);
  });

  it("is asked again for a kind that was not there, which may have come since", async () => {
    const gateway = identity("gateway.networking.k8s.io/v1", "Gateway", "demo");
    const missing = /^Error: .*Gateway demo\/a: the cluster has no kind Gateway in gateway\.networking\.k8s\.io\/v1; is its CustomResourceDefinition installed\?/; // prettier-ignore
    await assert.rejects(discovery.path(gateway), (error: ApiError) => {
      assert.match(String(error).replace(/^\w+:/, "Error:"), missing);
      return error.status === 404;
    });
    served["/apis/gateway.networking.k8s.io/v1"] = [];
    await assert.rejects(discovery.path(gateway), ApiError);
    served["/apis/gateway.networking.k8s.io/v1"] = [{ name: "gateways", kind: "Gateway", namespaced: true }];
    assert.match(await discovery.path(gateway), /\/namespaces\/demo\/gateways\/a$/);
  });

  it("is not known where the server refuses to say, and asked anew then", async () => {
    const forbidden = identity("forbidden/v1", "Secret");
    for (let i = 0; i < 2; i++)
      await assert.rejects(discovery.path(forbidden), (error: ApiError) => error.status === 403);
    assert.equal(asked.length, 2);
  });
});
