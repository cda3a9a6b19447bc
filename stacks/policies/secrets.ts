// No secret in plain text: by the names of inputs, as a program runs, and by value, in recordings of it. Pure.
import type { Rule } from "./model.ts";

/** Ends of names whose values are secret: `administratorLoginPassword`, `GRAFANA_TOKEN`, `private_key`. */
const secretName = /(password|passphrase|secret|token|connection_?string|private_?key|api_?key)$/i;

function plainSecrets(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => plainSecrets(item, `${path}[${index}]`));
  if (typeof value !== "object" || value === null) return [];
  const members = Object.entries(value as Record<string, unknown>);
  // An environment variable is a name and a value, side by side.
  const { name, value: content } = value as { name?: unknown; value?: unknown };
  const variable =
    typeof name === "string" && secretName.test(name) && isText(content) ? [`${path} (${name})`] : [];
  return [
    ...variable,
    ...members.flatMap(([key, member]) => {
      const where = path === "" ? key : `${path}.${key}`;
      return secretName.test(key) && isText(member) ? [where] : plainSecrets(member, where);
    }),
  ];
}

const isText = (value: unknown) => typeof value === "string" && value !== "";

/** For inputs without their secrets: what has a secret's name and is still there is in plain text. */
export const noPlainSecrets: Rule = {
  name: "no-plain-secrets",
  check: ({ inputs }) =>
    plainSecrets(inputs, "").map((path) => `${path}: expected a secret, got plain text (not shown)`),
};

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
