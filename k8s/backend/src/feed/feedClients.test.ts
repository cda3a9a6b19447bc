import assert from "node:assert/strict";
import type { EventStream } from "./eventStream.ts";
import { FeedClients, networkOf, waitingLimits } from "./feedClients.ts";

/** Who never reads. */
class Sleeper {
  waiting = 0;
  readonly #gone = new AbortController();
  readonly signal = this.#gone.signal;
  send(text: string): void {
    this.waiting += text.length;
  }
  cut(): void {
    this.#gone.abort();
  }
}

describe("clients of the feed", () => {
  const gather = (waitingBytes: number, waitingBytesInAll: number, count: number) => {
    let counted = 0;
    const limits = { clients: 100, clientsPerAddress: 100, waitingBytes, waitingBytesInAll };
    const clients = new FeedClients(limits, (count) => (counted = count));
    const sleepers = Array.from({ length: count }, () => new Sleeper());
    for (const one of sleepers) clients.add(one as unknown as EventStream, "1.1.1.1");
    return { clients, sleepers, count: () => counted };
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it("are cut off when too much waits for them", () => {
    const { clients, sleepers, count } = gather(100, 1e6, 2);
    clients.send(sleepers[0] as unknown as EventStream, "x".repeat(101));
    assert.deepEqual([count(), sleepers[0]!.signal.aborted, sleepers[1]!.signal.aborted], [1, true, false]);
    clients.send(sleepers[0] as unknown as EventStream, "what came for it meanwhile");
    clients.sendWhole(sleepers[0] as unknown as EventStream, "{}");
    assert.equal(count(), 1);
  });

  it("may let 2 MiB wait, and all together 32", () => {
    const { waitingBytes, waitingBytesInAll } = waitingLimits;
    const { clients, sleepers, count } = gather(waitingBytes, waitingBytesInAll, 17);
    for (const one of sleepers.slice(1)) clients.send(one as unknown as EventStream, "x".repeat(2 ** 21));
    assert.equal(count(), 17);
    clients.send(sleepers[1] as unknown as EventStream, "x");
    assert.equal(count(), 16, "one had a byte too many");
    clients.send(sleepers[0] as unknown as EventStream, "x".repeat(2 ** 21));
    clients.sendAllWhole("x".repeat(2 ** 19));
    assert.ok(count() < 16, "32 MiB are too much for all");
  });

  it("get the whole cluster, however large it is", () => {
    const { clients, sleepers, count } = gather(100, 1e6, 1);
    clients.sendWhole(sleepers[0] as unknown as EventStream, "x".repeat(5000));
    clients.sendAll("x".repeat(100));
    assert.equal(count(), 1);
    clients.sendAll("x");
    assert.equal(count(), 0);
  });

  it("hold so much memory together and no more: who holds most of it goes first", async () => {
    const { clients, sleepers, count } = gather(1000, 2500, 5);
    clients.send(sleepers[3] as unknown as EventStream, "x".repeat(900));
    clients.sendAll("x".repeat(100));
    await turn();
    assert.equal(count(), 5);
    for (let sent = 0; sent < 4; sent++) {
      clients.sendAll("x".repeat(100));
      await turn();
    }
    assert.ok(sleepers[3]!.signal.aborted);
    const held = sleepers.filter(({ signal }) => !signal.aborted).reduce((sum, one) => sum + one.waiting, 0);
    // An eighth may come between two looks.
    assert.ok(held <= 2500 * 1.125 && count() >= 3, `${held} bytes, ${count()} clients`);
  });

  it("are cut one after the other, who holds most first, until there is room", () => {
    const { clients, sleepers } = gather(1000, 1000, 4);
    for (const [index, held] of [100, 400, 300, 390].entries()) sleepers[index]!.waiting = held;
    clients.send(sleepers[0] as unknown as EventStream, "x".repeat(125));
    assert.deepEqual(sleepers.map(({ signal }) => signal.aborted), [false, true, false, false]); // prettier-ignore
    sleepers[2]!.waiting = 1000;
    clients.send(sleepers[0] as unknown as EventStream, "x".repeat(125));
    assert.deepEqual(sleepers.map(({ signal }) => signal.aborted), [false, true, true, false]); // prettier-ignore
  });

  it("have room up to a number in all, and of one address", () => {
    const limits = { clients: 3, clientsPerAddress: 2, ...waitingLimits };
    const clients = new FeedClients(limits, () => undefined);
    const add = (address: string) => clients.add(new Sleeper() as unknown as EventStream, address);
    add("1.1.1.1");
    assert.equal(clients.refusal("1.1.1.1"), undefined);
    add("::ffff:1.1.1.1");
    assert.equal(clients.refusal("1.1.1.1"), "2 clients of your address follow the feed of this replica already"); // prettier-ignore
    assert.equal(clients.refusal("2.2.2.2"), undefined);
    add("2.2.2.2");
    assert.equal(clients.refusal("3.3.3.3"), "3 clients follow the feed of this replica already");
  });

  const networks: [address: string, network: string][] = [
    ["10.0.0.1", "10.0.0.1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["2001:db8:0:2::1", "2001:db8:0:2"],
    ["2001:DB8::1", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
    ["1::2:3:4:5:6:7", "1:0:2:3"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4"],
    ["unknown", "unknown"],
    ["", ""],
  ];
  for (const [address, network] of networks) {
    it(`of ${address || "nowhere"} belong to ${network || "nowhere"}`, () =>
      assert.equal(networkOf(address), network));
  }
});
