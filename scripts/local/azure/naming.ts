// The one name that azure-native makes up for our stacks: the GUID of a role assignment.
import { createHash } from "node:crypto";
import { pathParameters } from "./ids.ts";
import { type Inputs, isKnown } from "./problem.ts";
import type { ResourceType } from "./resourceType.ts";

/** Input that azure-native sets with a random name: then a replacement can be made before the old one goes. */
export const createBeforeDelete = "__createBeforeDelete";

/** The old name, or a new one: the same seed gives the same, so a preview's name is the one that will be made. */
export function nameInputs(
  type: ResourceType,
  urn: string,
  seed: Uint8Array,
  news: Inputs,
  olds: Inputs,
): Inputs {
  const property = pathParameters(type).at(-1)!;
  if (news[property] != null || property !== "roleAssignmentName") return {};
  const hex = createHash("sha256").update(seed).update(urn).digest("hex");
  const made = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  if (!isKnown(olds[property])) return { [property]: made, [createBeforeDelete]: true };
  return {
    [property]: olds[property],
    ...(olds[createBeforeDelete] === true && { [createBeforeDelete]: true }),
  };
}
