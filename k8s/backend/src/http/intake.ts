// Who may send samples, and when: decided from the headers, before a body is read.
import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Database } from "../database/database.ts";
import { DatabaseDown } from "../database/errors.ts";
import type { SampleStore } from "../database/store.ts";
import { Busy } from "../database/turns.ts";
import { HttpFailure } from "./failures.ts";

/** Of a batch of a thousand samples with their processes. */
export const batchBytes = 4 * 2 ** 20;
export const sampleBytes = 64 * 2 ** 10;
/** Bodies that are on their way at the same time; parsed, each takes some times as much. */
const bytesInAll = 16 * 2 ** 20;

export interface Intake {
  database: Database;
  store: SampleStore;
  /** Asked each time: a mounted Secret changes. Undefined: nobody may send samples. */
  token: (() => string) | undefined;
}

/** A hook for routes that take samples. `limit`: what a body may have that does not say how long it is. */
export function admit({ database, store, token }: Intake) {
  let reading = 0;
  return (limit: number) =>
    (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void => {
      try {
        expectToken(request.headers.authorization, token);
        if (!database.link.up)
          throw new DatabaseDown(`The database cannot be used: ${database.link.state.problem}`);
        store.expectRoom();
        const bytes = Math.min(limit, Number(request.headers["content-length"] ?? limit));
        if (reading + bytes > bytesInAll)
          throw new Busy("Too many samples arrive at the same time: try again later");
        reading += bytes;
        reply.raw.once("close", () => (reading -= bytes));
        done();
      } catch (error) {
        // What comes after the headers is not read, so nothing else can come on this connection.
        void reply.header("connection", "close");
        done(error as Error);
      }
    };
}

function expectToken(given: string | undefined, token: Intake["token"]): void {
  if (token === undefined) {
    throw new HttpFailure(
      403,
      "Disabled",
      "Samples from outside are switched off here: SAMPLES_TOKEN is not set",
    );
  }
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  if (given !== undefined && timingSafeEqual(hash(given), hash(`Bearer ${token()}`))) return;
  throw new HttpFailure(401, "Unauthorized", "expected `Authorization: Bearer` with the token for samples");
}
