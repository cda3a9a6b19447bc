// What a stack asks for, whole, beside what was last looked at: a change that nobody meant shows in one of the files.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type Recording, isSecret, record } from "../record.ts";
import { configFile } from "./configFiles.ts";

/** Where a test here fails and the change is meant: `UPDATE_ASKED=1 npm test` writes the files anew: read the diff before you commit it. */
const isUpdate = process.env["UPDATE_ASKED"] === "1";

/** What is secret is marked as such. Its values are made up (record/replies.ts), and tell which secret it is. */
export function open(value: unknown): unknown {
  if (isSecret(value)) return { "(secret)": open(value.value) };
  if (Array.isArray(value)) return value.map(open);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, open(child)]));
}

/** By name, so that a diff says which resource has changed. */
function whole({ resources, outputs, calls }: Recording): Record<string, unknown> {
  const asked = resources.map(({ name, type, inputs, ...options }) => [
    name,
    { type, ...options, inputs: open(inputs) },
  ]);
  return {
    resources: Object.fromEntries(asked) as unknown,
    ...(calls.length > 0 && { calls: open(calls) }),
    outputs: open(outputs),
  };
}

/** Configuration beside the stack's own file; a function: only known when the test runs. */
type More = Record<string, unknown> | (() => Record<string, unknown>);
export type Case = [name: string, stack: string, more: More];

/**
 * Declares a test for each.
 * @param folder with the files `<case>.yaml`
 * @param shown what the file has; `first` is of the first case, for the others
 */
export function holdAsked(
  folder: string,
  cases: Case[],
  shown: (recording: Recording, first: Recording | undefined) => object = whole,
): void {
  const run = ([, stack, more]: Case) =>
    record(stack, {
      config: { ...configFile(stack), ...(typeof more === "function" ? more() : more) },
      secrets: ["kubeconfig", "databasePassword"],
    });
  let first: Recording;
  before(async () => {
    if (cases[0]) first = await run(cases[0]);
  });
  for (const each of cases) {
    const [name] = each;
    it(`is in ${name} what was last looked at`, async () => {
      const isFirst = each === cases[0];
      const asked = isFirst ? shown(first, undefined) : shown(await run(each), first);
      const file = join(folder, `${name}.yaml`);
      const text = stringify(asked, { lineWidth: 120, aliasDuplicateObjects: false });
      if (isUpdate) writeFileSync(file, text);
      const known = readFileSync(file, "utf8");
      // Text is compared first: what has not changed need not be read, which takes longer than all before it.
      if (text !== known) assert.deepEqual(parse(text), parse(known));
    });
  }
}
