// Databases for tests: one real PostgreSQL for all of this process, an empty database for whoever asks.
//
// The server is started as a program: nothing outside of scripts/ imports scripts/. It ends with this process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Socket } from "node:net";
import pg from "pg";
import { Database, type DatabaseOptions } from "../src/database/database.ts";
import { prepareDatabase } from "../src/database/prepare.ts";
import { silent } from "./log.ts";

interface Server {
  host: string;
  port: number;
  user: string;
  password: string;
  ca: string;
}

let server: Promise<Server> | undefined;

export const testServer = (): Promise<Server> => (server ??= start());

async function start(): Promise<Server> {
  const program = new URL("../../../scripts/local/testing/database.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout);
  const [line] = (await Promise.race([
    once(lines, "line"),
    once(child, "exit").then(() => Promise.reject(new Error("PostgreSQL for the tests did not start"))),
  ])) as [string];
  // Neither keeps this process; with it the pipe ends, and so does the server.
  lines.close();
  child.unref();
  (child.stdin as Socket).unref();
  (child.stdout as Socket).unref();
  return JSON.parse(line) as Server;
}

let databases = 0;

/** A login, and where it leads. */
export type Entrance = pg.ClientConfig & {
  database: string;
  user: string;
  password: string;
  ssl: { ca: string };
};

/** How its administrator gets into a new, empty database. @param server default: the one for all of this process */
export async function emptyDatabase(server?: Server): Promise<Entrance> {
  const { ca, ...login } = server ?? (await testServer());
  const ssl = { ca, rejectUnauthorized: true };
  const database = `test_${process.pid}_${databases++}`;
  const create = (client: pg.Client) => client.query(`CREATE DATABASE ${database}`);
  await withClient({ ...login, ssl, database: "postgres" }, create);
  return { ...login, ssl, database };
}

/** How the API will get into a database, once that is prepared for it. */
export const apiEntrance = (administrator: Entrance, password = "Api-1"): Entrance => ({
  ...administrator,
  ...{ user: `${administrator.database}_api`, password },
});

/** A new database that is prepared for the API. */
export async function preparedDatabase(server?: Server): Promise<{ administrator: Entrance; api: Entrance }> {
  const administrator = await emptyDatabase(server);
  const api = apiEntrance(administrator);
  await prepareDatabase(administrator, api, silent);
  return { administrator, api };
}

/** What comes of `work` on a connection of its own. */
export async function withClient<T>(entrance: Entrance, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(entrance);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Connected. */
export async function openDatabase(options: Partial<DatabaseOptions> = {}): Promise<Database> {
  const database = new Database({
    connection: options.connection ?? (await preparedDatabase()).api,
    ...{ connections: 4, log: silent, backoff: [20, 100], pingMs: 100 },
    ...options,
  });
  database.start();
  if (!database.link.up) await once(database.link, "change");
  return database;
}
