// The emulated Azure's memory: its resources, in one file that only this user can read. Secrets never get here.
import { readJson, writeJson } from "../jsonFile.ts";
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
    if (file === undefined) return;
    const remedy = "remove it, or run `npm stop` and start anew";
    const take = ({ resources }: { resources: Resource[] }) =>
      new Map(resources.map((resource) => [resource.id.toLowerCase(), resource]));
    this.#resources = readJson(file, remedy, take) ?? this.#resources;
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

  #save(): void {
    if (this.#file !== undefined) writeJson(this.#file, { version: 1, resources: this.list() });
  }
}
