// The API's types as they come over the wire: client-node's models, with times as the strings that JSON has.

/** `Json<V1Pod>`: types only, none of client-node's (de)serializers is used. */
export type Json<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T;

/** A time of the API in milliseconds since 1970, or undefined when there is none. */
export function timeOf(value: string | undefined | null): number | undefined {
  if (!value) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

/** Kubernetes' MicroTime has exactly six digits behind the second. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace("Z", "000Z");
