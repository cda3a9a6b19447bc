// Traefik as controller of the Gateway API and as its proxy, and the Service by which the world reaches it.
import type { V1Service, V1ServiceStatus } from "@kubernetes/client-node";
import { CustomResource, output, type Output } from "@pulumi/pulumi";
import { parseDocument } from "yaml";
import type { DeployConfig } from "../config/deploy.ts";
import { changedManifests } from "./changedManifests.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { Context } from "./context.ts";
import { joinsLater } from "./joinsLater.ts";
import type { Gateway } from "./kinds.ts";
import { createObjects, type Placement } from "./createObjects.ts";
import { readWorkloadFile, type Manifest } from "./manifests.ts";
import { useConfigMap } from "./podSpec.ts";
import { publicUrl } from "./publicUrl.ts";

const askFor = "run `kubectl -n gateway get service gateway`";

/**
 * Creates the objects of `k8s/gateway`, and the routes.
 * @returns the URL of the public address, or how to find it
 */
export function deployTraefik(
  context: Context,
  changeGateway: (gateway: Gateway) => void,
  routes: readonly Manifest[],
): Output<string> {
  const { gateway } = context.config;
  const kubeconfig = contentNamedConfigMap(
    { name: "gateway-kubeconfig", namespace: "gateway", labels: { app: "gateway" } },
    { data: { kubeconfig: readWorkloadFile("gateway/kubeconfig"), "limits.yml": limitsFile(gateway) } },
  );
  const manifests = changedManifests("gateway", {
    pod(pod) {
      context.onSystemNodes(pod);
      useConfigMap(pod, "kubeconfig", kubeconfig);
      if (gateway.routing === "services")
        pod.containers[0]?.args?.push("--providers.kubernetesGateway.nativeLBByDefault=true");
    },
    objects: {
      Deployment: joinsLater(context.env),
      Gateway: changeGateway,
      Service: (service) => open(service, gateway),
    },
  });
  createObjects([kubeconfig, ...manifests.filter((each) => !isService(each)), ...routes], context);
  const [service] = manifests.filter(isService);
  if (!service) throw new Error("k8s/gateway has no Service");
  const { status } = new PublicService(service, context);
  return gateway.service === "LoadBalancer"
    ? output(status).apply(
        (known) => publicUrl(known as V1ServiceStatus | undefined) ?? `not known yet: ${askFor}`,
      )
    : output(`where you lead to it: ${askFor}`);
}

/** Traefik's file of middlewares, with the numbers of the configuration. */
function limitsFile({ limits: { perSecond, burst, unanswered } }: DeployConfig["gateway"]): string {
  const file = parseDocument(readWorkloadFile("gateway/limits.yml"));
  for (const [path, value] of Object.entries({
    "at-once.inFlightReq.amount": unanswered,
    "rate.rateLimit.average": perSecond,
    "rate.rateLimit.burst": burst,
  })) {
    const keys = ["http", "middlewares", ...path.split(".")];
    if (!file.hasIn(keys)) throw new Error(`k8s/gateway/limits.yml has no ${path}`);
    file.setIn(keys, value);
  }
  return file.toString();
}

const isService = ({ kind }: Manifest): boolean => kind === "Service";

function open({ metadata, spec }: V1Service, { service, annotations }: DeployConfig["gateway"]): void {
  if (!metadata || !spec) throw new Error("k8s/gateway: the Service has no spec");
  // Pulumi's provider drops an empty map: it would be another object by each engine.
  if (Object.keys(annotations).length > 0) metadata.annotations = { ...metadata.annotations, ...annotations };
  spec.type = service;
  if (service === "ClusterIP") delete spec.externalTrafficPolicy;
}

/** A Service whose status can be read. It depends on no pods: its address takes as long as they do. */
class PublicService extends CustomResource {
  declare readonly status: Output<V1ServiceStatus>;
  constructor(manifest: Manifest, { provider, dependsOn = [] }: Placement) {
    const { namespace, name } = manifest.metadata;
    const inputs = { ...manifest, status: undefined };
    super("kubernetes:core/v1:Service", `${namespace}/${name}`, inputs, { provider, dependsOn });
  }
}
