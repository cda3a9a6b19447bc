// One client of the feed: Server-Sent Events on a response (https://html.spec.whatwg.org/multipage/server-sent-events.html).
import type { ServerResponse } from "node:http";

export class EventStream {
  readonly #response: ServerResponse;
  readonly #closed = new AbortController();
  /** The connection is gone. */
  readonly signal = this.#closed.signal;

  constructor(response: ServerResponse, headers: Record<string, string>) {
    this.#response = response;
    response.once("close", () => this.#closed.abort());
    response.on("error", () => this.#closed.abort());
    response.writeHead(200, {
      ...headers,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      connection: "close", // or it would stay open after the last event, and hold up the end of the program
      "x-accel-buffering": "no", // proxies of nginx's kind would hold events back
    });
    // How soon a browser comes again after a cut.
    this.send("retry: 1000\n\n");
  }

  /** Bytes that wait in memory for a client that does not read. */
  get waiting(): number {
    return this.#response.writableLength;
  }

  send(text: string): void {
    if (!this.signal.aborted) this.#response.write(text);
  }

  /** Nothing waits any more, or the client is gone. */
  async drained(): Promise<void> {
    if (this.signal.aborted || !this.#response.writableNeedDrain) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#response.once("drain", resolve);
    this.signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
  }

  end(): void {
    this.#response.end();
  }

  /** At once; the client may come again with its last id. */
  cut(): void {
    this.#response.destroy();
  }
}

/** One event as it goes over the wire. `data` becomes JSON, which has no line breaks. */
export const formatEvent = (event: string, data: unknown, id?: number): string =>
  formatJsonEvent(event, JSON.stringify(data), id);

export const formatJsonEvent = (event: string, json: string, id?: number): string =>
  `event: ${event}\n${id === undefined ? "" : `id: ${id}\n`}data: ${json}\n\n`;

export const heartbeat = ": still here\n\n";
