// The command line of the local environment: `npm run local -- <command>`, `npm start`, `npm stop`.
import { enableCompileCache } from "node:module";
import { Command, InvalidArgumentError, Option } from "commander";
import { outliveReader } from "../../balancer/outliveReader.ts";
import { compileCache } from "./environment.ts";
import type { StackCommandOptions } from "./commands/stack.ts";
import type { StartOptions } from "./commands/start.ts";
import { interrupted } from "./interrupt.ts";
import { openScreen } from "./screen.ts";

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError("expected a port number from 1 to 65535.");
  }
  return port;
}

const say = (line: string): void => console.log(line);

const engine = (): Option =>
  new Option("--engine <name>", "what runs the Pulumi programs")
    .choices(["embedded", "pulumi"])
    .default("embedded");

type StackOptions = Omit<StackCommandOptions, "signal" | "onEvent">;

const onStack = (operation: "preview" | "up" | "destroy") => async (stack: string, options: StackOptions) => {
  const { runStackCommand } = await import("./commands/stack.ts");
  process.exitCode = await runStackCommand(operation, stack, { ...options, signal: interrupted });
};

// Commands are loaded when they are used: most of a short command's time would otherwise go into loading the others.
const program = new Command("local").description(
  "The local environment: a real control plane, an emulated Azure, and the stacks on them.",
);

program
  .command("start")
  .description("everything: environment, stacks, and the story of the balancer; leaves it running")
  .option("--quick", "end after what Node alone can show: a recorded day, and previews")
  .option("--open", "open the page in a browser")
  .option("--demo", "load, autoscaling and balancing on the page, instead of the story")
  .option("--exit", "take everything down again at the end")
  .option("--verbose", "every resource, and what the balancer went by")
  .addOption(engine())
  .action(async (options: Omit<StartOptions, "screen" | "signal">) => {
    const { start } = await import("./commands/start.ts");
    const screen = openScreen();
    await start({ ...options, screen, signal: interrupted });
  });

program
  .command("stop")
  .description("destroy the local stacks in reverse order, and stop every process")
  .option("--verbose", "every resource")
  .addOption(engine())
  .action(async (options: Pick<StartOptions, "engine" | "verbose">) => {
    const { stop } = await import("./commands/stop.ts");
    await stop({ ...options, screen: openScreen(), signal: interrupted });
  });

program
  .command("up")
  .argument("[stack]", "a stack to bring up; without one, the environment itself")
  .description("start the environment, and leave it running; or bring a stack up in it")
  .option("--port <number>", "port of the API server", portNumber)
  .option("--refresh", "compare the stack's record with what is there first")
  .option("--json", "events of the stack as a line of JSON each")
  .addOption(engine())
  .action(async (stack: string | undefined, options: { port?: number } & StackOptions) => {
    if (stack !== undefined) return onStack("up")(stack, options);
    const { up } = await import("./commands/up.ts");
    const { apiServer, kubeconfig } = await up({ port: options.port, signal: interrupted });
    say(`The environment is ready: API server ${apiServer}, kubeconfig ${kubeconfig}`);
  });

program
  .command("preview")
  .argument("<stack>", "such as base-local or deploy-dev")
  .description("say what `up` would do to a stack; needs no environment")
  .option("--refresh", "compare the record with what is there first")
  .option("--expect-no-changes", "fail when something would change")
  .option("--json", "events as a line of JSON each")
  .addOption(engine())
  .action(onStack("preview"));

program
  .command("destroy")
  .argument("<stack>", "such as deploy-local")
  .description("destroy a local stack that nothing stands on")
  .option("--yes", "do not ask")
  .option("--json", "events as a line of JSON each")
  .addOption(engine())
  .action(onStack("destroy"));

program
  .command("render")
  .argument("<stack>", "such as deploy-local")
  .description("every Kubernetes object of a stack as YAML files, secret values masked")
  .requiredOption("--out <folder>", "where the files go")
  .option("--config-file <file>", "configuration in place of the stack's own file")
  .action(async (stack: string, options: { out: string; configFile?: string }) => {
    const { render } = await import("./commands/render.ts");
    process.exitCode = await render(stack, options);
  });

program
  .command("down")
  .description("stop every process of the environment; its state stays")
  .action(async () => {
    const { down } = await import("./commands/down.ts");
    say((await down()) ? "The environment is stopped." : "Nothing was running.");
  });

program
  .command("status")
  .description("show what runs, where it answers, and what has gone wrong")
  .action(async () => {
    const { status } = await import("./commands/status.ts");
    const { text, healthy } = await status();
    say(text);
    if (!healthy) process.exitCode = 1;
  });

program
  .command("watch")
  .description("follow the balancer's decisions until Ctrl-C")
  .action(async () => {
    const { watchEnvironment } = await import("./commands/watch.ts");
    outliveReader(() => process.exit());
    await watchEnvironment(say, interrupted);
  });

program
  .command("encrypt")
  .argument("<stack>", "a local stack")
  .description("read a secret value, and print what stands for it in the stack's file")
  .action(async (stack: string) => {
    const { encrypt } = await import("./commands/encrypt.ts");
    say(await encrypt(stack));
  });

program
  .command("env")
  .description("print what to export to use kubectl and pulumi by hand")
  .action(async () => {
    const { env } = await import("./commands/env.ts");
    say(env());
  });

const writing = new Set(["start", "up", "preview", "render"]);
program.hook("preAction", async (_program, command) => {
  if (!writing.has(command.name())) return;
  const { makeFolders } = await import("./folders.ts");
  makeFolders();
});

outliveReader();
enableCompileCache(process.env["NODE_COMPILE_CACHE"] ?? compileCache);
try {
  await program.parseAsync();
} catch (error) {
  console.error(interrupted.aborted ? "interrupted" : error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
if (interrupted.aborted) process.exitCode = 130;
