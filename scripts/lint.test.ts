// The project's own lint rules, held against files that break them.
import assert from "node:assert/strict";
import { ESLint } from "eslint";

const root = new URL("..", import.meta.url).pathname;

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
