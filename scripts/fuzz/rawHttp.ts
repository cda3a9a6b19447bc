// Requests as bytes: what no HTTP library would send.
import { once } from "node:events";
import { type Socket, connect } from "node:net";
import fc from "fast-check";
import { anyCharacter } from "../../balancer/testing/anyCharacter.ts";

export interface RawRequest {
  method: string;
  path: string;
  headers: [name: string, value: string][];
  body: string;
  /** Where the bytes are cut, as a part of all of them; 1: they are sent whole. */
  sent: number;
  /** The client goes at once, without reading. */
  leaves: boolean;
}

const odd = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: anyCharacter, maxLength: 20 }),
  fc.constantFrom(
    "",
    "0",
    "-1",
    "1e9",
    "9".repeat(30),
    "*",
    "a".repeat(9000),
    "\u0000",
    "%",
    "%ff",
    "../../etc/passwd",
    "/:x(",
    "[::1",
    "constructor",
    "__proto__",
  ),
);
const ranges = [
  "bytes=5-2",
  "bytes=-0",
  "bytes=0-",
  "bytes=9999999-1",
  "bytes=0-0,9-1",
  "bytes=1-1e9",
  "x=1-2",
];

const header: fc.Arbitrary<[string, string]> = fc.oneof(
  fc.constantFrom<[string, string]>(
    ...ranges.map((range): [string, string] => ["Range", range]),
    ["Expect", "100-continue"], ["Upgrade", "websocket"], ["Connection", "Upgrade"], ["Transfer-Encoding", "chunked"],
    ["Transfer-Encoding", "identity, chunked"], ["Content-Length", "0"], ["Content-Length", "99999999999"], ["Content-Length", "-5"],
    ["Accept-Encoding", "gzip;q=x"], ["If-None-Match", "W/\"x"], ["If-Modified-Since", "yesterday"], ["Content-Type", "application/json; charset=utf-99"],
    ["Content-Encoding", "gzip"], ["Last-Event-ID", "1e99"], ["X-Forwarded-For", "::, 1, x"], ["Host", "[::"], ["Cookie", "a".repeat(15_000)],
  ),
  fc.tuple(fc.constantFrom("Range", "Accept", "Accept-Encoding", "If-None-Match", "Last-Event-ID", "X-Forwarded-For", "Authorization", "Content-Type", "Content-Length", "X-Odd"), odd),
); // prettier-ignore

/** @param known paths and headers that lead further than chance does; `{}` in a path stands for an odd value */
export const rawRequest = (paths: readonly string[], known: [string, string][], bodies: fc.Arbitrary<string>): fc.Arbitrary<RawRequest> =>
  fc.record({
    method: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("GET", "POST", "HEAD") },
      { weight: 1, arbitrary: fc.constantFrom("PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "PATCH", "get", "", "G\u0000T", "PRI") },
    ),
    path: fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...paths), odd).map(([path, value]) => path.replace("{}", encodeURIComponent(value.toWellFormed()))) },
      { weight: 1, arbitrary: odd.map((text) => `/${text}`) },
      { weight: 1, arbitrary: odd },
    ),
    headers: fc.tuple(fc.subarray(known), fc.array(header, { maxLength: 4 })).map(([some, more]) => [...some, ...more]),
    body: fc.oneof({ weight: 1, arbitrary: fc.constant("") }, { weight: 2, arbitrary: bodies }),
    sent: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) }),
    leaves: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  }); // prettier-ignore

/** How long an answer is waited for whose request came whole; halves get none. */
const answerMs = 5000;

/** The status of the answer; undefined: none came, as the request was no whole one or its sender left. */
export async function sendRaw(port: number, request: RawRequest): Promise<number | undefined> {
  const { method, path, headers, body, sent, leaves } = request;
  const own: [string, string][] = [["Host", "x"]];
  if (body !== "" && !headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name)))
    own.push(["Content-Length", String(Buffer.byteLength(body))]);
  const head = [`${method} ${path} HTTP/1.1`, ...[...own, ...headers].map((pair) => pair.join(": "))];
  const bytes = Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined); // a server may cut off what it does not understand
  try {
    await once(socket, "connect");
    socket.write(bytes.subarray(0, Math.ceil(bytes.length * sent)));
    if (leaves) return undefined;
    return await statusOf(socket, sent === 1 ? answerMs : 20);
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

function statusOf(socket: Socket, ms: number): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  socket.once("close", () => resolve(undefined));
  socket.once("data", (data) => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(String(data))?.[1] ?? Number.NaN)));
  return promise.finally(() => clearTimeout(timer));
}
