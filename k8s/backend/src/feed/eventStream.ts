// One client of the feed: Server-Sent Events on a response (https://html.spec.whatwg.org/multipage/server-sent-events.html).
import type { ServerResponse } from "node:http";

/** What may wait in memory for a client that does not read; then it is cut off, and may come again with its last id. */
const maxWaitingBytes = 4 * 2 ** 20;

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
    this.#write("retry: 1000\n\n");
  }

  send(text: string): void {
    this.#write(text);
    if (this.#response.writableLength > maxWaitingBytes) this.#response.destroy();
  }

  end(): void {
    this.#response.end();
  }

  #write(text: string): void {
    if (!this.signal.aborted) this.#response.write(text);
  }
}

/** One event as it goes over the wire. `data` becomes JSON, which has no line breaks. */
export const formatEvent = (event: string, data: unknown, id?: number): string =>
  `event: ${event}\n${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;

export const heartbeat = ": still here\n\n";
