import assert from "node:assert/strict";
import { LeaseLostError } from "./failures.ts";
import { type KubeClient, connect } from "./kube/client.ts";
import { type Lease, acquireLease, isReleased, writingUnder } from "./lease.ts";
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

  it("is as old as the request that took it, however late the answer came", async () => {
    const client = newClient();
    server.onRequest = ({ method }) => {
      if (method === "PUT") server.clockOffset += 15_000;
    };
    const lease = await hold("a", client);
    server.onRequest = () => undefined;
    const writes = server.writes().length;
    server.clockOffset = 22_000;
    await client.send({ path });
    assert.equal(await lease.isHeld(), true);
    assert.equal(server.writes().length, writes + 1, "a third of its minute is over");
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
    const taken = await hold("a");
    const { leaseTransitions } = server.objects.get(path)!["spec"] as { leaseTransitions: number };
    assert.equal(leaseTransitions, 2 ** 31 - 1, "a 32-bit number");
    await taken.release();
    server.objects.get(path)!["spec"] = spec(0, 2 ** 31 - 1);
    const other = await acquire("b");
    assert.ok("heldBy" in other && other.until <= Date.now() + 301_000);
    assert.ok((server.objects.get(path)!["spec"] as { leaseTransitions: number }).leaseTransitions < 2 ** 31);
  });

  it("is made where it is missing", async () => {
    server.objects.delete(path);
    await hold("a");
    assert.equal(holder(), "a");
    assert.deepEqual(server.objects.get(path)!.metadata.name, "spot-balancer");
    assert.equal(server.objects.get(path)!.metadata["namespace"], "monitoring");
  });

  it("says who has it, since when, for how long, and the how many-th it is; given back, it says nobody", async () => {
    const spec = () => server.objects.get(path)!["spec"] as Record<string, unknown>;
    const before = Date.now();
    const first = await hold("a");
    assert.deepEqual([spec()["holderIdentity"], spec()["leaseDurationSeconds"], spec()["leaseTransitions"]], ["a", 60, 1]); // prettier-ignore
    assert.equal(spec()["acquireTime"], spec()["renewTime"]);
    assert.match(String(spec()["renewTime"]), /T\d\d:\d\d:\d\d\.\d{3}000Z$/);
    assert.ok(Date.parse(String(spec()["renewTime"])) >= before - 1);
    assert.equal(server.writes().at(-1)?.query.get("fieldManager"), "spot-balancer");
    const { acquireTime } = spec();
    await first.release();
    assert.deepEqual([spec()["holderIdentity"], spec()["leaseDurationSeconds"], spec()["acquireTime"]], ["", 1, acquireTime]); // prettier-ignore
    await hold("b");
    assert.equal(spec()["leaseTransitions"], 2);
  });

  it("goes to who has it already, as after a restart under the same name", async () => {
    await hold("a");
    await hold("a");
    assert.ok("heldBy" in (await acquire("b")));
  });

  it("is not taken when nobody knows whether it is free", async () => {
    server.fail({ method: "GET", path: /leases/, fault: { status: 403 }, times: 9 });
    await assert.rejects(acquire("a"), /403|Injected/);
    assert.deepEqual(server.writes(), []);
  });

  it("is another's when the write comes too late, and nobody's when it is refused for other reasons", async () => {
    const late = async (status: number) => {
      server.fail({ method: "PUT", path: /leases/, fault: { status } });
      return acquire("a");
    };
    const other = await late(409);
    assert.ok("heldBy" in other);
    assert.match(other.heldBy, /at the same moment/);
    assert.ok(Math.abs(other.until - Date.now() - 60_000) < 5000);
    await assert.rejects(late(422), "it is there, so its version is not what was wrong");
    await assert.rejects(late(403));
    server.objects.delete(path);
    assert.ok("heldBy" in (await late(422)), "made by another one in between");
  });

  it("lasts a minute where it does not say how long, and is believed to be renewed a little ahead", async () => {
    const held = async (renewedAgo: number) => {
      const renewTime = new Date(Date.now() - renewedAgo).toISOString();
      server.objects.get(path)!["spec"] = { holderIdentity: "x", renewTime };
      return "heldBy" in (await acquire("a"));
    };
    assert.deepEqual([await held(55_000), await held(65_000), await held(-55_000), await held(-65_000)], [true, false, true, false]); // prettier-ignore
  });

  it("can be left taken, for whoever may not begin, and be followed by who may", async () => {
    const client = newClient();
    const lease = await hold("release-1", client);
    const until = await lease.leaveTaken();
    assert.ok(Math.abs(until! - Date.now() - 300_000) < 5000);
    assert.deepEqual([await lease.isHeld(), await lease.leaveTaken()], [false, undefined]);
    server.clockOffset = 200_000;
    const other = await acquire("round");
    assert.ok("heldBy" in other && isReleased(other.heldBy) && !isReleased("release-1"));
    assert.ok("heldBy" in (await acquireLease(newClient(), "monitoring", "c", (by) => by === "somebody")));
    assert.ok("isHeld" in (await acquireLease(newClient(), "monitoring", "release-2", isReleased)));
    assert.equal(holder(), "release-2");
  });

  it("cannot be left taken once another one has it", async () => {
    const client = newClient();
    const lease = await hold("a", client);
    server.clockOffset = 70_000;
    await hold("other");
    assert.equal(await lease.leaveTaken(), undefined);
    assert.equal(holder(), "other");
  });

  it("is asked before every write and no read; without it nothing is sent", async () => {
    let held = true;
    let asked = 0;
    const lease = { isHeld: () => Promise.resolve((asked++, held)) };
    const client = writingUnder(lease, newClient());
    await client.send({ path });
    await client.send({ method: "GET", path });
    assert.equal(asked, 0);
    const body = server.objects.get(path);
    await client.send({ method: "PUT", path, body });
    assert.deepEqual([asked, server.writes().length], [1, 1]);
    held = false;
    await assert.rejects(client.send({ method: "DELETE", path }), LeaseLostError);
    assert.deepEqual([asked, server.writes().length], [2, 1]);
    assert.ok(client.now() > 0);
    await client.close();
  });
});
