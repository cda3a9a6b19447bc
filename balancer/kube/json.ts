// The API's types as they come over the wire: client-node's models, with times as the strings that JSON has.
import type { V1ObjectMeta } from "@kubernetes/client-node";

/** `Json<V1Pod>`: types only, none of client-node's (de)serializers is used. */
export type Json<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T;

/** What an object in a namespace has as soon as the API server stores it. */
export type Metadata = Json<V1ObjectMeta> & { name: string; namespace: string; uid: string };

/** A time of the API in milliseconds since 1970, or undefined when there is none. */
export function timeOf(value: string | undefined | null): number | undefined {
  if (!value) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

/** Kubernetes' MicroTime has exactly six digits behind the second. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace("Z", "000Z");
