// For tests: no secret in plain text, by value, in what was recorded of a program. Pure.

/** Shorter values are found by accident. */
const shortest = 6;

/** All texts in a value. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

/** A value apart: what is secret in it, and what is not. */
interface Parts {
  secret: string[];
  plain: string[];
}

function split(value: unknown, secretOf: (value: unknown) => { value: unknown } | undefined): Parts {
  const secret = secretOf(value);
  if (secret) return { secret: texts(secret.value), plain: [] };
  if (typeof value !== "object" || value === null) return { secret: [], plain: texts(value) };
  const parts = Object.values(value).map((member) => split(member, secretOf));
  return { secret: parts.flatMap((part) => part.secret), plain: parts.flatMap((part) => part.plain) };
}

/**
 * Names of the values in which a secret shows, whole or as a part, as it is or in base64.
 * @param values inputs of resources and outputs of the stack, by a name for the message
 * @param secretOf what is inside of a secret, or undefined for what is none
 * @param known secrets from elsewhere, such as the configuration
 */
export function leaks(
  values: Readonly<Record<string, unknown>>,
  secretOf: (value: unknown) => { value: unknown } | undefined,
  known: readonly string[] = [],
): string[] {
  const parts = Object.entries(values).map(([name, value]) => ({ name, ...split(value, secretOf) }));
  const secrets = [...known, ...parts.flatMap(({ secret }) => secret)].filter(
    (text) => text.length >= shortest,
  );
  const forms = [...new Set(secrets)].flatMap((text) => [text, Buffer.from(text).toString("base64")]);
  return parts
    .filter(({ plain }) => plain.some((text) => forms.some((form) => text.includes(form))))
    .map(({ name }) => name);
}
