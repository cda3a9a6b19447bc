// Which objects are asked for the reasons, and in which order reasons are told.
import assert from "node:assert/strict";
import type { Properties } from "../../values.ts";
import { ApiError, type KubeApi } from "./api.ts";
import { explain } from "./explain.ts";

const root = "/api/v1/namespaces/demo";
const podsOf = (selector: string) => `${root}/pods?labelSelector=${encodeURIComponent(selector)}`;
const warnings = `${root}/events?fieldSelector=type%3DWarning`;

const pod = (name: string, reason: string): Properties => ({
  metadata: { name, namespace: "demo", uid: `uid-${name}` },
  status: { containerStatuses: [{ name: "c", ready: false, state: { waiting: { reason } } }] },
});
const event = (uid: string, reason: string, message: string): Properties => ({ reason, message, involvedObject: { kind: "Pod", name: uid.replace("uid-", ""), uid } }); // prettier-ignore
const deployment = (conditions: Properties[] = [], matchLabels: Properties = { app: "web", tier: "front" }): Properties => ({
  ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace: "demo", uid: "uid-web" } },
  ...{ spec: { selector: { matchLabels } }, status: { conditions } },
}); // prettier-ignore

describe("the explanation of what is not ready", () => {
  let asked: string[];
  beforeEach(() => (asked = []));
  const apiWith = (lists: Record<string, Properties[]>): KubeApi => ({
    request: (_method, path) => {
      asked.push(path);
      const items = lists[path];
      return items ? Promise.resolve({ items }) : Promise.reject(new ApiError(`GET ${path}`, 403, ""));
    },
    close: () => undefined,
  });

  it("has its conditions first, then its pods, then the newest warnings about either, each once", async () => {
    const conditions = [
      { type: "Progressing", status: "False", message: "no progress" },
      { type: "ReplicaFailure", status: "True", message: "quota" },
    ];
    const api = apiWith({
      [podsOf("app=web,tier=front")]: [pod("web-1", "ImagePullBackOff"), pod("web-1", "ImagePullBackOff")],
      [warnings]: [
        event("uid-web-1", "Older", "first"),
        event("uid-web", "Newer", "second"),
        event("uid-other", "Foreign", "third"),
        event("uid-web-1", "Said", "quota"),
      ],
    });
    assert.deepEqual(await explain(api, deployment(conditions)), [
      ...["quota", "no progress", "Pod demo/web-1, container c: ImagePullBackOff"],
      ...["Pod web: Newer: second", "Pod web-1: Older: first"],
    ]);
  });

  it("has conditions only where they report trouble", async () => {
    const conditions = [
      { type: "Progressing", status: "True", message: "goes on" },
      { type: "ReplicaFailure", status: "False", message: "none" },
      { type: "FailureTarget", status: "True", message: "a pod failed" },
      { type: "Available", status: "False", message: "of no use" },
    ];
    const mute = [{ type: "ReplicaFailure", status: "True" }];
    assert.deepEqual(await explain(apiWith({}), deployment(mute)), []);
    assert.deepEqual(await explain(apiWith({}), deployment(conditions)), ["a pod failed"]);
  });

  it("has a handful of reasons at the most", async () => {
    const pods = Array.from({ length: 20 }, (_, index) => pod(`web-${index}`, "ErrImagePull"));
    const found = await explain(apiWith({ [podsOf("app=web,tier=front")]: pods }), deployment());
    assert.deepEqual([found.length, found[7]], [8, "Pod demo/web-7, container c: ErrImagePull"]);
  });

  it("asks for pods by a selector only, of a pod itself for none, and of what has no namespace nothing", async () => {
    assert.deepEqual(await explain(apiWith({ [warnings]: [] }), deployment([], {})), []);
    assert.deepEqual(asked, [warnings]);
    const own = await explain(apiWith({ [warnings]: [event("uid-web-1", "Failed", "to mount")] }), { apiVersion: "v1", kind: "Pod", ...pod("web-1", "ErrImagePull") }); // prettier-ignore
    assert.deepEqual(own, ["Pod demo/web-1, container c: ErrImagePull", "Pod web-1: Failed: to mount"]);
    assert.deepEqual(asked, [warnings, warnings]);
    const failing = { apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" }, status: { conditions: [{ type: "ReplicaFailure", status: "True", message: "m" }] } }; // prettier-ignore
    assert.deepEqual(await explain(apiWith({}), failing), ["m"]);
    assert.equal(asked.length, 2);
  });
});
