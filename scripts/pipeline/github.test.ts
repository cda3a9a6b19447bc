import assert from "node:assert/strict";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { type Listening, listening } from "../../balancer/testing/listening.ts";
import { commentMarker } from "./comment.ts";
import { accessFrom, GitHub } from "./github.ts";

interface Call {
  method: string;
  path: string;
  body?: unknown;
}

describe("GitHub", () => {
  let server: Listening;
  let calls: Call[];
  /** What GET asked for. */
  let asked: string[];
  /** What it answers: page by page, and to what has no pages. */
  let pages: object[][];
  const single: Record<string, object> = {
    "/repos/me/it": { id: 5, name: "it", owner: { id: 4, login: "me" } },
    "/repos/me/it/actions/oidc/customization/sub": { sub_claim_prefix: "repo:me@4/it@5" },
  };
  let status: number;

  before(async () => {
    const played = createServer((request, response) => {
      void (async () => {
        const { method = "", url = "" } = request;
        assert.equal(request.headers.authorization, "Bearer secret-token");
        if (method === "GET") {
          const page = Number(new URL(url, "http://x").searchParams.get("page"));
          asked.push(url);
          response.writeHead(status).end(JSON.stringify(single[url] ?? pages[page - 1] ?? []));
          return;
        }
        calls.push({ method, path: url, body: await json(request) });
        response.writeHead(status === 200 ? 201 : status).end("{}");
      })();
    });
    server = await listening(played);
  });
  after(() => server.stop());
  beforeEach(() => {
    calls = [];
    asked = [];
    pages = [];
    status = 200;
  });

  const hub = () =>
    new GitHub({
      api: server.url,
      repository: "me/it",
      token: "secret-token",
    });

  it("writes a first comment, and replaces it the next time, also behind a hundred others", async () => {
    await hub().comment(3, "base-dev", "text");
    assert.deepEqual(calls, [
      { method: "POST", path: "/repos/me/it/issues/3/comments", body: { body: "text" } },
    ]);
    calls = [];
    const others = Array.from({ length: 100 }, (_, id) => ({ id, body: "hello" }));
    pages = [others, [{ id: 500, body: `${commentMarker("base-dev")}\nold` }]];
    await hub().comment(3, "base-dev", "new");
    assert.deepEqual(calls, [
      { method: "PATCH", path: "/repos/me/it/issues/comments/500", body: { body: "new" } },
    ]);
  });

  it("keeps the comments of stacks apart, and from those that quote one", async () => {
    pages = [
      [
        { id: 1, body: commentMarker("base-prod") },
        { id: 2, body: `> ${commentMarker("base-dev")}` },
      ],
    ];
    await hub().comment(3, "base-dev", "text");
    assert.equal(calls[0]?.method, "POST");
  });

  it("looks for open issues about drift only, a hundred at once", async () => {
    const issue = { number: 7, title: "Drift in base-dev" };
    pages = [Array<object>(100).fill(issue), [issue]];
    assert.equal((await hub().openDriftIssues()).length, 101);
    const list = "/repos/me/it/issues?state=open&labels=drift&per_page=100";
    assert.deepEqual(asked, [`${list}&page=1`, `${list}&page=2`]);
  });

  it("knows the subject of an environment's jobs", async () => {
    assert.equal(await hub().subject("drift-dev"), "repo:me@4/it@5:environment:drift-dev");
  });

  it("opens, updates and closes issues", async () => {
    await hub().act({ kind: "open", title: "Drift in base-dev", body: "b" });
    await hub().act({ kind: "update", number: 7, body: "c" });
    await hub().act({ kind: "close", number: 7, comment: "gone" });
    await hub().act({ kind: "none" });
    assert.deepEqual(calls, [
      {
        method: "POST",
        path: "/repos/me/it/issues",
        body: { title: "Drift in base-dev", body: "b", labels: ["drift"] },
      },
      { method: "PATCH", path: "/repos/me/it/issues/7", body: { body: "c" } },
      { method: "POST", path: "/repos/me/it/issues/7/comments", body: { body: "gone" } },
      { method: "PATCH", path: "/repos/me/it/issues/7", body: { state: "closed" } },
    ]);
  });

  it("says which right is missing, and never the token", async () => {
    status = 403;
    await assert.rejects(hub().openDriftIssues(), (error: Error) => {
      assert.match(error.message, /403 to GET issues.*issues: write/s);
      assert.doesNotMatch(error.message, /secret-token/);
      return true;
    });
  });
});

describe("accessFrom", () => {
  it("is there in a workflow only", () => {
    assert.equal(accessFrom({}), undefined);
    assert.deepEqual(accessFrom({ GITHUB_TOKEN: "t", GITHUB_REPOSITORY: "me/it" }), {
      api: "https://api.github.com",
      repository: "me/it",
      token: "t",
    });
    const enterprise = { GITHUB_API_URL: "https://github.example.com/api/v3", GITHUB_REPOSITORY: "me/it" };
    assert.equal(accessFrom({ ...enterprise, GITHUB_TOKEN: "t" })?.api, enterprise.GITHUB_API_URL);
    assert.equal(accessFrom(enterprise), undefined);
  });
});
