// Inputs of a resource as plain data, as far as they are that: what is secret or not known yet is left out.
import { Output } from "@pulumi/pulumi";

/** What every Output has, though its type does not say so. */
export interface Watched<T = unknown> {
  isKnown: Promise<boolean>;
  isSecret: Promise<boolean>;
  promise(): Promise<T>;
}

const isOutput = (value: unknown): value is Watched => Output.isInstance(value);

/** What the program states plainly, at once: whatever is an Output or a promise is left out, too. */
export function plainNow(value: unknown): unknown {
  if (isOutput(value) || value instanceof Promise) return undefined;
  if (Array.isArray(value)) return value.map(plainNow);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plainNow(member)]));
}

/** Waits for Outputs and promises; in an update that is until the resources are there which they come from. */
export async function plain(value: unknown): Promise<unknown> {
  if (isOutput(value)) {
    const hidden = !(await value.isKnown) || (await value.isSecret);
    return hidden ? undefined : plain(await value.promise());
  }
  if (value instanceof Promise) return plain(await value);
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(async ([key, member]) => [key, await plain(member)] as const);
  return Object.fromEntries(await Promise.all(members));
}
