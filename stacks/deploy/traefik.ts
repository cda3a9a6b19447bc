// Traefik as controller of the Gateway API and as its proxy, and the Service by which the world reaches it.
import type { V1Deployment, V1Service, V1ServiceStatus } from "@kubernetes/client-node";
import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import { CustomResource, output } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import { joinsLater } from "./joinsLater.ts";
import type { Manifest, Placement } from "./manifests.ts";
import { adapt, createObjects, readWorkloadFile } from "./manifests.ts";
import type { PlaceOnNodes } from "./podSpec.ts";
import { podSpecOf, useConfigMap } from "./podSpec.ts";
import { publicUrl } from "./publicUrl.ts";

const askFor = "run `kubectl -n gateway get service gateway`";

/**
 * Creates the objects of `k8s/gateway`.
 * @returns the URL of the public address, or how to find it
 */
export function deployTraefik(
  env: string,
  manifests: readonly Manifest[],
  gateway: DeployConfig["gateway"],
  placeOnSystemNodes: PlaceOnNodes,
  placement: Placement,
): Output<string> {
  const kubeconfig = contentNamedConfigMap(
    { name: "gateway-kubeconfig", namespace: "gateway", labels: { app: "gateway" } },
    { data: { kubeconfig: readWorkloadFile("gateway/kubeconfig") } },
  );
  const withPods = adapt<V1Deployment>(manifests, "Deployment", (deployment) => {
    const pod = podSpecOf(deployment.spec?.template);
    joinsLater(env, deployment);
    placeOnSystemNodes(pod);
    useConfigMap(pod, "kubeconfig", kubeconfig.metadata.name);
    if (gateway.routing === "services")
      pod.containers[0]?.args?.push("--providers.kubernetesGateway.nativeLBByDefault=true");
  });
  const all = adapt<V1Service>(withPods, "Service", (service) => open(service, gateway));
  createObjects([kubeconfig, ...all.filter((manifest) => !isService(manifest))], placement);
  const [service] = all.filter(isService);
  if (!service) throw new Error("k8s/gateway has no Service");
  const { status } = new PublicService(service, {
    provider: placement.provider,
    dependsOn: placement.dependsOn ?? [],
  });
  return gateway.service === "LoadBalancer"
    ? output(status).apply(
        (known) => publicUrl(known as V1ServiceStatus | undefined) ?? `not known yet: ${askFor}`,
      )
    : output(`where you lead to it: ${askFor}`);
}

const isService = ({ kind }: Manifest): boolean => kind === "Service";

function open({ metadata, spec }: V1Service, { service, annotations }: DeployConfig["gateway"]): void {
  if (!metadata || !spec) throw new Error("k8s/gateway: the Service has no spec");
  metadata.annotations = { ...metadata.annotations, ...annotations };
  spec.type = service;
  if (service === "ClusterIP") delete spec.externalTrafficPolicy;
}

/** A Service whose status can be read. It depends on no pods: its address takes as long as they do. */
class PublicService extends CustomResource {
  declare readonly status: Output<V1ServiceStatus>;
  constructor(manifest: Manifest, options: CustomResourceOptions) {
    const { namespace, name } = manifest.metadata;
    super("kubernetes:core/v1:Service", `${namespace}/${name}`, { ...manifest, status: undefined }, options);
  }
}
