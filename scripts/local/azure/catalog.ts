// Every type of resource that the emulated Azure knows.
import { closest } from "fastest-levenshtein";
import type { ResourceType } from "./resourceType.ts";
import { clusterTypes } from "./types/cluster.ts";
import { databaseTypes } from "./types/database.ts";
import { identityTypes } from "./types/identity.ts";
import { networkTypes } from "./types/network.ts";
import { platformTypes } from "./types/platform.ts";

const types = new Map<string, ResourceType>(
  [...identityTypes, ...networkTypes, ...clusterTypes, ...databaseTypes, ...platformTypes].map((type) => [
    type.token,
    type,
  ]),
);

/** Pulumi's names of the types, `azure-native:network:Subnet`. */
export const knownTypes: readonly string[] = [...types.keys()];

/** Throws, naming the nearest, for a type that the emulated Azure does not have. */
export function findType(token: string): ResourceType {
  const type = types.get(token);
  if (type) return type;
  throw new Error(`the emulated Azure has no ${token} (nearest: ${closest(token, [...knownTypes])})`);
}
