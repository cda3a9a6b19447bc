// The project's own lint rules, held against files that break them.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ESLint } from "eslint";

const root = new URL("..", import.meta.url).pathname;

/** Files of ours, each with those that it imports, types included. */
function importsOf(patterns: string[]): Map<string, string[]> {
  const exclude = ["**/node_modules/**", "**/testdata/**", "**/*.test.ts"];
  const files = globSync(patterns, { cwd: root, exclude });
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
  const ours = importsOf(["{balancer,stacks,scripts,k8s,component}/**/*.{ts,tsx}"]);

  // The lint rule knows of those that run only; who reads the code goes round in the others, too.
  it("have no circle, not even of types", () => {
    assert.ok(ours.size > 500, String(ours.size));
    assert.deepEqual(inCircles(ours), []);
  });

  it("would be found to have one", () => {
    const circle = new Map([...ours, ["a.ts", ["b.ts"]], ["b.ts", ["a.ts", "balancer/model.ts"]]]);
    assert.deepEqual(inCircles(circle), ["a.ts", "b.ts"]);
  });
});

describe("the lint rules", () => {
  it("find a circle between TypeScript files", async () => {
    const eslint = new ESLint({
      cwd: root,
      ignore: false, // testdata is left out of ordinary runs
      ruleFilter: ({ ruleId }) => ruleId === "import-x/no-cycle",
      overrideConfig: { languageOptions: { parserOptions: { projectService: false } } }, // no types are asked for
    });
    const results = await eslint.lintFiles(["scripts/testdata/circle/*.ts"]);
    const found = results.map(({ filePath, messages }) => [
      filePath.slice(root.length),
      messages.map(({ ruleId, severity }) => ({ ruleId, severity })),
    ]);
    const error = [{ ruleId: "import-x/no-cycle", severity: 2 }];
    assert.deepEqual(found, [
      ["scripts/testdata/circle/first.ts", error],
      ["scripts/testdata/circle/second.ts", error],
    ]);
  });
});
