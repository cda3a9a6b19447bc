// What prepares the database for the API: the Job that alone signs in to it as administrator.
import { createHash } from "node:crypto";
import type { V1Job } from "@kubernetes/client-node";
import type { Output, Resource } from "@pulumi/pulumi";
import { all, unsecret } from "@pulumi/pulumi";
import type { DeployConfig } from "../config/deploy.ts";
import { backendEntry } from "./backend.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { DatabaseAccess } from "./database.ts";
import { databaseSettings, openWayTo, passwordSecret } from "./database.ts";
import { useImage } from "./image.ts";
import type { Placement } from "./manifests.ts";
import { adapt, createObjects, loadManifests } from "./manifests.ts";
import type { PlaceOnNodes } from "./podSpec.ts";
import { podSpecOf, useConfigMap, useSettings } from "./podSpec.ts";
import { programConfigMap } from "./program.ts";

const identity = { namespace: "database", labels: { app: "database" } };

export async function prepareDatabase(
  config: DeployConfig,
  access: DatabaseAccess,
  placeOnAppNodes: PlaceOnNodes,
  placement: Placement,
): Promise<Resource[]> {
  const { api, administrator } = access;
  const { backendImage: image } = config;
  const settings = contentNamedConfigMap(
    { name: "database-settings", ...identity },
    { data: { ...databaseSettings(config, access), DATABASE_ADMIN_USER: administrator.user } },
  );
  const logins = passwordSecret({ name: "database-logins", ...identity }, { api, administrator });
  const program =
    image === undefined
      ? await programConfigMap({ name: "database-program", ...identity }, backendEntry)
      : undefined;
  const manifests = adapt<V1Job>(openWayTo(access, loadManifests("database")), "Job", ({ spec }) => {
    const pod = podSpecOf(spec?.template);
    placeOnAppNodes(pod);
    useSettings(pod, settings.metadata.name);
    if (program) useConfigMap(pod, "program", program.metadata.name);
    else if (image !== undefined) useImage(pod, image);
    // One login for both comes with its password; and a password that a person chose could be guessed from a hash.
    if (api === administrator) return;
    const annotations = { "spot-balancer/passwords": fingerprint(access) };
    Object.assign(spec!.template, { metadata: { ...spec!.template.metadata, annotations } });
  });
  return createObjects([...(program ? [program] : []), settings, logins, ...manifests], placement, {
    ConfigMap: ["binaryData"], // compressed bytes differ between machines, and the name tells of changes
  });
}

/** Another password makes another Job, and so gets to the database. The API's is random, so this tells nothing of them. */
const fingerprint = ({ api, administrator }: DatabaseAccess): Output<string> =>
  unsecret(
    all([api.password, administrator.password]).apply((passwords) =>
      createHash("sha256").update(JSON.stringify(passwords)).digest("hex"),
    ),
  );
