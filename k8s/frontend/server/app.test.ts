import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { type PageServers, createServers, securityHeaders } from "./app.ts";
import { readFiles } from "./files.ts";
import { readSettings } from "./settings.ts";

interface Question {
  method?: string;
  headers?: object;
  server?: PageServers["page"];
}

describe("the page's web server", () => {
  const folder = mkdtempSync(join(tmpdir(), "page-"));
  const kinds = new Map([
    ["style.css", "text/css; charset=utf-8"],
    ["icon.svg", "image/svg+xml"],
    ["icon.png", "image/png"],
    ["font.woff2", "application/octet-stream"],
  ]);
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
    for (const file of kinds.keys()) writeFileSync(join(folder, file), file);
    mkdirSync(join(folder, "..data")); // as in a ConfigMap's volume
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

  it("serves what is packed to whoever takes it, and caches are told of both", async () => {
    const packed = await ask("/index-Abc_1-23.js", { headers: { "accept-encoding": "br, gzip" } });
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.equal(String(gunzipSync(Buffer.from(packed.body, "latin1"))), "run()");
    const plain = await ask("/index-Abc_1-23.js");
    assert.deepEqual([plain.headers["content-encoding"], plain.body], [undefined, "run()"]);
    for (const { headers } of [packed, plain]) assert.equal(headers["vary"], "Accept-Encoding");
    assert.equal((await ask("/index.html.gz")).status, 404, "no file of its own");
  });

  it("serves what nobody has packed as it is, each kind by its name", async () => {
    for (const [file, type] of kinds) {
      const { headers, body } = await ask(`/${file}`, { headers: { "accept-encoding": "gzip" } });
      assert.deepEqual([headers["content-type"], headers["content-encoding"], body], [type, undefined, file]);
    }
  });

  it("takes no query for a part of a file's name", async () => {
    assert.deepEqual((await ask("/?from=1#top")).body, "<p>page</p>");
  });

  it("lets the page load nothing from elsewhere, and nobody frame it, on every answer", async () => {
    const self = ["script-src", "style-src", "connect-src"].map((what) => `${what} 'self'`);
    const none = ["base-uri", "form-action", "frame-ancestors"].map((what) => `${what} 'none'`);
    assert.deepEqual(
      securityHeaders["Content-Security-Policy"]!.split("; ").sort(),
      ["default-src 'none'", "img-src 'self' data:", ...self, ...none].sort(),
    );
    const etag = { "if-none-match": (await ask("/")).headers["etag"] };
    for (const question of [{}, { method: "POST" }, { headers: etag }]) {
      for (const path of ["/", "/nothing"]) {
        const { headers } = await ask(path, question);
        for (const [name, value] of Object.entries(securityHeaders))
          assert.equal(headers[name.toLowerCase()], value);
        assert.equal(headers["x-content-type-options"], "nosniff");
        assert.equal(headers["referrer-policy"], "no-referrer");
      }
    }
  });

  it("holds no connection for whoever is slow to ask, and no more than it has room for", () => {
    for (const server of [servers.page, servers.inside])
      assert.deepEqual([server.headersTimeout, server.requestTimeout], [10_000, 10_000]);
    assert.equal(servers.page.maxConnections, 2000);
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
    const other = await ask("/", { headers: { "if-none-match": (await ask("/icon.svg")).headers["etag"] } });
    assert.equal(other.status, 200);
  });

  it("knows a file by what is in it, not by its name", () => {
    const tags = ["one", "two", "one"].map((text) => {
      writeFileSync(join(folder, "changing.html"), text);
      return readFiles(folder).get("/changing.html")!.headers["ETag"];
    });
    assert.equal(tags[0], tags[2]);
    assert.notEqual(tags[0], tags[1]);
  });

  it("answers HEAD with the headers alone", async () => {
    const { status, body, headers } = await ask("/", { method: "HEAD" });
    assert.deepEqual([status, body, headers["content-length"]], [200, "", "11"]);
  });

  it("answers 404 to other files, also outside of its folder, and 405 to what does not read", async () => {
    for (const path of ["/nothing", "/../settings.ts", "/%2e%2e/settings.ts"]) {
      assert.equal((await ask(path)).status, 404, path);
    }
    const { status, headers } = await ask("/", { method: "POST" });
    assert.deepEqual([status, headers["allow"]], [405, "GET, HEAD"]);
  });

  it("is ready until it is told to stop, and alive to the end", async () => {
    const server = servers.inside;
    assert.equal((await ask("/readyz", { server })).status, 200);
    ready = false;
    const { status, body } = await ask("/readyz", { server });
    assert.deepEqual([status, body], [503, "stopping\n"]);
    assert.equal((await ask("/livez", { server })).status, 200);
  });

  it("counts its answers, on a port of their own", async () => {
    const { body, headers } = await ask("/metrics", { server: servers.inside });
    assert.match(headers["content-type"]!, /^text\/plain; version=/);
    assert.match(body, /^frontend_http_requests_total\{code="404"\} \d+$/m);
    assert.equal((await ask("/metrics")).status, 404);
  });
});

describe("the page server's settings", () => {
  it("have defaults, but for the folder", () => {
    const expected = { folder: "/page", host: "0.0.0.0", port: 8080, metricsPort: 9464, shutdownSeconds: 5 };
    assert.deepEqual(readSettings({ PAGE_DIR: "/page" }), expected);
  });

  it("are what the environment says", () => {
    const env = { PAGE_DIR: "/p", LISTEN_HOST: "::1", PORT: "81", METRICS_PORT: "82" };
    const expected = { folder: "/p", host: "::1", port: 81, metricsPort: 82, shutdownSeconds: 60 };
    assert.deepEqual(readSettings({ ...env, SHUTDOWN_DELAY_SECONDS: "60" }), expected);
  });

  for (const [name, value] of Object.entries({
    SHUTDOWN_DELAY_SECONDS: "61",
    PORT: "80.5",
    METRICS_PORT: "0",
  }))
    it(`refuse ${name}=${value}`, () => {
      assert.match(
        readSettings({ PAGE_DIR: "/p", [name]: value }) as string,
        new RegExp(`fit:\n {2}${name}: `),
      );
    });

  it("that do not fit are all named at once", () => {
    const text = readSettings({ PORT: "99999", SHUTDOWN_DELAY_SECONDS: "soon" });
    assert.match(
      typeof text === "string" ? text : "",
      /PAGE_DIR: .*\n {2}PORT: .*\n {2}SHUTDOWN_DELAY_SECONDS: /,
    );
  });
});
