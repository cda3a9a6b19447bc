import assert from "node:assert/strict";
import { type KubeClient, connect } from "./kube/client.ts";
import { type Lease, acquireLease } from "./lease.ts";
import { type FakeApiServer, startApiServer } from "./testing/apiServer.ts";

const path = "/apis/coordination.k8s.io/v1/namespaces/monitoring/leases/spot-balancer";

describe("the Lease", () => {
  let server: FakeApiServer;

  const newClient = () =>
    connect(server.kubeconfig(), { signal: new AbortController().signal, backoffMs: 1 });
  const acquire = (identity: string, client: KubeClient = newClient()) =>
    acquireLease(client, "monitoring", identity);
  async function hold(identity: string, client = newClient()): Promise<Lease> {
    const lease = await acquire(identity, client);
    assert.ok("isHeld" in lease, `${identity} did not get the Lease`);
    return lease;
  }
  const holder = () => (server.objects.get(path)?.["spec"] as { holderIdentity?: string }).holderIdentity;

  beforeEach(async () => {
    server = await startApiServer();
    server.add(path, { metadata: { name: "spot-balancer", namespace: "monitoring" } });
  });
  afterEach(() => server.stop());

  it("goes to one holder, and to the next one when it is given back", async () => {
    const first = await hold("a");
    const second = await acquire("b");
    assert.ok("heldBy" in second && second.heldBy === "a" && second.until > Date.now());
    await first.release();
    await hold("b");
    assert.equal(holder(), "b");
    assert.equal(await first.isHeld(), false);
  });

  it("goes to one of many that come at once", async () => {
    const results = await Promise.all(["a", "b", "c", "d", "e"].map((identity) => acquire(identity)));
    assert.equal(results.filter((result) => "isHeld" in result).length, 1);
  });

  it("is taken over from a dead holder once its time is over, not before", async () => {
    await hold("dead");
    server.clockOffset = 58_000;
    assert.ok("heldBy" in (await acquire("next")));
    server.clockOffset = 62_000;
    const next = await hold("next");
    assert.equal(await next.isHeld(), true);
    assert.equal(holder(), "next");
  });

  it("is renewed when it gets old, and then held on", async () => {
    const client = newClient();
    const lease = await hold("a", client);
    const writes = server.writes().length;
    assert.equal(await lease.isHeld(), true);
    assert.equal(server.writes().length, writes, "young: no write");
    server.clockOffset = 30_000;
    await client.send({ path }); // an answer carries the time
    assert.equal(await lease.isHeld(), true);
    assert.equal(server.writes().length, writes + 1);
    server.clockOffset = 80_000;
    assert.ok("heldBy" in (await acquire("b")));
  });

  it("is lost, and stays lost, when another one took it meanwhile", async () => {
    const client = newClient();
    const slow = await hold("slow", client);
    server.clockOffset = 70_000;
    await hold("other");
    await client.send({ path });
    assert.equal(await slow.isHeld(), false);
    await slow.release();
    assert.equal(holder(), "other");
  });

  it("counts as lost when it cannot be renewed", async () => {
    const client = newClient();
    const lease = await hold("a", client);
    server.clockOffset = 30_000;
    await client.send({ path });
    server.fail({ method: "PUT", path: /leases/, fault: "cut" });
    assert.equal(await lease.isHeld(), false);
    assert.equal(await lease.isHeld(), false);
  });

  it("is believed of nobody who renewed it in the future, nor for longer than minutes", async () => {
    const spec = (ahead: number, leaseDurationSeconds: number) => ({
      ...{ holderIdentity: "forged", leaseDurationSeconds, leaseTransitions: 2 ** 31 - 1 },
      renewTime: new Date(Date.now() + ahead).toISOString().replace("Z", "000Z"),
    });
    server.objects.get(path)!["spec"] = spec(86_400_000, 60);
    await (await hold("a")).release();
    server.objects.get(path)!["spec"] = spec(0, 2 ** 31 - 1);
    const other = await acquire("b");
    assert.ok("heldBy" in other && other.until <= Date.now() + 301_000);
    assert.ok((server.objects.get(path)!["spec"] as { leaseTransitions: number }).leaseTransitions < 2 ** 31);
  });

  it("is made where it is missing", async () => {
    server.objects.delete(path);
    await hold("a");
    assert.equal(holder(), "a");
  });
});
