// The API in two variants, how much of the traffic each of them gets, and its way to the database.
import { fileURLToPath } from "node:url";
import type { Output } from "@pulumi/pulumi";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { AppContext, Context } from "./context.ts";
import { databaseSettings, openWayTo, passwordSecret } from "./database.ts";
import type { HttpRoute, NetworkPolicy } from "./kinds.ts";
import { useSettings } from "./podSpec.ts";
import { deployWeb } from "./web.ts";

/** Path of the program. */
export const backendEntry = fileURLToPath(new URL("../../k8s/backend/src/main.ts", import.meta.url));

const identity = { namespace: "backend", labels: { app: "backend" } };

/** @param samplesToken of who stores samples */
export function deployBackend(context: AppContext, samplesToken: Output<string>): Promise<void> {
  const { config, database } = context;
  const settings = contentNamedConfigMap(
    { name: "backend-settings", ...identity },
    { data: settingsOf(context) },
  );
  // Read anew for each connection, so that another password needs no other pods.
  const login = passwordSecret({ name: "backend-database", ...identity }, { password: database.api });
  const token = passwordSecret(
    { name: "backend-samples", ...identity },
    { token: { password: samplesToken } },
  );
  return deployWeb(context, "backend", {
    program: { image: config.backendImage, entry: backendEntry },
    belongings: [settings, login, token],
    pod: (pod) => useSettings(pod, settings),
    objects: {
      NetworkPolicy(policy) {
        openWayTo(database, policy);
        if (config.gateway.host !== undefined) openHttps(policy);
      },
      HTTPRoute: (route) => setWeights(route, config.gateway.weights),
    },
  });
}

/** What differs between environments; k8s/backend/README.md says what each means. */
function settingsOf({ config, database, nodeLabels }: AppContext): Record<string, string> {
  const { gateway, loadOnRequest, page } = config;
  const entrance = gateway.host === undefined ? "http://gateway.gateway.svc" : `https://${gateway.host}`;
  return {
    ...databaseSettings(config, database),
    // By these it tells spot nodes from others, for the page.
    SPOT_NODE_LABELS: Object.entries(nodeLabels.spot)
      .map((label) => label.join("="))
      .join(","),
    SHOWN_NAMESPACES: page.namespaces.includes("*") ? "*" : page.namespaces.join(","),
    CPU_TEST_MAX_SECONDS: String(loadOnRequest.cpuSeconds),
    BURST_MAX_REQUESTS: String(loadOnRequest.burst),
    BURST_URL: `${entrance}/api/info`,
  };
}

/**
 * Bursts by the public name: the load balancer's address becomes a pod's of the gateway before policies are looked at, and
 * 443 its 8443: https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/
 */
function openHttps({ spec }: NetworkPolicy): void {
  for (const { ports = [] } of spec.egress ?? [])
    if (ports.some(({ port }) => port === httpPort)) ports.push({ protocol: "TCP", port: httpsPort });
}

/** Of the gateway's pods: k8s/gateway/deployment.yaml. */
const [httpPort, httpsPort] = [8000, 8443];

function setWeights({ spec }: HttpRoute, { a, b }: Context["config"]["gateway"]["weights"]): void {
  const weights: Record<string, number> = { "backend-a": a, "backend-b": b };
  for (const target of spec.rules.flatMap(({ backendRefs }) => backendRefs)) {
    const weight = weights[target.name];
    if (weight === undefined) throw new Error(`k8s/backend: the route names ${target.name}, no variant`);
    target.weight = weight;
  }
}
