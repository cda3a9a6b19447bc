// What keeps a list current when watches end, expire, break, or bring nothing.
import assert from "node:assert/strict";
import { mock } from "node:test";
import { type ApiObject, type FakeApiServer, type Fault, startApiServer } from "../testing/apiServer.ts";
import { ApiError } from "./apiError.ts";
import { type BodyReader, type KubeClient, type KubeRequest, connect } from "./client.ts";
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

describe("the requests of a list that is watched", () => {
  type Step = string | string[] | Error | undefined;
  /** What the server answers to each request: a page, lines of a watch, an error, or nothing ever. */
  let steps: Step[];
  let asked: KubeRequest[];
  let told: string[];
  let heard: (chunk: string) => void;
  let ending: AbortController;
  let following: Promise<void> | undefined;

  /** How long it waits, and what goes on then. */
  let waits: number[];
  let goOn: () => void;
  let alarm: { ring: () => void; after: number | undefined; renewed: number };

  beforeEach(() => {
    [steps, asked, told, ending, following] = [[], [], [], new AbortController(), undefined];
    waits = [];
    goOn = () => undefined;
    mock.method(globalThis, "setTimeout", (ring: () => void, after?: number) => {
      alarm = { ring, after, renewed: 0 };
      const timer = { unref: () => timer, refresh: () => alarm.renewed++ };
      return timer;
    });
  });
  afterEach(async () => {
    ending.abort();
    goOn();
    await following;
    mock.restoreAll();
  });

  const silence = ({ signal }: KubeRequest) => {
    let came = Promise.withResolvers<string>();
    signal!.addEventListener("abort", () => came.reject(signal!.reason as Error));
    heard = (chunk) => came.resolve(chunk);
    return (async function* () {
      for (;;) {
        yield Buffer.from(await came.promise);
        came = Promise.withResolvers<string>();
      }
    })();
  };
  async function send(what: KubeRequest, read: BodyReader<unknown>): Promise<unknown> {
    asked.push(what);
    const step = steps.shift();
    if (step instanceof Error) throw step;
    if (step === undefined) return read(silence(what));
    return read((async function* () {
      for (const chunk of [step].flat()) yield await Promise.resolve(Buffer.from(chunk));
    })());
  } // prettier-ignore
  const settle = async () => {
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  };
  /** Follows the list until all steps are done, or it waits. */
  async function follow(random = 1, query = {}): Promise<void> {
    const name = ({ metadata }: ApiObject) => metadata.name;
    const listener = {
      listed: (names: string[]) => told.push(`all: ${names.join()}`),
      changed: (object: ApiObject) => told.push(`${name(object)} came`),
      gone: (object: ApiObject) => told.push(`${name(object)} went`),
    };
    const onProblem = (problem: unknown) => told.push(problem === undefined ? "fine" : (problem as Error).message); // prettier-ignore
    const wait = (ms: number) => (waits.push(ms), new Promise<void>((resolve) => (goOn = resolve)));
    const options = { signal: ending.signal, onProblem, query, random: () => random, wait };
    following = watchList<ApiObject, string>({ send } as unknown as KubeClient, "/api/v1/nodes", listener, options, name); // prettier-ignore
    await settle();
  }
  const page = (version: string, names: string[] = [], next?: string) =>
    JSON.stringify({ metadata: { resourceVersion: version, continue: next }, items: names.map((name) => ({ metadata: { name } })) }); // prettier-ignore
  const event = (type: string, metadata: object, more = {}) =>
    `${JSON.stringify({ type, object: { metadata, ...more } })}\n`;
  const versions = () => asked.map(({ query }) => (query?.["watch"] ? query["resourceVersion"] : "list"));
  const expired = new ApiError("GET", 410, "{}");

  it("ask for pages, each failing at once, and then for what comes after the last one", async () => {
    steps = [page("5", ["a", "b"], "next"), page("7", ["c"])];
    const query = { labelSelector: "spot" };
    await follow(1, query);
    assert.deepEqual(told, ["all: a,b,c", "fine"]);
    const lists = asked.slice(0, 2).map(({ query, retries }) => ({ query, retries }));
    assert.deepEqual(lists, [
      { query: { ...query, limit: 500, continue: undefined }, retries: 0 },
      { query: { ...query, limit: 500, continue: "next" }, retries: 0 },
    ]);
    const { signal: _, ...watch } = asked[2]!;
    assert.deepEqual(watch, {
      ...{ path: "/api/v1/nodes", retries: 0, timeoutMs: 600_000 },
      query: { ...query, watch: true, resourceVersion: "7", allowWatchBookmarks: true, timeoutSeconds: 300 },
    });
  });

  it("take the version from every event, and tell nobody of bookmarks", async () => {
    const [came, went] = [event("MODIFIED", { name: "a", resourceVersion: "8" }), event("DELETED", { name: "b" })]; // prettier-ignore
    steps = [
      page("7"),
      [came.slice(0, 9), came.slice(9) + went],
      [event("BOOKMARK", { resourceVersion: "9" })],
    ];
    await follow();
    assert.deepEqual(told, ["all: ", "fine", "a came", "b went"]);
    assert.deepEqual(versions(), ["list", "7", "8", "9"]);
  });

  it("begin anew where the version is too old, and once only without a word", async () => {
    steps = [page("7"), [event("ERROR", {}, { code: 410 })], page("8"), expired, page("9")];
    await follow();
    // Nothing has come in between, so this is a failure like any other.
    assert.deepEqual(told.slice(0, 4), ["all: ", "fine", "all: ", "fine"]);
    assert.match(told[4] ?? "", /^GET: 410/);
    assert.deepEqual([versions(), waits], [["list", "7", "list", "8"], [1000]]);
    goOn();
    await settle();
    assert.deepEqual(versions().slice(4), ["list", "9"]);
  });

  it("say of an error without a code that the server fails", async () => {
    steps = [page("7"), [event("ERROR", {}, { message: "odd" })]];
    await follow();
    assert.equal(told.at(-1), "GET /api/v1/nodes: 500: odd");
  });

  it("wait twice as long after each failure, up to a quarter of a minute, and begin anew after a good watch", async () => {
    const failure = new Error("no");
    const good = [page("7"), [event("BOOKMARK", { resourceVersion: "8" })]];
    steps = [...Array.from({ length: 7 }, () => failure), ...good, failure];
    await follow();
    for (let i = 0; i < 7; i++) {
      assert.equal(asked.length, i + 1);
      goOn();
      await settle();
    }
    assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 500]);
    assert.deepEqual(versions().slice(7), ["list", "7", "8"]);
  });

  it("wait half as long where chance has it so, and a moment where a watch brought nothing", async () => {
    steps = [new Error("no"), page("7"), []];
    await follow(0);
    goOn();
    await settle();
    assert.deepEqual(
      [waits, versions()],
      [
        [250, 500],
        ["list", "list", "7"],
      ],
    );
  });

  it("begin anew where a watch brought nothing, ever more slowly: a version may be gone without a word (kubernetes/kubernetes#104171)", async () => {
    const bookmark = [event("BOOKMARK", { resourceVersion: "8" })];
    steps = [...Array.from({ length: 5 }, () => [page("7"), []]).flat(), page("7"), bookmark, [], page("9")];
    await follow();
    for (let i = 0; i < 6; i++) {
      goOn();
      await settle();
    }
    assert.deepEqual(waits, [500, 1000, 2000, 4000, 4000, 500]);
    assert.deepEqual(versions().slice(-5), ["list", "7", "8", "list", "9"]);
    assert.ok(!told.some((each) => /silent|fails/.test(each)), told.join());
  }); // prettier-ignore

  it("wait as long as a server that begins asks for, up to 5 s (operator-framework/java-operator-sdk#2526)", async () => {
    const busy = (after: string) => new ApiError("GET", 429, "{}", after);
    steps = [busy("2"), busy("90"), page("7"), [event("ERROR", {}, { code: 429, details: { retryAfterSeconds: 9 } })]];
    await follow();
    for (let i = 0; i < 2; i++) {
      goOn();
      await settle();
    }
    assert.deepEqual(waits, [2000, 5000, 5000]);
  }); // prettier-ignore

  it("are given up when nothing has come for two minutes", async () => {
    steps = [page("7")];
    await follow();
    assert.deepEqual([alarm.after, alarm.renewed], [120_000, 0]);
    heard("\n"); // any sign of life
    await settle();
    assert.deepEqual([alarm.renewed, told], [1, ["all: ", "fine"]]);
    alarm.ring();
    await settle();
    assert.deepEqual(told.slice(2), ["the API server is silent"]);
  });
});
