// Everybody at the feed: how many there may be, and how much memory those may hold who do not read.
import { isIPv6 } from "node:net";
import type { EventStream } from "./eventStream.ts";

export interface FeedLimits {
  clients: number;
  /** Of one address; of IPv6, one network of 64 bits, which is what one customer gets. */
  clientsPerAddress: number;
  /** What may wait for one client, and for all of them, in bytes. Who holds most is cut off, and may come again. */
  waitingBytes: number;
  waitingBytesInAll: number;
}

/** Without the counts: those are settings. */
export const waitingLimits = { waitingBytes: 2 * 2 ** 20, waitingBytesInAll: 32 * 2 ** 20 };

export class FeedClients {
  readonly #limits: FeedLimits;
  readonly #onCount: (count: number) => void;
  readonly #streams = new Map<EventStream, { network: string; waitingBytes: number }>();
  /** Sent since all were looked at; each look takes its time, so not every event is followed by one. */
  #sinceLook = 0;

  constructor(limits: FeedLimits, onCount: (count: number) => void) {
    this.#limits = limits;
    this.#onCount = onCount;
  }

  /** Why there is no place for one more; undefined: there is. */
  refusal(address: string): string | undefined {
    const { clients, clientsPerAddress } = this.#limits;
    if (this.#streams.size >= clients) return `${clients} clients follow the feed of this replica already`;
    const network = networkOf(address);
    const same = [...this.#streams.values()].filter((one) => one.network === network).length;
    return same >= clientsPerAddress
      ? `${clientsPerAddress} clients of your address follow the feed of this replica already`
      : undefined;
  }

  add(stream: EventStream, address: string): void {
    this.#streams.set(stream, { network: networkOf(address), waitingBytes: this.#limits.waitingBytes });
    this.#onCount(this.#streams.size);
    stream.signal.addEventListener("abort", () => {
      this.#streams.delete(stream);
      this.#onCount(this.#streams.size);
    });
  }

  send(stream: EventStream, text: string): void {
    const { waitingBytes = 0 } = this.#streams.get(stream) ?? {};
    stream.send(text);
    if (stream.waiting > waitingBytes) stream.cut();
    this.#sinceLook += text.length;
    if (this.#sinceLook < this.#limits.waitingBytesInAll / 8) return;
    this.#sinceLook = 0;
    this.#cutLongest();
  }

  /** What everything else builds on: it may wait beside the rest, however large the cluster is. */
  sendWhole(stream: EventStream, text: string): void {
    const state = this.#streams.get(stream);
    if (state) state.waitingBytes += Buffer.byteLength(text);
    this.send(stream, text);
  }

  sendAll(text: string): void {
    for (const stream of this.#streams.keys()) this.send(stream, text);
  }

  sendAllWhole(text: string): void {
    for (const stream of this.#streams.keys()) this.sendWhole(stream, text);
  }

  end(): void {
    for (const stream of this.#streams.keys()) stream.end();
  }

  #cutLongest(): void {
    const waiting = [...this.#streams.keys()].map((stream) => ({ stream, bytes: stream.waiting }));
    let all = waiting.reduce((sum, { bytes }) => sum + bytes, 0);
    if (all <= this.#limits.waitingBytesInAll) return;
    for (const { stream, bytes } of waiting.sort((a, b) => b.bytes - a.bytes)) {
      if (all <= this.#limits.waitingBytesInAll) return;
      stream.cut();
      all -= bytes;
    }
  }
}

/** Of IPv6 the first 64 bits; text that is no address is its own. */
export function networkOf(address: string): string {
  const text = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (!isIPv6(text)) return text;
  const [left = "", right = ""] = text.split("%", 1)[0]!.split("::");
  const [head, tail] = [left, right].map((part) => (part === "" ? [] : part.split(":"))) as [
    string[],
    string[],
  ];
  const gap = text.includes("::") ? Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0") : [];
  return [...head, ...gap, ...tail].slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(":"); // prettier-ignore
}
