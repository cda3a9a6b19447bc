// Property values as Pulumi's protocol spells them: plain JSON, with secrets and unknowns as marked values.

export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Properties = Record<string, Value>;

// The markers are fixed by the protocol: sdk/nodejs/runtime/rpc.ts in pulumi/pulumi.
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const refusedSignatures: Record<string, string> = {
  c44067f5952c0a294b673a41bacd8c17: "an asset",
  "0def7320c3a5731c473e5ecbe6d01bc7": "an archive",
  "5cf8f73096256a8f31e491e813e4eb8e": "a resource reference",
  d0e6a833031e9bbcd3f4e8bde6ca49a4: "an output value",
};

/** Stands for a value that a preview cannot know yet. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export type Secret = { [signatureKey]: string; value: Value };

export const isObject = (value: unknown): value is { [key: string]: Value } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isSecret = (value: unknown): value is Secret =>
  isObject(value) && value[signatureKey] === secretSignature;

/** Marks a value as secret; a value that is one already is left alone. */
export const secret = (value: Value): Value =>
  isSecret(value) ? value : { [signatureKey]: secretSignature, value };

/** Rebuilds a value from the leaves up; `visit` sees each value before its children, and may replace it. */
export function rewrite(value: Value, visit: (value: Value) => Value | undefined): Value {
  const replaced = visit(value);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(value)) return value.map((item) => rewrite(item, visit));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rewrite(item, visit)]));
}

function some(value: Value, test: (value: Value) => boolean): boolean {
  if (test(value)) return true;
  if (Array.isArray(value)) return value.some((item) => some(item, test));
  return isObject(value) && Object.values(value).some((item) => some(item, test));
}

export const containsUnknown = (value: Value): boolean => some(value, (item) => item === unknown);
export const containsSecret = (value: Value): boolean => some(value, isSecret);

/** The value without its secret marks, for providers that know none. */
export const reveal = <T extends Value>(value: T): T =>
  rewrite(value, (item) => (isSecret(item) ? reveal(item.value) : undefined)) as T;

/** The value as people may see it: secrets and unknowns by name only. */
export const mask = (value: Value): Value =>
  rewrite(value, (item) => (isSecret(item) ? "[secret]" : item === unknown ? "[unknown]" : undefined));

/** Every string inside the secrets of a value, to keep them out of messages. */
export function secretTexts(value: Value, inSecret = false): string[] {
  if (isSecret(value)) return secretTexts(value.value, true);
  if (typeof value === "string") return inSecret && value !== unknown ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => secretTexts(item, inSecret));
  return isObject(value) ? Object.values(value).flatMap((item) => secretTexts(item, inSecret)) : [];
}

/**
 * Gives `outputs` the secret marks that `inputs` carry under the same keys, for providers that drop them.
 * A list with a secret anywhere becomes secret as a whole, because its elements may have moved.
 */
export function annotateSecrets(outputs: Properties, inputs: Properties): Properties {
  const annotated: Properties = { ...outputs };
  for (const [key, input] of Object.entries(inputs)) {
    const output = annotated[key];
    if (output === undefined || isSecret(output)) continue;
    if (isSecret(input)) annotated[key] = secret(output);
    else if (isObject(input) && isObject(output)) annotated[key] = annotateSecrets(output, input);
    else if (containsSecret(input)) annotated[key] = secret(output);
  }
  return annotated;
}

/** Names what the engine cannot carry (files as assets, references), or returns undefined. */
export function unsupportedValue(value: Value): string | undefined {
  let found: string | undefined;
  some(value, (item) => {
    const signature = isObject(item) ? item[signatureKey] : undefined;
    found = typeof signature === "string" ? refusedSignatures[signature] : undefined;
    return found !== undefined;
  });
  return found;
}

/** Without keys whose value is undefined, which the wire format has no spelling for. */
export const defined = (properties: Record<string, Value | undefined>): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as Properties;
