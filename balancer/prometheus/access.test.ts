import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, createServer } from "node:http";
import type { Agent } from "node:https";
import { connect as connectTo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../failures.ts";
import { connectPrometheus } from "../prometheus.ts";
import { type Listening, listening } from "../testing/listening.ts";
import { openAccess } from "./access.ts";

const secret = "hunter2";

describe("access to a Prometheus that wants to know who asks", () => {
  let folder: string;
  let server: Listening;
  let url: string;
  const seen: { headers: IncomingHttpHeaders; url: string; body: string }[] = [];
  /** Answers of the login server, in this order; then a token. */
  let refusals: { status: number; body: object }[] = [];

  before(async () => {
    const played = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => {
        seen.push({ headers: request.headers, url: request.url!, body });
        if (request.url!.includes("/oauth2/")) {
          const { status, body } = refusals.shift() ?? { status: 200, body: { access_token: "from-azure" } };
          response.writeHead(status).end(JSON.stringify(body));
        } else if (request.headers["x-scope-orgid"] === "nobody")
          response.writeHead(403).end("no such tenant");
        else response.end('{"status":"success","data":{"resultType":"vector","result":[]}}');
      });
    });
    server = await listening(played);
    ({ url } = server);
  });
  after(() => server.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "balancer-access-"));
    seen.length = 0;
    refusals = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const open = (text: string, env: NodeJS.ProcessEnv = {}) => {
    const access = openAccess(file("access.yaml", text), env);
    return connectPrometheus(url, { signal: new AbortController().signal, backoffMs: 1, access });
  };
  const ask = (prometheus: ReturnType<typeof open>) => prometheus.query("up", () => undefined);

  it("logs in by name and the password in a file", async () => {
    file("password", `${secret}\n`);
    await ask(open("basic_auth: { username: me, password_file: password }"));
    assert.equal(seen[0]!.headers.authorization, `Basic ${Buffer.from(`me:${secret}`).toString("base64")}`);
  });

  it("sends the token that is in its file now, whenever it asks", async () => {
    file("token", "first");
    const prometheus = open("authorization: { credentials_file: token }");
    await ask(prometheus);
    file("token", "second");
    await ask(prometheus);
    assert.deepEqual(seen.map(({ headers }) => headers.authorization), ["Bearer first", "Bearer second"]); // prettier-ignore
  });

  it("sends further headers, plain ones and those in files", async () => {
    file("key", secret);
    await ask(open("http_headers: { X-Scope-OrgID: { values: [demo] }, X-Key: { files: [key] } }"));
    assert.deepEqual([seen[0]!.headers["x-scope-orgid"], seen[0]!.headers["x-key"]], ["demo", secret]);
  });

  it("says who was not let in, at once and without a secret", async () => {
    const prometheus = open(`{ authorization: { credentials: ${secret} }, http_headers: { X-Scope-OrgID: { values: [nobody] } } }`); // prettier-ignore
    await assert.rejects(ask(prometheus), (error: Error) => {
      assert.equal(error.name, "UnreachableError");
      assert.match(error.message, /does not let us in \(403\): no such tenant; .*--prometheus-config/);
      assert.doesNotMatch(error.message, new RegExp(secret));
      return true;
    });
    assert.equal(seen.length, 1, "nobody is asked twice for what he refuses");
  });

  it("goes through the proxy that the environment names, and past it where it says so", async () => {
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on("connect", (_request, socket) => socket.destroy());
    proxy.on("request", (request, response) => {
      asked.push(request.url!);
      const to = new URL(request.url!);
      const upstream = connectTo(Number(to.port), to.hostname, () => {
        upstream.write(`POST ${to.pathname} HTTP/1.1\r\nhost: ${to.host}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      }); // prettier-ignore
      upstream.pipe(response.socket!);
    });
    const { url: HTTP_PROXY, stop } = await listening(proxy);
    try {
      await ask(open("proxy_from_environment: true", { HTTP_PROXY }));
      assert.deepEqual(asked, [`${url}/api/v1/query`]);
      await ask(open(`proxy_url: ${HTTP_PROXY}`));
      assert.equal(asked.length, 2);
      await ask(open("proxy_from_environment: true", { HTTP_PROXY, NO_PROXY: "127.0.0.1" }));
      await ask(open("{}", { HTTP_PROXY }));
      assert.equal(asked.length, 2);
    } finally {
      await stop();
    }
  });

  describe("by workload identity of Azure", () => {
    const env = () => ({
      ...{ AZURE_CLIENT_ID: "client", AZURE_TENANT_ID: "tenant", AZURE_AUTHORITY_HOST: `${url}/` },
      AZURE_FEDERATED_TOKEN_FILE: file("federated", "of-the-pod"),
    });

    it("exchanges the pod's token once for all queries of a round", async () => {
      const prometheus = open("azuread: { workload_identity: {} }", env());
      await Promise.all([ask(prometheus), ask(prometheus)]);
      const [login, ...queries] = seen;
      assert.equal(login!.url, "/tenant/oauth2/v2.0/token");
      const sent = Object.fromEntries(new URLSearchParams(login!.body));
      assert.equal(login!.headers["content-type"], "application/x-www-form-urlencoded");
      assert.equal(login!.headers.accept, "application/json");
      assert.deepEqual(sent, {
        client_id: "client",
        scope: "https://prometheus.monitor.azure.com/.default",
        grant_type: "client_credentials",
        client_assertion: "of-the-pod",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      });
      assert.deepEqual(queries.map(({ headers }) => headers.authorization), ["Bearer from-azure", "Bearer from-azure"]); // prettier-ignore
    });

    it("asks for whom the file names, whatever the pod has", async () => {
      const identity = `client_id: mine, tenant_id: ours, token_file_path: ${file("own", "of-the-file")}`;
      await ask(open(`azuread: { workload_identity: { ${identity} } }`, env()));
      const sent = new URLSearchParams(seen[0]!.body);
      assert.equal(seen[0]!.url, "/ours/oauth2/v2.0/token");
      assert.deepEqual([sent.get("client_id"), sent.get("client_assertion")], ["mine", "of-the-file"]);
    });

    it("asks once more after a login that failed", async () => {
      refusals = [{ status: 503, body: {} }];
      await ask(open("azuread: { workload_identity: {} }", env()));
      assert.equal(seen.at(-1)!.headers.authorization, "Bearer from-azure");
    });

    it("says what Azure says, and what the pod lacks", async () => {
      const body = {
        error: "invalid_client",
        error_description: "AADSTS70021: No matching federated identity\nTrace",
      };
      refusals = Array.from({ length: 3 }, () => ({ status: 401, body }));
      await assert.rejects(ask(open("azuread: { workload_identity: {} }", env())), /Azure gives no token for Prometheus: invalid_client \(401\): AADSTS70021: No matching federated identity$/); // prettier-ignore
      assert.throws(
        () => open("azuread: { workload_identity: {} }"),
        /expected \$AZURE_CLIENT_ID or its key/,
      );
    });
  });

  const wrong: [what: string, text: string, message: RegExp][] = [
    ["an unknown key", "basic_aut: {}", /line 1: basic_aut: unknown key, did you mean basic_auth\?/],
    ["two ways to log in", `{ basic_auth: { username: a }, authorization: { credentials: ${secret} } }`, /expected one of basic_auth, authorization/],
    ["two other ways to log in", `{ azuread: { workload_identity: {} }, authorization: { credentials: ${secret} } }`, /expected one of authorization, azuread/],
    ["a password twice", `basic_auth: { username: a, password: ${secret}, password_file: b }`, /expected the value or its file, got both/],
    ["a name twice", "basic_auth: { username: a, username_file: b }", /basic_auth: expected the value or its file, got both/],
    ["no name", `basic_auth: { password: ${secret} }`, /basic_auth: expected the value or its file$/m],
    ["credentials twice", `authorization: { credentials: ${secret}, credentials_file: b }`, /authorization: expected the value or its file, got both/],
    ["no credentials", "authorization: {}", /authorization: expected the value or its file$/m],
    ["two proxies", "{ proxy_url: 'http://a', proxy_from_environment: true }", /proxy_url: expected it or proxy_from_environment, got both/],
    ["a key without its certificate", "tls_config: { key_file: a }", /expected cert_file and key_file together/],
    ["a certificate without its key", "tls_config: { cert_file: a }", /expected cert_file and key_file together/],
    ["a header that others set", "http_headers: { Authorization: { values: [a] } }", /http_headers.*: is set by other keys/],
    ["what is no YAML", `authorization: [*${secret}`, /line \d: it cannot be read/],
    ["a value of another kind", `authorization: ${secret}`, /authorization: expected object/],
  ]; // prettier-ignore
  for (const [what, text, message] of wrong) {
    it(`refuses ${what}, and shows no secret`, () => {
      assert.throws(
        () => open(text),
        (error: Error) => {
          assert.ok(error instanceof InputError);
          assert.match(error.message, message);
          assert.doesNotMatch(`${error.message}${error.stack}`, new RegExp(secret));
          return true;
        },
      );
    });
  }

  it("trusts no server that nobody vouches for, unless it is told to", () => {
    const trusts = (text: string) =>
      (openAccess(file("access.yaml", text), {}).agentFor("https://a") as Agent).options.rejectUnauthorized;
    assert.equal(trusts("{}"), true);
    assert.equal(trusts("tls_config: { server_name: a }"), true);
    assert.equal(trusts("tls_config: { insecure_skip_verify: false }"), true);
    assert.equal(trusts("tls_config: { insecure_skip_verify: true }"), false);
  });

  it("shows who it is, and knows whom to expect, by files beside its own", () => {
    for (const name of ["ca", "cert", "key"]) file(name, `of ${name}`);
    const options = (text: string) => (openAccess(file("access.yaml", text), {}).agentFor("https://a") as Agent).options; // prettier-ignore
    const { ca, cert, key, servername } = options("tls_config: { ca_file: ca, cert_file: cert, key_file: key, server_name: a }"); // prettier-ignore
    assert.deepEqual([ca, cert, key].map(String), ["of ca", "of cert", "of key"]);
    assert.equal(servername, "a");
    const proxied = options("{ proxy_url: 'http://p:1', no_proxy: b }") as { proxyEnv?: object };
    assert.deepEqual(proxied.proxyEnv, {
      HTTP_PROXY: "http://p:1",
      HTTPS_PROXY: "http://p:1",
      NO_PROXY: "b",
    });
    const none = options("{}");
    assert.deepEqual([none.ca, none.cert, none.key, none.servername], [undefined, undefined, undefined, undefined]); // prettier-ignore
    assert.equal(String(options(`tls_config: { ca_file: ${join(folder, "ca")} }`).ca), "of ca");
  });

  it("logs in by a name alone, or a name in a file", async () => {
    const header = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
    file("name", "me\n");
    await ask(open("basic_auth: { username_file: name }"));
    await ask(open("basic_auth: { username: me, password: x }"));
    await ask(open(`authorization: { type: Token, credentials: ${secret} }`));
    assert.deepEqual(seen.map(({ headers }) => headers.authorization), [header("me:"), header("me:x"), `Token ${secret}`]); // prettier-ignore
  });

  it("names the file that cannot be used, and goes on without usage", async () => {
    const missing = ask(open("authorization: { credentials_file: none }"));
    await assert.rejects(missing, { name: "UnreachableError", message: /cannot read .*\/none: ENOENT/ });
    file("two", `${secret}\nmore`);
    await assert.rejects(
      ask(open("authorization: { credentials_file: two }")),
      /expected one line in .*\/two$/,
    );
    assert.throws(() => open("tls_config: { ca_file: none }") && openAccess("/none", {}), /Cannot read --prometheus-config \/none/); // prettier-ignore
  });
});
