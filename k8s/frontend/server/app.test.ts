import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type PageServers, createServers } from "./app.ts";
import { readSettings } from "./settings.ts";

interface Question {
  method?: string;
  headers?: object;
  server?: PageServers["page"];
}

describe("the page's web server", () => {
  const folder = mkdtempSync(join(tmpdir(), "page-"));
  let ready = true;
  let servers: PageServers;

  before(async () => {
    for (const [file, text] of Object.entries({
      "index.html": "<p>page</p>",
      "index-Abc_1-23.js": "run()",
    })) {
      writeFileSync(join(folder, file), text);
      writeFileSync(join(folder, `${file}.gz`), gzipSync(text));
    }
    servers = createServers(folder, () => ready);
    await Promise.all(
      [servers.page, servers.inside].map((server) => once(server.listen(0, "127.0.0.1"), "listening")),
    );
  });
  after(() => {
    servers.page.close();
    servers.inside.close();
    rmSync(folder, { recursive: true });
  });

  /** As a raw request: `fetch` would unpack, and tidy the path. */
  const ask = (path: string, { method = "GET", headers = {}, server = servers.page }: Question = {}) =>
    new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: string }>(
      (resolve, reject) => {
        const { port } = server.address() as AddressInfo;
        get({ host: "127.0.0.1", port, path, method, headers: { ...headers } }, (response) => {
          let body = "";
          response.setEncoding("latin1").on("data", (chunk: string) => (body += chunk));
          response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
        }).on("error", reject);
      },
    );

  it("serves the page, to be asked for again each time, and its files for ever", async () => {
    const page = await ask("/");
    assert.deepEqual(
      [page.status, page.body, page.headers["cache-control"]],
      [200, "<p>page</p>", "no-cache"],
    );
    const script = await ask("/index-Abc_1-23.js");
    assert.equal(script.headers["cache-control"], "public, max-age=31536000, immutable");
    assert.match(script.headers["content-type"] ?? "", /^text\/javascript/);
  });

  it("serves what is packed to whoever takes it", async () => {
    const { headers } = await ask("/index-Abc_1-23.js", { headers: { "accept-encoding": "gzip" } });
    assert.equal(headers["content-encoding"], "gzip");
  });

  it("lets the page load nothing from elsewhere, and nobody frame it, on every answer", async () => {
    for (const path of ["/", "/nothing"]) {
      const { headers } = await ask(path);
      assert.match(String(headers["content-security-policy"]), /^default-src 'none'; script-src 'self';/);
      assert.doesNotMatch(String(headers["content-security-policy"]), /unsafe/);
      assert.equal(headers["x-content-type-options"], "nosniff");
    }
  });

  const ranges = ["bytes=5-2", "bytes=-1", "bytes=9-", "bytes=0-0,5-2", "bytes=1e9-1", "bytes=--", "lines=x", "bytes=99999999999999999999-5"]; // prettier-ignore
  for (const range of ranges) {
    it(`answers the whole file to Range: ${range}`, async () => {
      const { status, body } = await ask("/", { headers: { range } });
      assert.deepEqual([status, body], [200, "<p>page</p>"]);
    });
  }

  it("says that nothing has changed to who has it", async () => {
    const { headers } = await ask("/");
    const again = await ask("/", { headers: { "if-none-match": headers["etag"] } });
    assert.deepEqual([again.status, again.body], [304, ""]);
  });

  it("answers HEAD with the headers alone", async () => {
    const { status, body, headers } = await ask("/", { method: "HEAD" });
    assert.deepEqual([status, body, headers["content-length"]], [200, "", "11"]);
  });

  it("answers 404 to other files, also outside of its folder, and 405 to what does not read", async () => {
    for (const path of ["/nothing", "/../settings.ts", "/%2e%2e/settings.ts"]) {
      assert.equal((await ask(path)).status, 404, path);
    }
    assert.equal((await ask("/", { method: "POST" })).status, 405);
  });

  it("is ready until it is told to stop, and alive to the end", async () => {
    const server = servers.inside;
    assert.equal((await ask("/readyz", { server })).status, 200);
    ready = false;
    assert.equal((await ask("/readyz", { server })).status, 503);
    assert.equal((await ask("/livez", { server })).status, 200);
  });

  it("counts its answers, on a port of their own", async () => {
    const { body } = await ask("/metrics", { server: servers.inside });
    assert.match(body, /^frontend_http_requests_total\{code="404"\} \d+$/m);
    assert.equal((await ask("/metrics")).status, 404);
  });
});

describe("the page server's settings", () => {
  it("have defaults, but for the folder", () => {
    const expected = { folder: "/page", host: "0.0.0.0", port: 8080, metricsPort: 9464, shutdownSeconds: 5 };
    assert.deepEqual(readSettings({ PAGE_DIR: "/page" }), expected);
  });

  it("that do not fit are all named at once", () => {
    const text = readSettings({ PORT: "99999", SHUTDOWN_DELAY_SECONDS: "soon" });
    assert.match(
      typeof text === "string" ? text : "",
      /PAGE_DIR: .*\n {2}PORT: .*\n {2}SHUTDOWN_DELAY_SECONDS: /,
    );
  });
});
