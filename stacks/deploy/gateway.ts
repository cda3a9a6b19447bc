// The way in from outside: the Gateway, HTTPS, and where the page is. Its controller is Traefik, or one that the cluster has.
import { output, type Output } from "@pulumi/pulumi";
import { changedManifests } from "./changedManifests.ts";
import type { Context } from "./context.ts";
import type { Gateway } from "./kinds.ts";
import { createObjects } from "./createObjects.ts";
import type { Manifest } from "./manifests.ts";
import { deployTraefik } from "./traefik.ts";

type GatewayConfig = Context["config"]["gateway"];

/** @returns where the page is, for people */
export function deployGateway(context: Context): Output<string> {
  const { gateway } = context.config;
  const { controller, host } = gateway;
  const change = (object: Gateway) => configure(object, gateway);
  const redirects = host === undefined ? [] : [redirectToHttps(host)];
  if (!controller) {
    const address = deployTraefik(context, change, redirects);
    return host === undefined ? address : output(`https://${host}`);
  }
  const manifests = changedManifests("gateway", { objects: { Gateway: change } });
  createObjects([...manifests.filter(({ kind }) => kind === "Gateway"), ...redirects], context);
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
