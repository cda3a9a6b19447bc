import assert from "node:assert/strict";
import { Agent as HttpAgent } from "node:http";
import { Agent, type RequestOptions } from "node:https";
import { type ClusterAccess, readCredentials } from "./credentials.ts";

/** As client-node fills them in. */
const given = (options: RequestOptions, cluster: { server: string; proxyUrl?: string }): ClusterAccess =>
  ({
    getCurrentCluster: () => cluster,
    applyToHTTPSOptions: (into: RequestOptions) => Promise.resolve(void Object.assign(into, options)),
  }) as unknown as ClusterAccess;
const server = "https://api:6443";

describe("what a kubeconfig gives to every request", () => {
  it("are its headers without the line's end that a token in a file has, and its name and password", async () => {
    const headers = { authorization: "Bearer token\n", "impersonate-user": " me" };
    const { headers: sent, auth } = await readCredentials(given({ headers, auth: "me:secret" }, { server }));
    assert.deepEqual(sent, { authorization: "Bearer token", "impersonate-user": "me" });
    assert.equal(auth, "me:secret");
    const none = await readCredentials(given({ auth: null }, { server }));
    assert.deepEqual([none.headers, "auth" in none], [{}, false]);
  });

  it("is how to know the server, and to be known by it; connections are kept", async () => {
    const tls = { ca: "CA", cert: "C", key: "K", rejectUnauthorized: false, servername: "name" };
    const { agent } = await readCredentials(given({ ...tls, agent: new Agent() }, { server }));
    assert.ok(agent instanceof Agent);
    const { ca, cert, key, rejectUnauthorized, servername, keepAlive } = agent.options;
    assert.deepEqual({ ca, cert, key, rejectUnauthorized, servername }, tls);
    assert.equal(keepAlive, true);
  });

  it("are plain connections where the server has no TLS", async () => {
    const { agent } = await readCredentials(given({ ca: "CA" }, { server: "http://127.0.0.1:1" }));
    assert.ok(agent instanceof HttpAgent && !(agent instanceof Agent));
    assert.equal((agent as HttpAgent & { keepAlive: boolean }).keepAlive, true);
  });

  it("is its own agent where there is a proxy, and only there", async () => {
    const own = new HttpAgent();
    const through = await readCredentials(given({ agent: own }, { server, proxyUrl: "http://proxy:1" }));
    assert.equal(through.agent, own);
    const direct = await readCredentials(given({ agent: own }, { server }));
    assert.notEqual(direct.agent, own);
    const odd = await readCredentials(given({}, { server, proxyUrl: "http://proxy:1" }));
    assert.ok(odd.agent instanceof Agent);
  });

  it("may be nothing that can be used, with its reason", async () => {
    const access = { ...given({}, { server }), applyToHTTPSOptions: () => Promise.reject(new Error("no such plugin")) }; // prettier-ignore
    await assert.rejects(readCredentials(access), {
      name: "InputError",
      message: "Cannot use the credentials of the kubeconfig: no such plugin",
    });
  });
});
