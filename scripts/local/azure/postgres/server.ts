// A flexible server made real: one PostgreSQL with TLS and SCRAM on a loopback port, run as a child of the supervisor.
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { KeyPair } from "../../controlPlane/certificates.ts";
import { freePort } from "../../controlPlane/ports.ts";
import type { ProgramSpec } from "../../processes/program.ts";
import type { Database, DatabaseServer, Parameter } from "../machines.ts";
import { databaseAccount, postgresPrograms } from "./account.ts";
import * as databases from "./databases.ts";
import { initialize, isInitialized, serverArguments, serverFiles } from "./files.ts";
import { makeRoot, removeRootIfEmpty } from "./root.ts";

/** Who runs programs: the supervisor, which owns their logs and PID files. */
export interface Children {
  /** Returns when the program is ready. */
  startProgram(spec: ProgramSpec): Promise<void>;
  /** Returns when it is gone; harmless when it does not run. */
  stopProgram(name: string): Promise<void>;
}

/** What is remembered of a server between starts. */
export interface ServerRecord {
  id: string;
  name: string;
  administratorLogin: string;
  port: number;
  parameters: databases.ServiceParameters;
}

export interface PostgresOptions {
  /** Folder below which the servers' files go; made when it is needed. The database's user must be able to get there. */
  root: string;
  /** The environment that the servers belong to. */
  stateDir: string;
  certificate: KeyPair;
  children: Children;
  log: (message: string) => void;
}

export class PostgresServers {
  readonly #options: PostgresOptions;
  readonly #records: ServerRecord[];
  readonly #save: () => void;

  /** `records` is changed in place; `save` is called after each change. */
  constructor(options: PostgresOptions, records: ServerRecord[], save: () => void) {
    this.#options = options;
    this.#records = records;
    this.#save = save;
  }

  /** Starts every server that is remembered. */
  async resume(): Promise<void> {
    for (const record of this.#records) await this.#start(record);
  }

  async apply(server: DatabaseServer): Promise<{ host: string; port: number; minorVersion: string }> {
    let record = this.#records.find(({ id }) => id === server.id);
    if (!record) {
      // Files of a server that nobody remembers belong to an environment that was thrown away.
      rmSync(this.#files(server.id).root, { recursive: true, force: true });
      record = {
        id: server.id,
        name: server.name,
        administratorLogin: server.administratorLogin,
        port: await freePort(new Set(this.#records.map(({ port }) => port))),
        parameters: {},
      };
      this.#records.push(record);
      this.#save();
    }
    await this.#start(record);
    const door = this.#door(record);
    await databases.ensureAdministrator(door, record.administratorLogin, server.administratorPassword);
    const version = (await databases.serverVersion(door)).split(" ")[0]!;
    if (version.split(".")[0] !== server.version) {
      this.#options.log(`PostgreSQL ${server.version} was asked for, the local server is ${version}`);
    }
    return {
      host: `localhost:${record.port}`,
      port: record.port,
      minorVersion: version.split(".")[1] ?? "0",
    };
  }

  /** Stops the server and removes its data. */
  async remove(id: string): Promise<void> {
    const record = this.#records.find((other) => other.id === id);
    if (!record) return;
    await this.#options.children.stopProgram(programName(record));
    rmSync(this.#files(id).root, { recursive: true, force: true });
    this.#records.splice(this.#records.indexOf(record), 1);
    this.#save();
    removeRootIfEmpty(this.#options.root);
  }

  applyDatabase(serverId: string, database: Database): Promise<void> {
    const record = this.#find(serverId);
    return databases.ensureDatabase(
      this.#door(record),
      record.administratorLogin,
      database,
      this.#options.log,
    );
  }

  async deleteDatabase(serverId: string, name: string): Promise<void> {
    const record = this.#records.find(({ id }) => id === serverId);
    if (record) await databases.dropDatabase(this.#door(record), name);
  }

  parameter(serverId: string, name: string): Promise<Parameter> {
    const record = this.#find(serverId);
    return databases.readParameter(this.#door(record), record.parameters, name);
  }

  async setParameter(serverId: string, name: string, value: string | undefined): Promise<Parameter> {
    const record = this.#find(serverId);
    const set = await databases.writeParameter(this.#door(record), record.parameters, name, value);
    this.#save();
    return set;
  }

  async #start(record: ServerRecord): Promise<void> {
    const { certificate, children, log } = this.#options;
    const account = databaseAccount();
    const programs = await postgresPrograms(account);
    const files = this.#files(record.id);
    makeRoot(this.#options.root, this.#options.stateDir);
    if (!isInitialized(files)) await initialize(files, programs, account, certificate);
    await children.startProgram({
      name: programName(record),
      executable: programs.postgres,
      args: serverArguments(files, record.port),
      cwd: files.root,
      ...account.ids,
      ready: () => databases.isReady(this.#door(record)),
      stopSignal: "SIGINT", // "fast": ends the sessions, then itself
      stopGraceMs: 10_000,
    });
    log(`PostgreSQL ${record.name} answers on localhost:${record.port}`);
  }

  #find(id: string): ServerRecord {
    const record = this.#records.find((other) => other.id === id);
    if (!record) throw new Error(`no PostgreSQL runs for ${id}`);
    return record;
  }

  #door(record: ServerRecord): databases.Door {
    return { files: this.#files(record.id), port: record.port };
  }

  #files(id: string) {
    return serverFiles(
      join(this.#options.root, createHash("sha256").update(id.toLowerCase()).digest("hex").slice(0, 16)),
    );
  }
}

const programName = (record: ServerRecord): string => `postgresql-${record.name}`;
