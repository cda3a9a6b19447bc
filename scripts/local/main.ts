// The command line of the local environment: `npm run local -- <command>`, `npm start`, `npm stop`.
import { Command, InvalidArgumentError } from "commander";
import { interrupted } from "./interrupt.ts";

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError("expected a port number from 1 to 65535.");
  }
  return port;
}

// Commands are loaded when they are used: most of a short command's time would otherwise go into loading the others.
const program = new Command("local").description(
  "The local environment: a real control plane, an emulated Azure.",
);

program
  .command("up")
  .description("start the environment, and leave it running")
  .option("--port <number>", "port of the API server", portNumber)
  .action(async (options: { port?: number }) => {
    const { up } = await import("./commands/up.ts");
    const environment = await up({ ...options, signal: interrupted });
    console.log(
      `The environment is ready: API server ${environment.apiServer}, kubeconfig ${environment.kubeconfig}`,
    );
  });

program
  .command("down")
  .description("stop every process of the environment; its state stays")
  .action(async () => {
    const { down } = await import("./commands/down.ts");
    console.log((await down()) ? "The environment is stopped." : "Nothing was running.");
  });

program
  .command("status")
  .description("show what runs, where it answers, and what has gone wrong")
  .action(async () => {
    const { status } = await import("./commands/status.ts");
    const { text, healthy } = await status();
    console.log(text);
    if (!healthy) process.exitCode = 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(interrupted.aborted ? "interrupted" : error instanceof Error ? error.message : String(error));
  process.exitCode = interrupted.aborted ? 130 : 1;
}
