// The way in from outside: the Gateway, HTTPS, and where the page is. Its controller is Traefik, or one that the cluster has.
import type { Output } from "@pulumi/pulumi";
import { output } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import type { Manifest, Placement } from "./manifests.ts";
import { adapt, createObjects, loadManifests } from "./manifests.ts";
import type { PlaceOnNodes } from "./podSpec.ts";
import { deployTraefik } from "./traefik.ts";

/** The fields of Gateway API's Gateway that the stack sets. */
interface Gateway extends Manifest {
  spec: { gatewayClassName: string; listeners: { port: number }[] };
}

type GatewayConfig = DeployConfig["gateway"];

/** @returns where the page is, for people */
export function deployGateway(
  env: string,
  { gateway }: DeployConfig,
  placeOnSystemNodes: PlaceOnNodes,
  placement: Placement,
): Output<string> {
  const { controller, host } = gateway;
  const manifests = [
    ...adapt<Gateway>(loadManifests("gateway"), "Gateway", (object) => configure(object, gateway)),
    ...(host === undefined ? [] : [redirectToHttps(host)]),
  ];
  if (!controller) {
    const address = deployTraefik(env, manifests, gateway, placeOnSystemNodes, placement);
    return host === undefined ? address : output(`https://${host}`);
  }
  createObjects(
    manifests.filter(({ kind }) => kind === "Gateway" || kind === "HTTPRoute"),
    placement,
  );
  return output(`https://${host}`); // the configuration's rules have it that there is one
}

function configure(object: Gateway, gateway: GatewayConfig): void {
  const { controller } = gateway;
  if (controller) {
    object.spec.gatewayClassName = controller.className;
    for (const listener of object.spec.listeners) listener.port = 80;
  }
  addHttps(object, gateway);
}

function addHttps(
  { metadata, spec }: Gateway,
  { host, tlsSecret, clusterIssuer, controller }: GatewayConfig,
): void {
  if (host === undefined) return;
  const [http] = spec.listeners;
  const https = {
    ...http,
    name: "https",
    hostname: host,
    protocol: "HTTPS",
    port: controller ? 443 : 8443,
    tls: { mode: "Terminate", certificateRefs: [{ group: "", kind: "Secret", name: tlsSecret }] },
  };
  spec.listeners.push(https);
  // By this cert-manager makes the certificate of each listener, and renews it.
  if (clusterIssuer !== undefined)
    metadata.annotations = { ...metadata.annotations, "cert-manager.io/cluster-issuer": clusterIssuer };
}

const redirectToHttps = (host: string): Manifest => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "redirect-to-https", namespace: "gateway", labels: { app: "gateway" } },
  spec: {
    parentRefs: [
      { group: "gateway.networking.k8s.io", kind: "Gateway", name: "gateway", sectionName: "http" },
    ],
    hostnames: [host],
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        // Without a port it is that of the scheme, and not named.
        filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
      },
    ],
  },
});
