// What a client is told of the cluster, and in which order.
import assert from "node:assert/strict";
import { once } from "node:events";
import { silent, until } from "../../testing/log.ts";
import type { KubeApi } from "./api.ts";
import { type ClusterDelta, ClusterView } from "./view.ts";

/** An API server with one node, whose pods can be listed only once `open` was called. */
function slowApi() {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const node = { metadata: { name: "one", uid: "n", resourceVersion: "1" } };
  const added = { metadata: { name: "two", uid: "m", resourceVersion: "2" } };
  const api: KubeApi = {
    async list<T>(path: string) {
      if (path.endsWith("/pods")) await opened;
      return { metadata: { resourceVersion: "1" }, items: (path.endsWith("/nodes") ? [node] : []) as T[] };
    },
    async *watch<T>(path: string, _query: object, signal: AbortSignal) {
      signal.throwIfAborted();
      await opened;
      if (path.endsWith("/nodes")) yield { type: "ADDED" as const, object: added as T };
      await once(signal, "abort");
      signal.throwIfAborted();
    },
    close: () => undefined,
  };
  return { api, open };
}

describe("the view of the cluster", () => {
  it("tells of changes only after it could tell of everything", async () => {
    const { api, open } = slowApi();
    const end = new AbortController();
    const { signal } = end;
    const view = new ClusterView({ api, spotNodeLabels: { spot: "" }, log: silent, signal, deltaMs: 1 });
    const told: (string[] | ClusterDelta)[] = [];
    view.on("known", () => told.push(view.current.nodes.map(({ name }) => name)));
    view.on("delta", (delta) => told.push(delta));
    const running = view.run();
    await until("the nodes", () => view.current.nodes.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 5)); // longer than a delta waits
    assert.deepEqual([view.known, told], [false, []]);

    open();
    await until("the second node", () => told.length >= 2);
    assert.deepEqual(told[0], ["one"]);
    const { nodes } = told[1] as ClusterDelta;
    assert.ok(nodes?.changed.some(({ name }) => name === "two"));
    end.abort();
    await running;
  });
});
