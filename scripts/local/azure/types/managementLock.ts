// Locks: nobody deletes what lies below one.
import { isSame, isWithin, parentId } from "../ids.ts";
import type { ResourceType, World } from "../resourceType.ts";
import { scopeMustExist } from "./roleAssignment.ts";

/**
 * IDs of the locks that forbid to delete `id` as a part of `going`; one that is itself what is deleted forbids nothing.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
 */
export const locksOn = (id: string, going: string, world: World): string[] =>
  world
    .list(managementLock.token)
    .map((lock) => lock.id)
    .filter((lock) => isWithin(id, parentId(lock) ?? "") && !isSame(lock, going));

export const managementLock: ResourceType = {
  token: "azure-native:authorization:ManagementLockByScope",
  apiVersion: "2020-05-01",
  path: "/{scope}/providers/Microsoft.Authorization/locks/{lockName}",
  model: { package: "arm-locks", model: "ManagementLockObject" },
  policies: ["protected-database"],
  worldRules: [scopeMustExist],
};
