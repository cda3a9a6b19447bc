// The endpoint that stores samples written the plain way, to compare with: each request makes an insert of its own.
import { connectionOf } from "../../../k8s/backend/src/database/connection.ts";
import { readSettings } from "../../../k8s/backend/src/config.ts";
import { Database } from "../../../k8s/backend/src/database/database.ts";
import { SampleStore } from "../../../k8s/backend/src/database/store.ts";
import { buildApp } from "../../../k8s/backend/src/http/app.ts";
import { sampleRoutes } from "../../../k8s/backend/src/http/samples.ts";
import type { Counts, Sample } from "../../../k8s/backend/src/schemas.ts";
import { silent } from "../../../k8s/backend/testing/log.ts";

const settings = readSettings(process.env);
const options = { retentionHours: settings.RETENTION_HOURS };
const database = new Database({
  connection: connectionOf(settings),
  connections: settings.DATABASE_CONNECTIONS,
  log: silent,
});
database.start();

/** As many inserts at a time as there are connections; the same table, the same validation. */
class PlainStore extends SampleStore {
  override store(samples: readonly Sample[]): Promise<Counts> {
    return new SampleStore(database, options).store(samples);
  }
}

const app = buildApp({
  ...{ variant: "a", version: "0", log: silent, leaving: () => false },
  metrics: { request: () => undefined },
});
await app.register((routes, _options, done) => {
  sampleRoutes(routes.withTypeProvider(), {
    ...{ database, store: new PlainStore(database, options), token: settings.samplesToken },
  });
  done();
});
const url = await app.listen({ host: settings.LISTEN_HOST, port: settings.PORT });
process.stdout.write(`${JSON.stringify({ msg: "serving", url })}\n`);
process.once("SIGTERM", () => process.exit());
