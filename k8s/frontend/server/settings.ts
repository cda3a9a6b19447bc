// Settings of the page's web server, from the environment.
import { z } from "zod";

const port = z.coerce.number().int().min(1).max(65_535);

const schema = z.object({
  /** Folder with the built page. */
  PAGE_DIR: z.string().min(1),
  LISTEN_HOST: z.string().min(1).default("0.0.0.0"),
  PORT: port.default(8080),
  /** Probes and metrics. */
  METRICS_PORT: port.default(9464),
  /** How long it goes on serving after SIGTERM, in seconds. */
  SHUTDOWN_DELAY_SECONDS: z.coerce.number().min(0).max(60).default(5),
});

export interface Settings {
  folder: string;
  host: string;
  port: number;
  metricsPort: number;
  shutdownSeconds: number;
}

/** Returns what is wrong, all of it, as one text for people. */
export function readSettings(env: Record<string, string | undefined>): Settings | string {
  const { success, data, error } = schema.safeParse(env);
  if (!success) {
    const problems = error.issues.map(({ path, message }) => `  ${path.join(".")}: ${message}`);
    return `The environment variables do not fit:\n${problems.join("\n")}`;
  }
  return {
    folder: data.PAGE_DIR,
    host: data.LISTEN_HOST,
    port: data.PORT,
    metricsPort: data.METRICS_PORT,
    shutdownSeconds: data.SHUTDOWN_DELAY_SECONDS,
  };
}
