// `npm run destroy -- <stack|env>`: destroys what the guard allows, in reverse order, once the name has been typed.
import { createInterface } from "node:readline/promises";
import { Command, Option } from "commander";
import { outliveReader } from "../balancer/outliveReader.ts";
import { isLocalStack } from "../stacks/stackName.ts";
import { failWith } from "./failWith.ts";
import { checkConfirmation, destroyTarget } from "./destroy/run.ts";
import { describePlan, planDestroy } from "./guard.ts";

interface Options {
  confirm?: string;
  dryRun?: boolean;
  engine?: "embedded" | "pulumi";
  output: "text" | "json";
}

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

const say = (line: string) => process.stdout.write(`${line}\n`);

async function destroy(target: string, { confirm, dryRun, engine, output }: Options): Promise<void> {
  const useEmbedded = (engine ?? (isLocalStack(target) ? "embedded" : "pulumi")) === "embedded";
  const backend = useEmbedded
    ? (await import("./destroy/embedded.ts")).embedded
    : (await import("./destroy/pulumiCli.ts")).pulumiCli;
  if (!dryRun) {
    const confirmation = (name: string) => (confirm === undefined ? ask(name) : Promise.resolve(confirm));
    return destroyTarget(target, backend, { confirmation, say });
  }
  if (confirm !== undefined) checkConfirmation(target, confirm);
  const plan = planDestroy(target, await backend.standing());
  const names = { steps: plan.steps.map(({ stack }) => stack), stays: plan.stays.map(({ stack }) => stack) };
  say(output === "json" ? JSON.stringify(names) : describePlan(plan));
}

outliveReader();
await new Command("destroy")
  .description("Destroy a stack, or an environment in reverse order; refuses what others stand on")
  .argument("<stack|env>", "deploy-dev, or dev for all of its layers")
  .option("--confirm <name>", "the target's name again, where nobody can type it (pipelines)")
  .option("--dry-run", "only say what would be destroyed and kept")
  .addOption(new Option("--output <form>", "of a dry run").choices(["text", "json"]).default("text"))
  .addOption(
    new Option("--engine <name>", "default: embedded for local stacks, else pulumi").choices([
      "embedded",
      "pulumi",
    ]),
  )
  .action(destroy)
  .parseAsync()
  .catch(failWith(1));
