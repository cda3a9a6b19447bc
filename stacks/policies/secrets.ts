// No secret in plain text, by the names of inputs, as a program runs. By value, in recordings of it: ../testing/leaks.ts. Pure.
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
