// Every object in k8s/, as it is there.
import { readdirSync } from "node:fs";
import { loadManifests, type Manifest } from "../manifests.ts";

const k8s = new URL("../../../k8s/", import.meta.url);

export const everyManifest = (): Manifest[] =>
  readdirSync(k8s, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => loadManifests(name));
