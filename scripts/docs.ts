// `npm run docs`: writes the generated parts of the documentation, and the public schemas.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { keysMarks } from "./docs/keys.ts";
import { configReference, policyReference } from "./docs/references.ts";
import { schemas } from "./docs/schemas.ts";
import { withMarkedPart } from "./markedPart.ts";

const documents: [path: string, renew: (text: string) => string | Promise<string>][] = [
  ["stacks/README.md", (text) => withMarkedPart(text, keysMarks, configReference())],
  ["balancer/POLICY.md", (text) => withMarkedPart(text, keysMarks, policyReference())],
  ...Object.entries(schemas).map(([path, schema]): [string, () => Promise<string>] => [
    path,
    () => pretty(path, JSON.stringify(schema())),
  ]),
];

async function pretty(path: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(fileAt(path))), filepath: path });
}

const fileAt = (path: string) => new URL(`../${path}`, import.meta.url).pathname;

/** @returns paths of what is not as it would be made */
export async function outdated(): Promise<{ path: string; text: string }[]> {
  const made = await Promise.all(
    documents.map(async ([path, renew]) => {
      const before = existsSync(fileAt(path)) ? readFileSync(fileAt(path), "utf8") : "";
      const text = await renew(before);
      return text === before ? [] : [{ path, text }];
    }),
  );
  return made.flat();
}

if (import.meta.main) {
  for (const { path, text } of await outdated()) writeFileSync(fileAt(path), text);
}
