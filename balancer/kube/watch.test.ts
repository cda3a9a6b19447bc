// What keeps a list current when watches end, expire, break, or bring nothing.
import assert from "node:assert/strict";
import { type ApiObject, type FakeApiServer, type Fault, startApiServer } from "../testing/apiServer.ts";
import { type KubeClient, connect } from "./client.ts";
import { watchList } from "./watch.ts";

describe("a list that is watched", () => {
  const path = "/api/v1/nodes";
  let server: FakeApiServer;
  let client: KubeClient;
  let told: string[];
  let ending: AbortController;
  let following: Promise<void>;

  const node = (name: string, labels = {}): ApiObject => ({ metadata: { name, labels } });
  const asked = () =>
    server.requests.map(({ query }) =>
      query.has("watch") ? `from ${query.get("resourceVersion")}` : "list",
    );
  /** When the server has been asked, or something was told, so often. */
  async function until(list: () => unknown[], length: number): Promise<void> {
    while (list().length < length) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const change = (name: string) => {
    server.add(`${path}/${name}`, node(name));
  };
  function begin(backoff: [number, number] = [1, 1]): void {
    const name = ({ metadata }: ApiObject) => metadata.name;
    const listener = {
      listed: (names: string[]) => told.push(`all: ${names.join()}`),
      changed: (object: ApiObject) => told.push(`${name(object)} came`),
      gone: (object: ApiObject) => told.push(`${name(object)} went`),
    };
    const onProblem = (problem: unknown) =>
      problem !== undefined && told.push((problem as Error).message.replace(/http:\S+/, "URL"));
    const options = { signal: ending.signal, onProblem, backoff, random: () => 1 };
    following = watchList<ApiObject, string>(client, path, listener, options, name);
  }

  beforeEach(async () => {
    server = await startApiServer();
    client = connect(server.kubeconfig());
    told = [];
    ending = new AbortController();
    change("one");
  });
  afterEach(async () => {
    ending.abort();
    await following;
    await client.close();
    await server.stop();
  });

  it("tells what is there, what comes and what goes", async () => {
    begin();
    await until(asked, 2);
    change("zwei-ü");
    server.remove(`${path}/one`);
    await until(() => told, 3);
    assert.deepEqual(told, ["all: one", "zwei-ü came", "one went"]);
    assert.deepEqual(asked(), ["list", "from 101"]);
  });

  it("is continued where a watch has ended", async () => {
    begin();
    await until(asked, 2);
    change("two");
    await until(() => told, 2);
    server.endWatches();
    await until(asked, 3);
    change("three");
    await until(() => told, 3);
    assert.deepEqual(asked(), ["list", "from 101", "from 102"]);
    assert.deepEqual(told, ["all: one", "two came", "three came"]);
  });

  it("is read anew where its version is too old, which is no problem", async () => {
    server.fail({ path: /watch/, fault: { status: 410, file: "kubernetes-410-expired.json" } });
    begin();
    await until(asked, 4);
    assert.deepEqual(asked(), ["list", "from 101", "list", "from 101"]);
    assert.deepEqual(told, ["all: one", "all: one"]);
  });

  const faults: [string, RegExp, Fault, RegExp][] = [
    ["a refused list", /nodes\?limit/, { status: 403 }, /GET \/api\/v1\/nodes: 403/],
    ["a server that fails", /watch/, { status: 500 }, /URL fails: GET \/api\/v1\/nodes: 500/],
    ["a cut connection", /watch/, "cut", /URL cannot be reached/],
    ["a watch that is cut within a line", /watch/, "cutBody", /URL cannot be reached/],
  ];
  for (const [name, where, fault, message] of faults)
    it(`is read anew after ${name}, which is told`, async () => {
      server.fail({ path: where, fault });
      begin();
      await until(() => told, where.test("watch") ? 3 : 2);
      const problems = told.filter((line) => !line.startsWith("all"));
      assert.equal(problems.length, 1, told.join("\n"));
      assert.match(problems[0]!, message);
      assert.equal(told.at(-1), "all: one");
    });

  it("waits before it asks a server again that ends a watch at once", async () => {
    server.onRequest = ({ query }) => void (query.has("watch") && setImmediate(() => server.endWatches()));
    const begun = performance.now();
    begin([40, 40]);
    await until(asked, 4);
    assert.ok(performance.now() - begun >= 78, "twice 40 ms");
  });

  it("takes the credentials anew that a watch was refused with", async () => {
    let asks = 0;
    const access = server.kubeconfig();
    const apply = access.applyToHTTPSOptions.bind(access);
    access.applyToHTTPSOptions = (options) => (asks++, apply(options));
    client = connect(access);
    server.fail({ path: /watch/, fault: { status: 401, file: "kubernetes-401-token.json" } });
    begin();
    await until(asked, 3);
    assert.deepEqual(asked(), ["list", "from 101", "from 101"]);
    assert.deepEqual([asks, told], [2, ["all: one"]]);
  });
});
