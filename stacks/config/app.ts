// Configuration of the application that people see: backend, frontend, and the database behind them.
import { z } from "zod";

export const image = z
  .string()
  .regex(
    /^[a-z0-9][\w./:-]*[:@][\w:.-]+$/,
    "an image with a tag or digest, such as registry.example/app:1.2.3",
  )
  .optional();

export const ownImage = (whose: string, otherwise: string) =>
  image.describe(`Your own image of the ${whose}; omitted: its ${otherwise} on a stock Node image`);

export const appKeys = {
  backendImage: ownImage("backend", "program"),
  frontendImage: ownImage("frontend", "program"),
  appNodes: z
    .enum(["any", "system"])
    .default("any")
    .describe(
      "Where backend and frontend run: wherever the balancer puts them, or on the nodes of monitoring",
    ),
  dbStack: z.string().optional().describe("Stack to take the database from, when it is not `db-<env>`"),
  database: z
    .strictObject({
      name: z.string().min(1).default("demo").describe("Name of the backend's database"),
      host: z
        .string()
        .min(1)
        .optional()
        .describe("Server that this project did not make; omitted: the one of the db stack"),
      port: z.int().min(1).max(65_535).default(5432).describe("Port of `host`"),
      user: z
        .string()
        .min(1)
        .optional()
        .describe("Login at `host` that prepares the database: it may make tables there, and logins"),
      apiUser: z
        .string()
        .min(1)
        .optional()
        .describe(
          "The API's own login, made by the other one; omitted: `<name>_api`. The same as `user`: none of its own",
        ),
      apiPasswordVersion: z
        .int()
        .min(1)
        .default(1)
        .describe("Raise it to rotate the password of the API's own login"),
      connections: z
        .int()
        .min(1)
        .max(100)
        .default(5)
        .describe(
          "Connections of each backend pod for its queries; one more listens. Those of 20 pods must fit the server",
        ),
      authority: z
        .enum(["public", "cluster"])
        .default("public")
        .describe("Who signed the server's certificate: a public authority, or the cluster's own"),
    })
    .prefault({})
    .describe("The backend's PostgreSQL"),
  databasePassword: z
    .string()
    .min(1)
    .optional()
    .describe("Password at `database.host`")
    .meta({ secret: true }),
  samplesTokenVersion: z
    .int()
    .min(1)
    .default(1)
    .describe("Raise it to rotate the token without which the API stores no samples"),
  page: z
    .strictObject({
      namespaces: z
        .array(z.string().regex(/^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$/, 'the name of a namespace, or "*"'))
        .default(["backend", "banking", "demo", "frontend"])
        .describe(
          'Whose pods, autoscalers and balancing have names on the page; other pods are nameless boxes. ["*"]: all',
        ),
    })
    .prefault({})
    .describe("What everybody who can reach the page sees of the cluster"),
  loadOnRequest: z
    .strictObject({
      cpuSeconds: z.int().min(0).max(60).default(0).describe("Longest CPU test; 0: none"),
      burst: z.int().min(0).max(500).default(0).describe("Most requests at once; 0: none"),
    })
    .prefault({})
    .describe("Load that everybody who sees the page may make, by its buttons"),
};

interface DatabaseKeys {
  database: { host?: string | undefined; port: number; user?: string | undefined };
  databasePassword?: string | undefined;
  dbStack?: string | undefined;
}

/** The server of the database: of the db stack, or one described completely, as `databaseProblems` sees to. */
export function databaseServer({ database: { host, port, user }, databasePassword, dbStack }: DatabaseKeys) {
  return host && user && databasePassword
    ? { kind: "external" as const, host, port, user, password: databasePassword }
    : { kind: "db" as const, stack: dbStack };
}

/** A database of one's own is described completely, and one of the db stack not at all. */
export function databaseProblems({ database: { host, user }, databasePassword }: DatabaseKeys) {
  const got = (value: string | undefined) => (value === undefined ? "nothing" : "a value");
  const rest = { "database.user": user, databasePassword };
  return Object.entries(rest)
    .filter(([, value]) => (value === undefined) !== (host === undefined))
    .map(([key, value]) => ({
      key,
      expected: host === undefined ? "nothing without database.host" : "a value, as there is database.host",
      got: got(value),
    }));
}
