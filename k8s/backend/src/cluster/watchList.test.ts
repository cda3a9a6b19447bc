// What keeps a list current when watches end, expire, or bring nothing.
import assert from "node:assert/strict";
import { type KubeApi, KubeError } from "./api.ts";
import { type ApiObject, watchList } from "./watchList.ts";

const object = (name: string, resourceVersion: string): ApiObject => ({
  metadata: { name, uid: name, resourceVersion },
});

/** Runs until the last of the watches: each gets its version and brings objects, nothing, or an error. */
async function run(watches: ((from: string) => ApiObject[])[], backoff: [number, number] = [1, 1]) {
  const [calls, told, end]: [string[], string[], AbortController] = [[], [], new AbortController()];
  let lists = 0;
  const api: KubeApi = {
    list<T>() {
      const resourceVersion = `${++lists}0`;
      calls.push("list");
      return Promise.resolve({ metadata: { resourceVersion }, items: [object("one", "1") as T] });
    },
    async *watch<T>(_path: string, { resourceVersion = "" }: Record<string, string>) {
      await Promise.resolve();
      calls.push(`watch from ${resourceVersion}`);
      const next = watches.shift();
      if (!next) return end.abort();
      for (const each of next(resourceVersion)) yield { type: "ADDED" as const, object: each as T };
    },
    close: () => undefined,
  };
  await watchList<ApiObject, string>({
    ...{ api, path: "/api/v1/nodes", signal: end.signal, backoff },
    slim: ({ metadata }) => metadata.name,
    onList: (all) => told.push(`all: ${[...all.values()].join()}`),
    onChange: (_uid, name) => told.push(`${name} came`),
    onProblem: (problem) => problem !== undefined && told.push((problem as Error).message),
  });
  return { calls, told };
}

describe("a list that is watched", () => {
  it("is continued where a watch has ended", async () => {
    const { calls, told } = await run([() => [object("two", "11")], () => [object("three", "12")]]);
    assert.deepEqual(calls, ["list", "watch from 10", "watch from 11", "watch from 12"]);
    assert.deepEqual(told, ["all: one", "two came", "three came"]);
  });

  it("is read anew where its version is too old, which is no problem, and after an error, which is one", async () => {
    const fails = (status: number) => () => {
      throw new KubeError(status, "/api/v1/nodes", "no");
    };
    const { calls, told } = await run([fails(410), fails(500)]);
    assert.deepEqual(calls, ["list", "watch from 10", "list", "watch from 20", "list", "watch from 30"]);
    assert.deepEqual(told, ["all: one", "all: one", "GET /api/v1/nodes: 500 no", "all: one"]);
  });

  it("waits before it asks a server again that ends a watch at once", async () => {
    const begun = performance.now();
    const { calls } = await run([() => [], () => []], [40, 40]);
    assert.equal(calls.length, 4);
    assert.ok(performance.now() - begun >= 78, "twice 40 ms");
  });
});
