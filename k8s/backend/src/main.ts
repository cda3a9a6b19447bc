// The program: settings in, a server until a signal comes.
import pino from "pino";
import { startBackend } from "./backend.ts";
import { SettingsError, readSettings } from "./config.ts";

/** Whatever hangs, the process ends before the kubelet's patience (terminationGracePeriodSeconds: 30) does. */
const graceMs = 25_000;

try {
  const settings = readSettings(process.env);
  const log = pino({ level: settings.LOG_LEVEL });
  const backend = await startBackend(settings, log);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      setTimeout(() => process.exit(1), graceMs).unref();
      void backend.stop();
    });
  }
} catch (error) {
  const known = error instanceof SettingsError || (error as NodeJS.ErrnoException).code === "EADDRINUSE";
  process.stderr.write(
    `${known || !(error instanceof Error) ? String((error as Error).message) : error.stack}\n`,
  );
  process.exit(error instanceof SettingsError ? 2 : 1);
}
