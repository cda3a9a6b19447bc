// The balancer's ways to log in, tried on the real Prometheus with its own web configuration, and behind a tenant's proxy.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stringify } from "yaml";
import { type PrometheusOptions, connectPrometheus } from "../../balancer/prometheus.ts";
import { openAccess } from "../../balancer/prometheus/access.ts";
import { createAuthority, issueCertificate } from "./controlPlane/certificates.ts";
import { freePort } from "./controlPlane/ports.ts";
import { ensureTools } from "./tools/index.ts";

/** Of "test", from https://prometheus.io/docs/guides/basic-auth/. */
const hashOfTest = "$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay";

describe("access to a real Prometheus", () => {
  const folder = mkdtempSync(join(tmpdir(), "spot-balancer-access-"));
  const running: ChildProcess[] = [];
  let executable: string;
  let proxy: Server | undefined;

  before(async () => {
    executable = (await ensureTools(["prometheus"], { report: console.error })).prometheus;
    const now = new Date();
    const authority = await createAuthority("test", now);
    write("ca.crt", authority.certificate);
    for (const commonName of ["server", "client"]) {
      const subject = { commonName, alternativeNames: ["localhost", "127.0.0.1"] };
      const pair = await issueCertificate(authority, subject, now);
      write(`${commonName}.crt`, pair.certificate);
      write(`${commonName}.key`, pair.privateKey);
    }
    write("password", "test\n");
    write("wrong", "guess");
    write("prometheus.yml", "global: { scrape_interval: 1s }\n");
  });
  after(async () => {
    proxy?.close();
    for (const each of running) {
      each.kill();
      if (each.exitCode === null) await once(each, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  });

  function write(name: string, text: string): string {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  }

  async function start(name: string, web: object): Promise<string> {
    const port = await freePort(new Set());
    const child = spawn(
      executable,
      [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(folder, `${name}-data`)}`,
        `--web.listen-address=127.0.0.1:${port}`,
        `--web.config.file=${write(`${name}-web.yml`, stringify(web))}`,
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    running.push(child);
    let log = "";
    child.stderr.on("data", (chunk) => (log += String(chunk)));
    while (!log.includes("Server is ready to receive web requests")) {
      if (child.exitCode !== null) throw new Error(`Prometheus has ended: ${log.slice(-2000)}`);
      await delay(100);
    }
    return `127.0.0.1:${port}`;
  }

  /** How many series `vector(1)` has: one where it lets us in. */
  async function ask(url: string, access?: string): Promise<number> {
    const options: PrometheusOptions = { signal: new AbortController().signal, backoffMs: 10 };
    if (access !== undefined) options.access = openAccess(write("access.yml", access), {});
    let series = 0;
    await connectPrometheus(url, options).query("vector(1)", () => series++);
    return series;
  }

  it("lets in who has the password, and nobody else", async () => {
    const address = await start("basic", { basic_auth_users: { alice: hashOfTest } });
    const url = `http://${address}`;
    assert.equal(await ask(url, "basic_auth: { username: alice, password_file: password }"), 1);
    await assert.rejects(ask(url, "basic_auth: { username: alice, password_file: wrong }"), /does not let us in \(401\)/);
    await assert.rejects(ask(url), /does not let us in \(401\)/);
    assert.equal(await ask(`http://alice:test@${address}`), 1, "as before, by the URL");
  }); // prettier-ignore

  it("is believed by its authority alone, and believes whom that authority signed", async () => {
    const tls = { cert_file: "server.crt", key_file: "server.key" };
    const web = {
      tls_server_config: { ...tls, client_auth_type: "RequireAndVerifyClientCert", client_ca_file: "ca.crt" },
    };
    const url = `https://${await start("tls", web)}`;
    const client = "cert_file: client.crt, key_file: client.key";
    assert.equal(await ask(url, `tls_config: { ca_file: ca.crt, ${client} }`), 1);
    await assert.rejects(ask(url, "tls_config: { ca_file: ca.crt }"), /gives no usage: .*(certificate|alert|reset|hang)/i);
    await assert.rejects(ask(url, `tls_config: { ${client} }`), /unable to verify|self-signed/);
    await assert.rejects(ask(url, `tls_config: { ca_file: ca.crt, ${client}, server_name: other }`), /other/);
    assert.equal(await ask(url, `tls_config: { insecure_skip_verify: true, ${client} }`), 1);
  }); // prettier-ignore

  it("is reached through a proxy that wants to know the tenant", async () => {
    const behind = await start("tenant", {});
    proxy = createServer((incoming, response) => {
      if (incoming.headers["x-scope-orgid"] !== "demo") return void response.writeHead(401).end("no org id");
      const { method, url: path, headers } = incoming;
      const [hostname, port] = behind.split(":");
      const onward = request({ hostname, port, method, path, headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      incoming.pipe(onward);
    });
    await once(proxy.listen(0, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    assert.equal(await ask(url, "http_headers: { X-Scope-OrgID: { values: [demo] } }"), 1);
    await assert.rejects(ask(url), /does not let us in \(401\): no org id/);
  });
});
