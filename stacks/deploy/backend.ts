// The API in two variants, and how much of the traffic each of them gets.
import type { Resource } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import type { Placement } from "./manifests.ts";
import type { PlaceOnNodes } from "./podSpec.ts";
import { deployWeb } from "./web.ts";

export function deployBackend(
  config: DeployConfig,
  placeOnAppNodes: PlaceOnNodes,
  placement: Placement,
): Resource[] {
  const weights: Record<string, number> = {
    "backend-a": config.gateway.weights.a,
    "backend-b": config.gateway.weights.b,
  };
  return deployWeb(
    {
      name: "backend",
      image: config.backendImage,
      change: ({ spec }) => {
        for (const target of spec.rules.flatMap(({ backendRefs }) => backendRefs)) {
          const weight = weights[target.name];
          if (weight === undefined)
            throw new Error(`k8s/backend: the route names ${target.name}, no variant`);
          target.weight = weight;
        }
      },
    },
    config,
    placeOnAppNodes,
    placement,
  );
}
