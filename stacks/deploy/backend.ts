// The API in two variants, how much of the traffic each of them gets, and its way to the database.
import { fileURLToPath } from "node:url";
import type { V1NetworkPolicy } from "@kubernetes/client-node";
import type { Resource } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import type { NodeLabels } from "../nodeLabels.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { DatabaseAccess } from "./database.ts";
import type { Manifest, Placement } from "./manifests.ts";
import { adapt, loadManifests } from "./manifests.ts";
import type { PlaceOnNodes } from "./podSpec.ts";
import type { HttpRoute } from "./web.ts";
import { deployWeb } from "./web.ts";

const entry = fileURLToPath(new URL("../../k8s/backend/src/main.ts", import.meta.url));

/** As networkpolicy.yaml has it. */
const usualDatabasePort = 5432;

/** The authority behind the cluster's own certificates, as every ServiceAccount gets it. */
const clusterAuthority = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

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
  const access: Manifest = {
    apiVersion: "v1",
    kind: "Secret",
    // Read anew for each connection, so that another password needs no other pods.
    metadata: { name: "backend-database", ...identity },
    type: "Opaque",
    data: { password: database.password.apply((text) => Buffer.from(text).toString("base64")) },
  };
  return deployWeb(
    {
      name: "backend",
      image: config.backendImage,
      entry,
      manifests: adapt<V1NetworkPolicy>(loadManifests("backend"), "NetworkPolicy", ({ spec }) => {
        const ports = spec?.egress?.flatMap(({ ports = [] }) => ports) ?? [];
        for (const one of ports) if (one.port === usualDatabasePort) one.port = database.port;
      }),
      belongings: [settings, access],
      changePod: ({ containers }) => {
        const source = containers[0]?.envFrom?.[0]?.configMapRef;
        if (!source) throw new Error("k8s/backend: the container takes no settings");
        source.name = settings.metadata.name;
      },
      changeRoute: (route) => setWeights(route, config.gateway.weights),
    },
    config,
    placeOnAppNodes,
    placement,
  );
}

/** What differs between environments; k8s/backend/README.md says what each means. */
function settingsOf(
  { database: { authority }, gateway, loadOnRequest }: DeployConfig,
  { host, port, name, user }: DatabaseAccess,
  spotNodeLabels: NodeLabels,
): Record<string, string> {
  const entrance = gateway.host === undefined ? "http://gateway.gateway.svc" : `https://${gateway.host}`;
  return {
    DATABASE_HOST: host,
    DATABASE_PORT: String(port),
    DATABASE_NAME: name,
    DATABASE_USER: user,
    ...(authority === "cluster" && { DATABASE_CA_FILE: clusterAuthority }),
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
