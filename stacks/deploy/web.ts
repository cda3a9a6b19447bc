// What stands behind the gateway, backend and frontend, has in common: its program, its nodes, and how its route joins
// the gateway.
import type { V1Deployment, V1PodSpec } from "@kubernetes/client-node";
import type { Resource } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import { useImage } from "./image.ts";
import type { Manifest, Placement } from "./manifests.ts";
import { adapt, createObjects } from "./manifests.ts";
import type { PlaceOnNodes } from "./podSpec.ts";
import { podSpecOf, useConfigMap } from "./podSpec.ts";
import { programConfigMap } from "./program.ts";
import { letProxiesIn } from "./proxies.ts";

/** The fields of Gateway API's HTTPRoute that the stack sets. */
export interface HttpRoute {
  spec: {
    parentRefs: { sectionName: string }[];
    hostnames?: string[];
    rules: { backendRefs: { name: string; weight: number }[] }[];
  };
}

export interface WebWorkload {
  /** Folder in k8s/, and the namespace. */
  name: "backend" | "frontend";
  /** Omitted: `entry` runs on the stock Node image. */
  image: string | undefined;
  /** Path of the program's TypeScript file. */
  entry: string;
  manifests: readonly Manifest[];
  /** What its pods mount or read, beside the program. */
  belongings?: readonly Manifest[];
  changePod?: (pod: V1PodSpec) => void;
  changeRoute?: (route: HttpRoute) => void;
}

/** Creates the objects of one workload, and joins its route to the gateway. */
export async function deployWeb(
  { name, image, entry, manifests, belongings = [], changePod, changeRoute }: WebWorkload,
  { gateway }: DeployConfig,
  placeOnAppNodes: PlaceOnNodes,
  placement: Placement,
): Promise<Resource[]> {
  const program =
    image === undefined
      ? await programConfigMap({ name: `${name}-program`, namespace: name, labels: { app: name } }, entry)
      : undefined;
  const reachable = letProxiesIn(manifests, gateway.controller);
  const withPods = adapt<V1Deployment>(reachable, "Deployment", ({ spec }) => {
    const pod = podSpecOf(spec?.template);
    placeOnAppNodes(pod);
    changePod?.(pod);
    if (program) useConfigMap(pod, "program", program.metadata.name);
    else if (image !== undefined) useImage(pod, image);
  });
  const objects = adapt<HttpRoute>(withPods, "HTTPRoute", (route) => {
    joinGateway(route, gateway.host);
    changeRoute?.(route);
  });
  return createObjects([...(program ? [program] : []), ...belongings, ...objects], placement, {
    ConfigMap: ["binaryData"], // compressed bytes differ between machines, and the name tells of changes
  });
}

/** With a host the route answers there alone, by HTTPS. */
function joinGateway({ spec }: HttpRoute, host: string | undefined): void {
  if (host === undefined) return;
  spec.hostnames = [host];
  for (const parent of spec.parentRefs) parent.sectionName = "https";
}
