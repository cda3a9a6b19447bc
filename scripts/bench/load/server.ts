// A program: a plain server that counts its requests by its own clock, so that no generator's word is taken for its rate.
import { once } from "node:events";
import { type RequestListener, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of some work; one that answered in no time would have the generators' clocks measured, not itself. */
const answerMs = 10;

/** When each was asked, ms. */
let asked: number[] = [];

const answers: Record<string, RequestListener> = {
  "/asked": (_request, response) => {
    asked.push(performance.now());
    setTimeout(() => response.end("{}"), answerMs);
  },
  /** The rate between the first and the last request since it was asked for the rate before. */
  "/rate": (_request, response) => {
    const seconds = (asked.at(-1)! - asked[0]!) / 1000;
    response.end(JSON.stringify({ requests: asked.length, perSecond: (asked.length - 1) / seconds }));
    asked = [];
  },
};

const server = createServer((request, response) => {
  const answer = answers[request.url!];
  if (answer) answer(request, response);
  else response.end();
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
process.stdout.write(`${JSON.stringify({ msg: "serving", url })}\n`);
