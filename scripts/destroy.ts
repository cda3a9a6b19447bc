// `npm run destroy -- <stack|env>`: destroys what the guard allows, in reverse order, once the name has been typed.
import { createInterface } from "node:readline/promises";
import { Command, Option } from "commander";
import { destroyTarget } from "./destroy/run.ts";

interface Options {
  confirm?: string;
  dryRun?: boolean;
  engine?: "embedded" | "pulumi";
}

const isLocal = (target: string) => target === "local" || target.endsWith("-local");

async function ask(target: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new Error(`nobody is here to type "${target}": confirm with --confirm ${target}`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await terminal.question(`Type ${target} to destroy this: `);
  } finally {
    terminal.close();
  }
}

async function destroy(target: string, { confirm, dryRun, engine }: Options): Promise<void> {
  const useEmbedded = (engine ?? (isLocal(target) ? "embedded" : "pulumi")) === "embedded";
  const backend = useEmbedded
    ? (await import("./destroy/embedded.ts")).embedded
    : (await import("./destroy/pulumiCli.ts")).pulumiCli;
  await destroyTarget(target, backend, {
    dryRun,
    confirmation: (name) => (confirm === undefined ? ask(name) : Promise.resolve(confirm)),
    say: (line) => process.stdout.write(`${line}\n`),
  });
}

await new Command("destroy")
  .description("Destroy a stack, or an environment in reverse order; refuses what others stand on")
  .argument("<stack|env>", "deploy-dev, or dev for all of its layers")
  .option("--confirm <name>", "the target's name again, where nobody can type it (pipelines)")
  .option("--dry-run", "only say what would be destroyed and kept")
  .addOption(
    new Option("--engine <name>", "default: embedded for local stacks, else pulumi").choices([
      "embedded",
      "pulumi",
    ]),
  )
  .action(destroy)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
