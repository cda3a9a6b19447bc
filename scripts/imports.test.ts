// Who imports whom goes in no circle. Not a rule of the linter, which would ask anew at each file, for a third of its time.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = new URL("..", import.meta.url).pathname;

/** Files of ours, each with those that it imports, types included. */
function importsOf(pattern: string, ...leftOut: string[]): Map<string, string[]> {
  const files = globSync(pattern, { cwd: root, exclude: ["**/node_modules/**", ...leftOut] });
  const relative = /(?:from|import)\s*\(?\s*"(\.[^"]+)"/g;
  return new Map(
    files.map((file) => [
      file,
      [...readFileSync(join(root, file), "utf8").matchAll(relative)].map(([, to]) =>
        join(dirname(file), to!),
      ),
    ]),
  );
}

/** What is left when files without imports are taken away, again and again: a circle, and who imports from it. */
function inCircles(imports: Map<string, string[]>): string[] {
  const left = new Map(imports);
  for (;;) {
    const free = [...left].filter(([, to]) => !to.some((file) => left.has(file)));
    if (free.length === 0) return [...left.keys()];
    for (const [file] of free) left.delete(file);
  }
}

describe("imports", () => {
  const ours = importsOf("{balancer,component,examples,k8s,scripts,stacks}/**/*.{ts,tsx}", "**/testdata/**");

  // Who reads the code goes round in those of types, too.
  it("have no circle, not even of types", () => {
    assert.ok(ours.size > 900, String(ours.size));
    assert.deepEqual(inCircles(ours), []);
  });

  it("would be found to have one", () => {
    const [first, second] = ["first", "second"].map((name) => `scripts/testdata/circle/${name}.ts`);
    assert.deepEqual(inCircles(importsOf("scripts/testdata/circle/*.ts")).sort(), [first, second]);
    const circle = new Map([...ours, ["a.ts", ["b.ts"]], ["b.ts", ["a.ts", "balancer/model.ts"]]]);
    assert.deepEqual(inCircles(circle), ["a.ts", "b.ts"]);
  });
});
