// What stands behind the gateway, backend and frontend, has in common: its program, its nodes, and how its route joins
// the gateway.
import type { V1Deployment, V1PodSpec } from "@kubernetes/client-node";
import type { Resource } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import { useImage } from "./image.ts";
import type { Manifest, Placement } from "./manifests.ts";
import { adapt, createObjects, loadManifests, readWorkloadFile } from "./manifests.ts";
import type { PlaceOnNodes } from "./podSpec.ts";
import { podSpecOf, useConfigMap } from "./podSpec.ts";

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
  image: string | undefined;
  change?: (route: HttpRoute) => void;
}

/** Creates every object of `k8s/<name>`; without an image its `standIn.ts` runs, from a ConfigMap named after its content. */
export function deployWeb(
  { name, image, change = () => {} }: WebWorkload,
  { gateway }: DeployConfig,
  placeOnAppNodes: PlaceOnNodes,
  placement: Placement,
): Resource[] {
  const program =
    image === undefined
      ? contentNamedConfigMap(
          { name: `${name}-program`, namespace: name, labels: { app: name } },
          // As a module by its name's end: there is no package.json beside it.
          { data: { "standIn.mts": readWorkloadFile(`${name}/standIn.ts`) } },
        )
      : undefined;
  const prepare = (pod: V1PodSpec) => {
    placeOnAppNodes(pod);
    if (program) useConfigMap(pod, "program", program.metadata.name);
    else if (image !== undefined) useImage(pod, image);
  };
  const pods = adapt<V1Deployment>(loadManifests(name), "Deployment", ({ spec }) =>
    prepare(podSpecOf(spec?.template)),
  );
  const objects: Manifest[] = adapt<HttpRoute>(pods, "HTTPRoute", (route) => {
    joinGateway(route, gateway.host);
    change(route);
  });
  return createObjects(program ? [program, ...objects] : objects, placement);
}

/** With a host the route answers there alone, by HTTPS. */
function joinGateway({ spec }: HttpRoute, host: string | undefined): void {
  if (host === undefined) return;
  spec.hostnames = [host];
  for (const parent of spec.parentRefs) parent.sectionName = "https";
}
