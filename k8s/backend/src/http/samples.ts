// Routes for samples: store them, and look at them.
import { Type } from "typebox";
import type { Database } from "../database/database.ts";
import { history, latestSample, machines } from "../database/samples.ts";
import type { SampleStore } from "../database/store.ts";
import * as schemas from "../schemas.ts";
import type { App } from "./app.ts";
import { HttpFailure } from "./failures.ts";
import { failures } from "./responses.ts";

const hourMs = 3_600_000;
/** Milliseconds that a Date can hold: 100 million days around 1970. */
const maxTime = 8.64e15;

export function sampleRoutes(app: App, database: Database, store: SampleStore): void {
  const tags = ["samples"];
  const stored = { 200: schemas.Counts, ...failures(400, 413, 415, 503) };

  app.post(
    "/api/samples",
    { schema: { tags, summary: "Store a sample", body: schemas.Sample, response: stored } },
    ({ body }) => store.store([body]),
  );

  app.post(
    "/api/samples/batch",
    { schema: { tags, summary: "Store many samples", body: schemas.Batch, response: stored } },
    ({ body }) => store.store(body.samples),
  );

  app.get(
    "/api/machines",
    { schema: { tags, summary: "Who has samples", response: { 200: schemas.Machines, ...failures(503) } } },
    async () => ({ machines: await machines(database) }),
  );

  app.get(
    "/api/samples/latest",
    {
      schema: {
        ...{ tags, summary: "The newest sample of a machine", querystring: schemas.MachineQuery },
        response: { 200: schemas.Sample, ...failures(400, 404, 503) },
      },
    },
    async ({ query: { machine } }) => {
      const sample = await latestSample(database, machine);
      if (!sample) throw new HttpFailure(404, "NotFound", `There is no sample of ${machine}`);
      return sample;
    },
  );

  app.get(
    "/api/history",
    {
      schema: {
        ...{ tags, summary: "A machine over time, in buckets", querystring: schemas.HistoryQuery },
        description: "Default: the last hour. Buckets without samples are left out.",
        response: { 200: schemas.History, ...failures(400, 503) },
      },
    },
    ({ query: { machine, from, to, points } }) => {
      const end = to === undefined ? Date.now() : Date.parse(to);
      const start = from === undefined ? end - hourMs : Date.parse(from);
      if (!(start < end) || Math.max(Math.abs(start), Math.abs(end)) > maxTime) {
        throw new HttpFailure(400, "Invalid", "expected `from` to be a time before `to`");
      }
      return history(database, { machine, from: start, to: end, points });
    },
  );

  app.get("/api/openapi.json", { schema: { hide: true, response: { 200: Type.Unknown() } } }, () =>
    app.swagger(),
  );
}
