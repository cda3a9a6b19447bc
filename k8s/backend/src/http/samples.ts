// Routes for samples: store them, and look at them.
import { Type } from "typebox";
import { history, latestSample, machines } from "../database/samples.ts";
import * as schemas from "../schemas.ts";
import type { App } from "./app.ts";
import { HttpFailure } from "./failures.ts";
import { type Intake, admit, batchBytes, sampleBytes } from "./intake.ts";
import { failures } from "./responses.ts";

const hourMs = 3_600_000;
/** Times that Postgres and JavaScript write alike, with room for any retention; ms since 1970. */
const [earliest, latest] = [0, Date.UTC(2200, 0)];
const maxMachines = 1000;

export function sampleRoutes(app: App, intake: Intake): void {
  const { database, store } = intake;
  const { reads } = database;
  const tags = ["samples"];
  const stored = { 200: schemas.Counts, ...failures(400, 401, 403, 413, 415, 503) };
  const security = [{ samplesToken: [] }];
  const admitted = admit(intake);

  app.post(
    "/api/samples",
    {
      ...{ bodyLimit: sampleBytes, onRequest: admitted(sampleBytes) },
      schema: { tags, security, summary: "Store a sample", body: schemas.Sample, response: stored },
    },
    ({ body }) => store.store([body]),
  );

  app.post(
    "/api/samples/batch",
    {
      ...{ bodyLimit: batchBytes, onRequest: admitted(batchBytes) },
      schema: { tags, security, summary: "Store many samples", body: schemas.Batch, response: stored },
    },
    ({ body }) => store.store(body.samples),
  );

  app.get(
    "/api/machines",
    {
      schema: {
        ...{ tags, summary: "Who has samples", response: { 200: schemas.Machines, ...failures(503) } },
        description: `The first ${maxMachines} by name.`,
      },
    },
    async () => ({ machines: await machines(reads, maxMachines) }),
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
      const sample = await latestSample(reads, machine);
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
      if (!(start < end) || start < earliest || end > latest) {
        throw new HttpFailure(
          400,
          "Invalid",
          "expected `from` to be a time before `to`, both in 1970 to 2199",
        );
      }
      return history(reads, { machine, from: start, to: end, points });
    },
  );

  app.get("/api/openapi.json", { schema: { hide: true, response: { 200: Type.Unknown() } } }, () =>
    app.swagger(),
  );
}
