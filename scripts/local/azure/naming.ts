// Names for resources that have none, as azure-native makes them.
import { createHash } from "node:crypto";
import { type Inputs, isKnown } from "./problem.ts";
import { type ResourceType, pathParameters } from "./resourceType.ts";

/** Input that azure-native sets with a random name: then a replacement can be made before the old one goes. */
export const createBeforeDelete = "__createBeforeDelete";

/**
 * The name inputs to add: the old ones, or by the type's way the resource's name in the program plus eight hex digits,
 * a GUID, or the name alone. The same seed gives the same name, so a preview's name is the one that will be made.
 */
export function nameInputs(
  type: ResourceType,
  urn: string,
  seed: Uint8Array,
  news: Inputs,
  olds: Inputs,
): Inputs {
  const property = pathParameters(type).at(-1)!;
  if (news[property] != null) return {};
  if (isKnown(olds[property])) {
    return {
      [property]: olds[property],
      ...(olds[createBeforeDelete] === true && { [createBeforeDelete]: true }),
    };
  }
  const name = urn.split("::").at(-1)!;
  const hex = createHash("sha256").update(seed).update(urn).digest("hex");
  switch (type.naming) {
    case "copy":
      return { [property]: name };
    case "random":
      return { [property]: `${name}${hex.slice(0, 8)}`, [createBeforeDelete]: true };
    case "uuid":
      return {
        [property]: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
        [createBeforeDelete]: true,
      };
  }
}
