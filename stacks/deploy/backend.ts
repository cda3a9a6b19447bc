// The API in two variants, how much of the traffic each of them gets, and its way to the database.
import { fileURLToPath } from "node:url";
import type { Resource } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import type { NodeLabels } from "../nodeLabels.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { DatabaseAccess } from "./database.ts";
import { databaseSettings, openWayTo, passwordSecret } from "./database.ts";
import type { Placement } from "./manifests.ts";
import { loadManifests } from "./manifests.ts";
import type { PlaceOnNodes } from "./podSpec.ts";
import { useSettings } from "./podSpec.ts";
import type { HttpRoute } from "./web.ts";
import { deployWeb } from "./web.ts";

/** Path of the program. */
export const backendEntry = fileURLToPath(new URL("../../k8s/backend/src/main.ts", import.meta.url));

const identity = { namespace: "backend", labels: { app: "backend" } };

/** @param spotNodeLabels by these it tells spot nodes from others, for the page */
export function deployBackend(
  config: DeployConfig,
  database: DatabaseAccess,
  spotNodeLabels: NodeLabels,
  placeOnAppNodes: PlaceOnNodes,
  placement: Placement,
): Promise<Resource[]> {
  const settings = contentNamedConfigMap(
    { name: "backend-settings", ...identity },
    { data: settingsOf(config, database, spotNodeLabels) },
  );
  // Read anew for each connection, so that another password needs no other pods.
  const login = passwordSecret({ name: "backend-database", ...identity }, { password: database.api });
  return deployWeb(
    {
      name: "backend",
      image: config.backendImage,
      entry: backendEntry,
      manifests: openWayTo(database, loadManifests("backend")),
      belongings: [settings, login],
      changePod: (pod) => useSettings(pod, settings.metadata.name),
      changeRoute: (route) => setWeights(route, config.gateway.weights),
    },
    config,
    placeOnAppNodes,
    placement,
  );
}

/** What differs between environments; k8s/backend/README.md says what each means. */
function settingsOf(
  config: DeployConfig,
  database: DatabaseAccess,
  spotNodeLabels: NodeLabels,
): Record<string, string> {
  const { gateway, loadOnRequest } = config;
  const entrance = gateway.host === undefined ? "http://gateway.gateway.svc" : `https://${gateway.host}`;
  return {
    ...databaseSettings(config, database),
    SPOT_NODE_LABELS: Object.entries(spotNodeLabels)
      .map((label) => label.join("="))
      .join(","),
    CPU_TEST_MAX_SECONDS: String(loadOnRequest.cpuSeconds),
    BURST_MAX_REQUESTS: String(loadOnRequest.burst),
    BURST_URL: `${entrance}/api/info`,
  };
}

function setWeights({ spec }: HttpRoute, { a, b }: DeployConfig["gateway"]["weights"]): void {
  const weights: Record<string, number> = { "backend-a": a, "backend-b": b };
  for (const target of spec.rules.flatMap(({ backendRefs }) => backendRefs)) {
    const weight = weights[target.name];
    if (weight === undefined) throw new Error(`k8s/backend: the route names ${target.name}, no variant`);
    target.weight = weight;
  }
}
