// The commands of the balancer in the READMEs, held against the flags that it takes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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
