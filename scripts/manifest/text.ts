// Objects as one file of YAML.
import { stringify } from "yaml";
import type { Manifest } from "../../stacks/deploy/manifests.ts";

/** The same objects give the same text. `compat`: kubectl reads YAML 1.1, where `on` would be a boolean. */
export const manifestText = (objects: readonly Manifest[]): string =>
  objects
    .map(
      (object) =>
        `---\n${stringify(object, { compat: "yaml-1.1", lineWidth: 0, aliasDuplicateObjects: false })}`,
    )
    .join("");
