// The page.
import type { Resource } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import type { Placement } from "./manifests.ts";
import type { PlaceOnNodes } from "./podSpec.ts";
import { deployWeb } from "./web.ts";

export const deployFrontend = (
  config: DeployConfig,
  placeOnAppNodes: PlaceOnNodes,
  placement: Placement,
): Resource[] =>
  deployWeb({ name: "frontend", image: config.frontendImage }, config, placeOnAppNodes, placement);
