// What clients are told of every route, whole, beside what was last looked at: paths, bounds, and each answer's status.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { silent } from "../../testing/log.ts";
import { waitingLimits } from "../feed/feedClients.ts";
import { aboutRoutes } from "./about.ts";
import { buildApp } from "./app.ts";
import { feedRoute } from "./feed.ts";
import { loadRoutes } from "./load.ts";
import { sampleRoutes } from "./samples.ts";

const file = join(import.meta.dirname, "../../testdata/openapi.yaml");
const nothing = {} as never;

describe("the description of the API", () => {
  it("is what was last looked at (UPDATE_ASKED=1 writes it anew)", async () => {
    const app = buildApp({
      ...{ variant: "a", version: "1.2.3", log: silent, leaving: () => false },
      metrics: { request: () => undefined },
    });
    await app.register((routes, _options, done) => {
      const scope = routes.withTypeProvider() as typeof app;
      aboutRoutes(scope, { info: nothing, status: () => nothing, cluster: undefined });
      sampleRoutes(scope, { database: nothing, store: nothing, token: undefined });
      feedRoute(scope, {
        ...{ samples: nothing, cluster: undefined, links: [], status: () => nothing },
        limits: { clients: 1, clientsPerAddress: 1, ...waitingLimits },
        onClients: () => undefined,
      });
      loadRoutes(scope, {
        ...{ variant: "a", instance: "i", cpuTestMaxSeconds: 7, burstMaxRequests: 0, burstUrl: () => "" },
      });
      done();
    });
    const { body } = await app.inject("/api/openapi.json");
    await app.close();
    const text = stringify(JSON.parse(body), { lineWidth: 120, aliasDuplicateObjects: false });
    if (process.env["UPDATE_ASKED"] === "1") writeFileSync(file, text);
    assert.deepEqual(parse(text), parse(readFileSync(file, "utf8")));
  });
});
