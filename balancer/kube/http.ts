// One HTTP exchange over Node's own client. undici, in exchange, was a third of the bundle and 10 MB of each start.
import http, { type Agent, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import https from "node:https";

export interface Exchange {
  method: string;
  headers: Record<string, string>;
  body?: string;
  /** TLS, proxy, connections to use again; default Node's own. */
  agent?: Agent;
  /** `user:password` */
  auth?: string;
  /** Ends it wherever it is; its reason is thrown. */
  signal: AbortSignal;
}

export interface Answer {
  statusCode: number;
  headers: IncomingHttpHeaders;
  /** As it comes in; ends with an error when the connection is cut. */
  body: AsyncIterable<Uint8Array>;
}

/** @param read makes the result of an answer, whatever its status; the rest of a body that it leaves is thrown away */
export async function exchange<T>(
  url: string,
  { body, signal, ...options }: Exchange,
  read: (answer: Answer) => Promise<T>,
): Promise<T> {
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const { request } = url.startsWith("https:") ? https : http;
      request(url, { ...options, signal }, resolve)
        .on("error", reject)
        .end(body);
    });
    try {
      const { statusCode = 0, headers } = response;
      return await read({ statusCode, headers, body: response as AsyncIterable<Uint8Array> });
    } finally {
      response.destroy(); // does nothing to one that was read to its end
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}
