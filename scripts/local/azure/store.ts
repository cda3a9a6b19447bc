// The emulated Azure's memory: its resources, in one file that only this user can read. Secrets never get here.
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isWithin } from "./ids.ts";
import type { Resource, World } from "./resourceType.ts";

/** Resources by ID, in the order in which they were made; IDs are compared as ARM does, without regard to case. */
export class Store implements World {
  subscription = "00000000-0000-0000-0000-000000000000";
  readonly now: () => number;
  readonly #file: string | undefined;
  #resources = new Map<string, Resource>();

  /** Without a file the resources live as long as this object. Throws when the file is there and cannot be read. */
  constructor(file?: string, now = Date.now) {
    this.#file = file;
    this.now = now;
    const saved = file === undefined ? undefined : readIfThere(file);
    if (saved === undefined) return;
    try {
      const { resources } = JSON.parse(saved) as { resources: Resource[] };
      this.#resources = new Map(resources.map((resource) => [resource.id.toLowerCase(), resource]));
    } catch (error) {
      throw new Error(
        `the emulated Azure's state ${file} is damaged: remove it, or run \`npm stop\` and start anew`,
        {
          cause: error,
        },
      );
    }
  }

  find(id: string | undefined): Resource | undefined {
    return id === undefined ? undefined : this.#resources.get(id.toLowerCase());
  }

  list(token?: string): Resource[] {
    return [...this.#resources.values()].filter(
      (resource) => token === undefined || resource.token === token,
    );
  }

  /** A resource and everything in it, the innermost and newest first: the order in which to delete them. */
  within(id: string): Resource[] {
    return this.list()
      .filter((resource) => isWithin(resource.id, id))
      .reverse()
      .sort((a, b) => b.id.split("/").length - a.id.split("/").length);
  }

  put(resource: Resource): void {
    this.#resources.set(resource.id.toLowerCase(), resource);
    this.#save();
  }

  remove(id: string): void {
    if (this.#resources.delete(id.toLowerCase())) this.#save();
  }

  /** Writes beside the file and renames, so that a crash leaves the old state or the new one. */
  #save(): void {
    if (this.#file === undefined) return;
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    const temporary = `${this.#file}.new`;
    writeFileSync(temporary, JSON.stringify({ version: 1, resources: this.list() }, null, 2) + "\n", {
      mode: 0o600,
    });
    chmodSync(temporary, 0o600); // one that a crash left behind keeps its mode otherwise
    renameSync(temporary, this.#file);
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
