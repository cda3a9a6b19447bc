// Values that may hold secrets: read in clear, remembered without them, answered with the marks that they came with.
import { type Properties, type Value, containsSecret, isSecret, secret } from "../engine/values.ts";
import { type Inputs, isRecord } from "./problem.ts";

export const holdsSecret = (value: unknown): boolean => containsSecret(value as Value);

/** The value with every secret in clear, and without `null`s, which are how programs leave things out. */
export function reveal(value: unknown): unknown {
  if (isSecret(value)) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, child]) => child != null)
      .map(([key, child]) => [key, reveal(child)]),
  );
}

/** The value without anything secret in it: what may be remembered. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((child) => !isSecret(child)).map(withoutSecrets);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, child]) => child != null && !isSecret(child))
      .map(([key, child]) => [key, withoutSecrets(child)]),
  );
}

/** Marks each top-level output whose input of the same name was secret, or held a secret. */
export function keepSecrets(outputs: Inputs, given: Inputs): Inputs {
  return Object.fromEntries(
    Object.entries(outputs).map(([key, value]) => [
      key,
      holdsSecret(given[key]) ? secret(value as Value) : value,
    ]),
  );
}

/** Leaves out what is undefined, on every level: the protocol cannot say it. */
export const toProperties = (value: Inputs): Properties => JSON.parse(JSON.stringify(value)) as Properties;
