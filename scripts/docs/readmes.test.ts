// The commands in the READMEs, held against the scripts that there are, and against the flags that the balancer takes.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseOptions } from "../../balancer/main/options.ts";
import { projectRoot } from "../local/index.ts";

const commandsIn = (path: string): string[] =>
  [...readFileSync(join(projectRoot, path), "utf8").matchAll(/^(?:.*\| )?npm run balance -- (.*?)(?: +#.*)?$/gm)]
    .map(([, flags = ""]) => flags); // prettier-ignore

describe("commands of the balancer", () => {
  for (const path of ["README.md", "balancer/README.md", "k8s/balancer/README.md"])
    it(`in ${path} have flags that it takes`, () => {
      const commands = commandsIn(path);
      assert.ok(commands.length >= 4, `${commands.length} found`);
      for (const flags of commands) assert.ok(parseOptions(flags.split(" "), false), flags);
    });

  it("in the root README try it without a policy, without a cluster, propose one, and take it off", () => {
    const commands = commandsIn("README.md");
    const has = (test: (flags: string) => boolean) => assert.ok(commands.some(test), commands.join("\n"));
    has((flags) => flags.includes("--dry-run") && !flags.includes("--policy"));
    for (const flag of ["--offline", "--init", "--release"]) has((flags) => flags.includes(flag));
  });
});

describe("scripts of package.json", () => {
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const exclude = (path: string) => /(^|\/)(node_modules|\.local|\.stryker)(\/|$)/.test(path);
  const files = globSync(["**/*.md", ".github/**/*.md"], { cwd: projectRoot, exclude });

  it("are all that the READMEs name", () => {
    assert.ok(files.length > 20);
    const unknown = files.flatMap((file) => {
      const named = readFileSync(join(projectRoot, file), "utf8").matchAll(
        /\bnpm (?:--silent )?run ([^\s`*|)]+)/g,
      );
      return [...named].flatMap(([, name = ""]) =>
        Object.hasOwn(scripts, name) ? [] : [`${file}: ${name}`],
      );
    });
    assert.deepEqual(unknown, []);
  });
});
