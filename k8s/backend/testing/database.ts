// Databases for tests: one real PostgreSQL for all of this process, an empty database for whoever asks.
//
// The server is started as a program: nothing outside of scripts/ imports scripts/. It ends with this process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Socket } from "node:net";
import pg from "pg";
import { Database, type DatabaseOptions } from "../src/database/database.ts";
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
  const program = new URL("../../../scripts/testing/database.ts", import.meta.url).pathname;
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

/** How to get into a new, empty database. */
export async function emptyDatabase(): Promise<pg.ClientConfig & { database: string }> {
  const { ca, ...login } = await testServer();
  const ssl = { ca, rejectUnauthorized: true };
  const database = `test_${process.pid}_${databases++}`;
  const client = new pg.Client({ ...login, ssl, database: "postgres" });
  await client.connect();
  await client.query(`CREATE DATABASE ${database}`);
  await client.end();
  return { ...login, ssl, database };
}

/** Connected, and migrated. */
export async function openDatabase(options: Partial<DatabaseOptions> = {}): Promise<Database> {
  const database = new Database({
    connection: options.connection ?? (await emptyDatabase()),
    ...{ connections: 4, log: silent, backoff: [20, 100], pingMs: 100 },
    ...options,
  });
  database.start();
  if (!database.link.up) await once(database.link, "change");
  return database;
}
