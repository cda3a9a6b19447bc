// For tests: the commands and policies of k8s/balancer/README.md, as they stand there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../local/index.ts";

export const text = readFileSync(join(projectRoot, "k8s/balancer/README.md"), "utf8");
const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, block = ""]) => block);

export const commands = blocks("sh").flatMap((block) => block.trim().split("\n"));
export const policies = blocks("yaml");

const { scripts } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

/** The program behind `npm run <name>`. */
export function programOf(name: string): string {
  const [, file] = /^node (\S+)$/.exec(scripts[name] ?? "") ?? [];
  if (file === undefined)
    throw new Error(`expected npm run ${name} to start one program, got ${scripts[name]}`);
  return join(projectRoot, file);
}
