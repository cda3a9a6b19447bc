// The one name that azure-native makes up for our stacks: the GUID of a role assignment.
import { createHash } from "node:crypto";
import { guidOf, pathParameters } from "./ids.ts";
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
  const made = guidOf(createHash("sha256").update(seed).update(urn));
  if (!isKnown(olds[property])) return { [property]: made, [createBeforeDelete]: true };
  return {
    [property]: olds[property],
    ...(olds[createBeforeDelete] === true && { [createBeforeDelete]: true }),
  };
}
