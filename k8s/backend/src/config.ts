// The settings, from environment variables: every problem is named in one message.
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { Ajv, type ErrorObject } from "ajv";
import { type Static, Type } from "typebox";
import { machinePattern } from "./schemas.ts";

const port = (ours: number) => Type.Integer({ minimum: 0, maximum: 65_535, default: ours });
const text = (ours?: string) => Type.String(ours === undefined ? {} : { default: ours });
const optional = () => Type.Optional(Type.String());
const address = () => Type.Optional(Type.String({ pattern: "^https?://" }));
const whole = (minimum: number, maximum: number, ours: number) =>
  Type.Integer({ minimum, maximum, default: ours });
const number = (minimum: number, maximum: number, ours: number) =>
  Type.Number({ minimum, maximum, default: ours });

/** The variables; what they mean stands in README.md. */
const Variables = Type.Object({
  DATABASE_HOST: text(),
  DATABASE_PORT: port(5432),
  DATABASE_NAME: text(),
  DATABASE_USER: text(),
  DATABASE_PASSWORD: optional(),
  DATABASE_PASSWORD_FILE: optional(),
  DATABASE_ADMIN_USER: text(""),
  DATABASE_ADMIN_PASSWORD: optional(),
  DATABASE_ADMIN_PASSWORD_FILE: optional(),
  DATABASE_TLS: Type.Enum(["verify", "off"], { default: "verify" }),
  DATABASE_CA_FILE: optional(),
  DATABASE_CONNECTIONS: whole(1, 100, 5),
  SAMPLES_TOKEN: optional(),
  SAMPLES_TOKEN_FILE: optional(),
  LISTEN_HOST: text("0.0.0.0"),
  PORT: port(8080),
  METRICS_PORT: port(9464),
  VARIANT: Type.Enum(["a", "b"], { default: "a" }),
  INSTANCE: text(hostname()),
  MACHINE: Type.String({ pattern: machinePattern, default: hostname().toLowerCase() }),
  COLLECT_SECONDS: number(0, 3600, 2),
  RETENTION_HOURS: number(0.1, 87_600, 24),
  CLUSTER: Type.Enum(["on", "off"], { default: "on" }),
  SERVICE_ACCOUNT_DIR: text("/var/run/secrets/kubernetes.io/serviceaccount"),
  KUBERNETES_SERVICE_HOST: optional(),
  KUBERNETES_SERVICE_PORT: port(443),
  SPOT_NODE_LABELS: Type.String({
    pattern: "^[^=,]+=[^=,]*(,[^=,]+=[^=,]*)*$",
    default: "kubernetes.azure.com/scalesetpriority=spot",
  }),
  PROMETHEUS_URL: address(),
  CPU_TEST_MAX_SECONDS: whole(0, 60, 0),
  BURST_MAX_REQUESTS: whole(0, 500, 0),
  BURST_URL: address(),
  PROXIES: whole(0, 10, 0),
  REQUEST_TIMEOUT_SECONDS: number(0.1, 300, 20),
  FEED_CLIENTS: whole(1, 10_000, 300),
  FEED_CLIENTS_PER_ADDRESS: whole(1, 10_000, 20),
  SHOWN_NAMESPACES: text(""),
  SHUTDOWN_DELAY_SECONDS: number(0, 20, 5),
  LOG_LEVEL: Type.Enum(["debug", "info", "warn", "error", "silent"], { default: "info" }),
});

export interface Settings extends Static<typeof Variables> {
  /** Read anew each time: a mounted Secret changes while the program runs. */
  databasePassword: () => string;
  /** Of `DATABASE_ADMIN_USER`; only `migrate` has it. */
  databaseAdminPassword: () => string;
  /** What samples from outside must come with; undefined: none are taken. */
  samplesToken: (() => string) | undefined;
  /** PEM. */
  databaseCa: string | undefined;
  spotNodeLabels: Record<string, string>;
}

export class SettingsError extends Error {
  override name = "SettingsError";
}

const validate = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true }).compile<
  Static<typeof Variables>
>(Variables);

/** What the program was started for. */
export type Command = "serve" | "migrate";

/** An empty variable counts as not set. @throws SettingsError with every problem, never with a value */
export function readSettings(env: NodeJS.ProcessEnv, command: Command = "serve"): Settings {
  const given: Record<string, unknown> = {};
  for (const name of Object.keys(Variables.properties)) if (env[name]) given[name] = env[name];
  const problems = validate(given) ? [] : (validate.errors ?? []).map(describe);
  const file = (name: string): string | undefined => {
    const path = env[name];
    try {
      return path ? readFileSync(path, "utf8").trim() : undefined;
    } catch (error) {
      problems.push(`${name}: cannot read ${path} (${(error as NodeJS.ErrnoException).code})`);
      return undefined;
    }
  };
  const password = (name: string): (() => string) => {
    const path = env[`${name}_FILE`];
    if (!env[name] === !path) problems.push(`${name}: expected either this or ${name}_FILE`);
    if (path) file(`${name}_FILE`);
    return () => (path ? readFileSync(path, "utf8").trim() : (env[name] ?? ""));
  };

  if (command === "serve" && env["CLUSTER"] !== "off" && !env["KUBERNETES_SERVICE_HOST"]) {
    problems.push("KUBERNETES_SERVICE_HOST: missing, as outside of a cluster: there set CLUSTER=off");
  }
  if (command === "migrate" && !env["DATABASE_ADMIN_USER"]) problems.push("DATABASE_ADMIN_USER: missing");
  const databasePassword = password("DATABASE_PASSWORD");
  const databaseAdminPassword = command === "migrate" ? password("DATABASE_ADMIN_PASSWORD") : () => "";
  const hasToken = Boolean(env["SAMPLES_TOKEN"] ?? env["SAMPLES_TOKEN_FILE"]);
  const samplesToken = hasToken ? password("SAMPLES_TOKEN") : undefined;
  const databaseCa = file("DATABASE_CA_FILE");
  if (problems.length > 0) {
    const lines = problems.map((problem) => `  ${problem}`).join("\n");
    throw new SettingsError(`Wrong settings (environment variables, see k8s/backend/README.md):\n${lines}`);
  }
  const settings = given as Static<typeof Variables>;
  const spotNodeLabels = Object.fromEntries(
    settings.SPOT_NODE_LABELS.split(",").map((pair) => pair.split("=") as [string, string]),
  );
  return { ...settings, databasePassword, databaseAdminPassword, samplesToken, databaseCa, spotNodeLabels };
}

function describe({ instancePath, keyword, message, params }: ErrorObject): string {
  if (keyword === "required") return `${String(params["missingProperty"])}: missing`;
  const allowed = keyword === "enum" ? `: ${(params["allowedValues"] as string[]).join(", ")}` : "";
  return `${instancePath.slice(1)}: ${message ?? "is wrong"}${allowed}`;
}
