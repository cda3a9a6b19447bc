import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { V1Service } from "@kubernetes/client-node";
import { LoopbackAddresses } from "./loopback.ts";
import { bind, ServiceProxy } from "./serviceProxy.ts";
import { serviceEndpoints, type ServingPod } from "./services.ts";
import { buildContainer, buildPod } from "./testing/build.ts";

const service = (spec: V1Service["spec"]): V1Service => ({
  metadata: { name: "my-web", namespace: "demo" },
  spec,
});
const pod = (
  change: Partial<ServingPod> & { labels?: Record<string, string>; namespace?: string } = {},
): ServingPod => ({
  pod: buildPod(
    { containers: [buildContainer({ ports: [{ name: "http", containerPort: 8080 }] })] },
    { labels: change.labels ?? { app: "web", version: "1" }, namespace: change.namespace ?? "demo" },
  ),
  podIP: "127.100.0.1",
  ready: true,
  ...change,
});

describe("pods behind a Service", () => {
  const web = service({ selector: { app: "web" }, ports: [{ port: 80, targetPort: "http" }, { port: 90 }] });
  it("are the ready ones that its selector names in its namespace", () => {
    const pods = [pod(), pod({ ready: false }), pod({ labels: { app: "api" } }), pod({ namespace: "other" })];
    assert.deepEqual(serviceEndpoints(web, 80, pods), [{ host: "127.100.0.1", port: 8080 }]);
    assert.deepEqual(serviceEndpoints(web, 90, pods), [{ host: "127.100.0.1", port: 90 }]);
    assert.deepEqual(serviceEndpoints(service({ ports: [{ port: 80 }] }), 80, pods), []);
  });
});

describe("service proxy", () => {
  const servers: Server[] = [];
  const answer = async (text: string) => {
    const server = createServer((_, response) => response.end(text));
    servers.push(server);
    return { host: "127.0.0.1", port: await bind(server, "127.0.0.1", 0) };
  };
  let endpoints: { host: string; port: number }[] = [];
  let found: V1Service | undefined;
  const proxy = new ServiceProxy({
    addresses: new LoopbackAddresses(),
    salt: "test",
    apiServer: "127.0.0.1:6443",
    readService: () => Promise.resolve(found),
    endpoints: () => endpoints,
  });
  after(async () => {
    await proxy.close();
    for (const server of servers) server.close();
  });
  const get = async (address: string) =>
    (await fetch(`http://${address}/`, { headers: { connection: "close" } })).text();

  it("answers for the API server itself", async () => {
    assert.equal(await proxy.open("default", "kubernetes", 443), "127.0.0.1:6443");
  });

  it("listens before there is a pod, then takes its pods in turn, all at one address", async () => {
    const address = await proxy.open("demo", "web", 18080);
    assert.equal(await proxy.open("demo", "web", 18080), address);
    await assert.rejects(get(address), "without a pod the connection is refused");
    found = service({ ports: [{ port: 18080 }] });
    endpoints = [await answer("one"), await answer("two")];
    const other = await proxy.open("demo", "other", 18080);
    const answers = [await get(other), await get(other), await get(other)];
    assert.deepEqual([...new Set(answers)].sort(), ["one", "two"]);
  });

  it("follows an external name", async () => {
    const target = await answer("outside");
    found = service({ type: "ExternalName", externalName: "localhost" });
    const address = await proxy.open("demo", "outside", target.port);
    assert.equal(await get(address), "outside");
  });
});

describe("loopback addresses", () => {
  it("are each somebody's own, and the same for the same key", () => {
    const [one, two] = [new LoopbackAddresses(), new LoopbackAddresses()];
    const taken = Array.from({ length: 500 }, (_, index) => one.take("pod", `pod-${index}`));
    assert.equal(new Set(taken).size, 500);
    assert.ok(
      taken.every((address) => /^127\.100\.\d+\.([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-4])$/.test(address)),
    );
    assert.equal(two.take("pod", "pod-0"), taken[0]);
    assert.notEqual(two.take("pod", "pod-0"), taken[0]);
    two.release(taken[0]!);
    assert.equal(two.take("pod", "pod-0"), taken[0]);
  });
});
