import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import https from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import { createAuthority, issueCertificate } from "../controlPlane/certificates.ts";
import { apiStatus, isNotFound, waitFor } from "../kube.ts";
import { connect, type Api } from "./api.ts";
import { followPods } from "./followPods.ts";
import { bind } from "./serviceProxy.ts";
import { buildPod } from "./testing/build.ts";

describe("access to the API server", () => {
  let server: https.Server;
  let api: Api;
  let answer: (request: Received, response: ServerResponse) => void;
  const received: Received[] = [];

  before(async () => {
    const now = new Date();
    const authority = await createAuthority("test", now);
    const pair = await issueCertificate(
      authority,
      { commonName: "api", alternativeNames: ["127.0.0.1"] },
      now,
    );
    server = https.createServer({ cert: pair.certificate, key: pair.privateKey }, (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const { method, url, headers } = request;
        const one = {
          method,
          url,
          body,
          authorization: headers.authorization,
          type: headers["content-type"],
        };
        received.push(one);
        answer(one, response);
      });
    });
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: "c", server: `https://127.0.0.1:${await bind(server, "127.0.0.1", 0)}`, caData: Buffer.from(authority.certificate).toString("base64"), skipTLSVerify: false }, // prettier-ignore
      { name: "u", token: "secret" },
    );
    api = await connect(config);
  });
  after(() => {
    api.close();
    server.close();
    server.closeAllConnections();
  });

  it("sends JSON as the kubeconfig's user, several requests over one connection, a DELETE's body too", async () => {
    answer = (_, response) => response.end('{"ok":true}');
    received.length = 0;
    assert.deepEqual(await api.request("DELETE", "/a", { gracePeriodSeconds: 0 }), { ok: true });
    await api.request("PATCH", "/b", { x: "ä" });
    assert.deepEqual(received, [
      { method: "DELETE", url: "/a", body: '{"gracePeriodSeconds":0}', authorization: "Bearer secret", type: "application/json" },
      { method: "PATCH", url: "/b", body: '{"x":"ä"}', authorization: "Bearer secret", type: "application/strategic-merge-patch+json" },
    ]); // prettier-ignore
  });

  it("throws the server's own words with the status, in one line", async () => {
    answer = (_, response) => response.writeHead(404).end('{"message":"pods \\"x\\" not found"}');
    const error: unknown = await api.request("GET", "/x").catch((thrown: unknown) => thrown);
    assert.ok(isNotFound(error));
    assert.equal((error as Error).message, 'GET /x: 404 pods "x" not found');
    answer = (_, response) => response.writeHead(503).end("busy");
    const busy: unknown = await api.request("GET", "/x").catch((thrown: unknown) => thrown);
    assert.deepEqual([apiStatus(busy), (busy as Error).message], [503, "GET /x: 503 busy"]);
  });

  it("throws when the connection breaks in the middle", async () => {
    answer = (_, response) => response.write('{"half', () => response.destroy());
    await assert.rejects(api.request("GET", "/x"), /aborted|socket hang up/);
  });

  it("follows pods across broken watches and refused lists, and tells which are gone", async () => {
    const pod = (name: string) => buildPod({}, { name, uid: name });
    const lists = [["a", "b"], undefined, ["b"]];
    const event = (type: string, name: string) => JSON.stringify({ type, object: pod(name) }) + "\n";
    answer = ({ url = "" }, response) => {
      if (url.includes("watch=true")) {
        const text = event("MODIFIED", "ä") + event("DELETED", "b") + event("ADDED", "c");
        const bytes = Buffer.from(text);
        response.write(bytes.subarray(0, 20)); // events do not come in whole lines
        setImmediate(() => response.write(bytes.subarray(20), () => response.destroy()));
        return;
      }
      const names = lists.length > 1 ? lists.shift() : lists[0];
      if (names === undefined) return void response.writeHead(500).end("{}");
      response.end(JSON.stringify({ metadata: { resourceVersion: "7" }, items: names.map(pod) }));
    };
    const seen: string[] = [];
    const problems: string[] = [];
    const ending = new AbortController();
    const listener = {
      listed: (pods: { metadata?: { name?: string } }[]) => seen.push(`list ${pods.map(({ metadata }) => metadata?.name).join()}`), // prettier-ignore
      changed: ({ metadata }: { metadata?: { name?: string } }) => seen.push(`changed ${metadata?.name}`),
      gone: ({ metadata }: { metadata?: { name?: string } }) => seen.push(`gone ${metadata?.name}`),
    };
    const following = followPods(api, "node-0", listener, ending.signal, (line) => problems.push(line), 5);
    await waitFor(() => seen.length >= 5, { what: "a list after the break", timeoutMs: 5000, intervalMs: 5 });
    ending.abort();
    await following;
    assert.deepEqual(seen.slice(0, 5), ["list a,b", "changed ä", "gone b", "changed c", "list b"]);
    assert.match(problems.join("\n"), /aborted[^]*500/);
    assert.ok(received.some(({ url }) => url?.includes("fieldSelector=spec.nodeName%3Dnode-0&watch=true&resourceVersion=7"))); // prettier-ignore
  });
});

interface Received {
  method: string | undefined;
  url: string | undefined;
  body: string;
  authorization: string | undefined;
  type: string | undefined;
}
