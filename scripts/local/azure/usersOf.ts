// Who keeps a resource from being deleted: others that mention it, where Azure keeps what is used.
import { findType } from "./catalog.ts";
import type { Resource } from "./resourceType.ts";
import type { Store } from "./store.ts";
import { managementLock } from "./types/managementLock.ts";
import { roleAssignment } from "./types/roleAssignment.ts";

/** Ids of the resources whose inputs mention this one; its children among them. */
export function usersOf({ id, token }: Resource, store: Store): string[] {
  if (!findType(token).keptWhileUsed) return [];
  const needle = `"${id.toLowerCase()}"`;
  return store
    .list()
    .filter((other) => ![roleAssignment.token, managementLock.token].includes(other.token))
    .filter((other) => JSON.stringify(other.inputs).toLowerCase().includes(needle))
    .map((other) => other.id);
}
