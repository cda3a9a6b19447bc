// The way in from outside: Traefik as controller of the Gateway API, the Gateway, and its public address.
import type { V1Deployment, V1ServiceStatus } from "@kubernetes/client-node";
import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import { CustomResource, output } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { Manifest, Placement } from "./manifests.ts";
import { adapt, createObjects, loadManifests, readWorkloadFile } from "./manifests.ts";
import type { PlaceOnNodes } from "./podSpec.ts";
import { podSpecOf, useConfigMap } from "./podSpec.ts";
import { publicUrl } from "./publicUrl.ts";

/** The fields of Gateway API's Gateway that the stack sets. */
interface Gateway extends Manifest {
  spec: { listeners: Record<string, unknown>[] };
}

type GatewayConfig = DeployConfig["gateway"];

const unknownUrl = "not known yet: run `kubectl -n gateway get service gateway`";

/** @returns where the page is, for people */
export function deployGateway(
  { gateway }: DeployConfig,
  placeOnSystemNodes: PlaceOnNodes,
  placement: Placement,
): Output<string> {
  const kubeconfig = contentNamedConfigMap(
    { name: "gateway-kubeconfig", namespace: "gateway", labels: { app: "gateway" } },
    { data: { kubeconfig: readWorkloadFile("gateway/kubeconfig") } },
  );
  const withPods = adapt<V1Deployment>(loadManifests("gateway"), "Deployment", ({ spec }) => {
    const pod = podSpecOf(spec?.template);
    placeOnSystemNodes(pod);
    useConfigMap(pod, "kubeconfig", kubeconfig.metadata.name);
    if (gateway.routing === "services")
      pod.containers[0]?.args?.push("--providers.kubernetesGateway.nativeLBByDefault=true");
  });
  const manifests = adapt<Gateway>(withPods, "Gateway", (object) => addHttps(object, gateway));
  const redirect = gateway.host === undefined ? [] : [redirectToHttps(gateway.host)];
  const [service, ...others] = [...manifests].sort((a, b) => Number(isService(b)) - Number(isService(a)));
  if (!service || !isService(service)) throw new Error("k8s/gateway has no Service");

  createObjects([kubeconfig, ...others, ...redirect], placement);
  const { metadata, ...rest } = service;
  const annotations = { ...metadata.annotations, ...gateway.annotations };
  const address = new PublicService(
    { ...rest, metadata: { ...metadata, annotations } },
    { provider: placement.provider, dependsOn: placement.dependsOn ?? [] },
  );
  return gateway.host === undefined
    ? output(address.status).apply((status) => publicUrl(status as V1ServiceStatus | undefined) ?? unknownUrl)
    : output(`https://${gateway.host}`);
}

const isService = ({ kind }: Manifest): boolean => kind === "Service";

/** A Service whose status can be read. It depends on no pods: its address takes as long as they do. */
class PublicService extends CustomResource {
  declare readonly status: Output<V1ServiceStatus>;
  constructor(manifest: Manifest, options: CustomResourceOptions) {
    const { namespace, name } = manifest.metadata;
    super("kubernetes:core/v1:Service", `${namespace}/${name}`, { ...manifest, status: undefined }, options);
  }
}

function addHttps({ metadata, spec }: Gateway, { host, tlsSecret, clusterIssuer }: GatewayConfig): void {
  if (host === undefined) return;
  const [http] = spec.listeners;
  spec.listeners.push({
    ...http,
    name: "https",
    hostname: host,
    protocol: "HTTPS",
    port: 8443,
    tls: { mode: "Terminate", certificateRefs: [{ group: "", kind: "Secret", name: tlsSecret }] },
  });
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
        // Without a port of its own the redirect would name the listener's, which is that of the pods.
        filters: [
          { type: "RequestRedirect", requestRedirect: { scheme: "https", port: 443, statusCode: 301 } },
        ],
      },
    ],
  },
});
