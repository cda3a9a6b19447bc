// The program: settings in, a server until a signal comes; or, with the argument `migrate`, a database made ready for it.
import pino, { type Logger } from "pino";
import { startBackend } from "./backend.ts";
import { type Command, SettingsError, type Settings, readSettings } from "./config.ts";
import { administratorOf, loginOf } from "./database/connection.ts";
import { NotPrepared } from "./database/errors.ts";
import { prepareDatabase } from "./database/prepare.ts";

/** Whatever hangs, the process ends before the kubelet's patience (terminationGracePeriodSeconds: 30) does. */
const graceMs = 25_000;

const commands: Record<Command, (settings: Settings, log: Logger) => Promise<void>> = {
  async serve(settings, log) {
    const backend = await startBackend(settings, log);
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        setTimeout(() => process.exit(1), graceMs).unref();
        void backend.stop();
      });
    }
  },
  migrate: (settings, log) => prepareDatabase(administratorOf(settings), loginOf(settings), log),
};

function commandOf([command = "serve"]: string[]): Command {
  if (Object.hasOwn(commands, command)) return command as Command;
  throw new SettingsError(
    `expected ${Object.keys(commands).join(" or ")} (or nothing: serve), got ${command}`,
  );
}

try {
  const command = commandOf(process.argv.slice(2));
  const settings = readSettings(process.env, command);
  await commands[command](settings, pino({ level: settings.LOG_LEVEL }));
} catch (error) {
  const known =
    error instanceof SettingsError ||
    error instanceof NotPrepared ||
    (error as NodeJS.ErrnoException).code === "EADDRINUSE";
  process.stderr.write(
    `${known || !(error instanceof Error) ? String((error as Error).message) : error.stack}\n`,
  );
  process.exit(error instanceof SettingsError ? 2 : 1);
}
