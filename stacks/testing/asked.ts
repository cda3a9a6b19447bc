// What a stack asks Azure for, whole, beside what was last looked at: a change that nobody meant shows in one of the files.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type Recording, isSecret, record } from "../record.ts";
import { configFile } from "./configFiles.ts";

/** Where a test here fails and the change is meant: `UPDATE_ASKED=1 npm test` writes the files anew: read the diff before you commit it. */
const isUpdate = process.env["UPDATE_ASKED"] === "1";

/** By name, so that a diff says which resource has changed; secrets are shown as such, not with their value. */
function shown({ resources, outputs }: Recording): Record<string, unknown> {
  const open = (value: unknown): unknown => {
    if (isSecret(value)) return "(secret)";
    if (Array.isArray(value)) return value.map(open);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, open(child)]));
  };
  const asked = resources.map(({ name, type, inputs, ...options }) => [
    name,
    { type, ...options, inputs: open(inputs) },
  ]);
  return { resources: Object.fromEntries(asked) as unknown, outputs: open(outputs) };
}

/** Declares a test for each: of a stack's own configuration, with more of it. @param folder with the files `<case>.yaml` */
export function holdAsked(
  folder: string,
  cases: [name: string, stack: string, more: Record<string, unknown>][],
): void {
  for (const [name, stack, more] of cases) {
    it(`is in ${name} what was last looked at`, async () => {
      const recording = await record(stack, { config: { ...configFile(stack), ...more } });
      const file = join(folder, `${name}.yaml`);
      const text = stringify(shown(recording), { lineWidth: 120, aliasDuplicateObjects: false });
      if (isUpdate) writeFileSync(file, text);
      assert.deepEqual(parse(text), parse(readFileSync(file, "utf8")));
    });
  }
}
