// The state of one stack: its resources in memory, recorded in a file after every operation.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { rootType, type PendingOperation, type ResourceState, type Urn } from "../model.ts";
import type { Properties } from "../values.ts";
import { CheckpointWriter, readCheckpoint } from "./checkpoint.ts";
import { openCrypt, type Crypt } from "./crypt.ts";
import { claim, release } from "../../processes/claim.ts";

/** Folder of the stacks' states under a state folder. */
const stacksFolder = (stateDir: string): string => join(stateDir, "stacks");

export class StackStore {
  resources: Readonly<ResourceState>[] = [];
  pending: Readonly<PendingOperation>[] = [];
  readonly stack: string;
  readonly #folder: string;
  readonly #crypt: Crypt;
  readonly #writer: CheckpointWriter;
  #unlock: (() => void) | undefined;

  private constructor(stateDir: string, stack: string) {
    this.stack = stack;
    this.#folder = stacksFolder(stateDir);
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#crypt = openCrypt(join(this.#folder, "key"));
    this.#writer = new CheckpointWriter(this.file, this.#crypt);
  }

  /** Opens a stack to look at it: nothing that is changed here is written. */
  static read(stateDir: string, stack: string): StackStore {
    const store = new StackStore(stateDir, stack);
    store.#load();
    return store;
  }

  /** A stack without resources, whatever its file says. */
  static empty(stateDir: string, stack: string): StackStore {
    return new StackStore(stateDir, stack);
  }

  /** Opens a stack to change it, and keeps others from it until `close`: by a file that a dead process cannot hold. */
  static lock(stateDir: string, stack: string): StackStore {
    const store = new StackStore(stateDir, stack);
    const lock = join(store.#folder, `${stack}.lock`);
    const holder = claim(lock);
    if (holder)
      throw new Error(
        `stack ${stack} is being changed by another process (PID ${holder.pid}). Wait for it, or stop it, and try again.`,
      );
    store.#unlock = () => release(lock);
    try {
      store.#load();
    } catch (error) {
      store.close();
      throw error;
    }
    return store;
  }

  /** Names of the stacks that hold at least one resource. */
  static deployed(stateDir: string): string[] {
    let files: string[];
    try {
      files = readdirSync(stacksFolder(stateDir));
    } catch {
      return [];
    }
    const stacks = files
      .filter((file) => file.endsWith(".json"))
      .map((file) => file.slice(0, -".json".length));
    return stacks.filter((stack) => !StackStore.read(stateDir, stack).isEmpty);
  }

  get isEmpty(): boolean {
    return this.resources.length === 0 && this.pending.length === 0;
  }

  get file(): string {
    return join(this.#folder, `${this.stack}.json`);
  }

  /** The stack's outputs, or undefined when it is not deployed. */
  get outputs(): Properties | undefined {
    return this.resources.find((resource) => resource.type === rootType)?.outputs;
  }

  find(urn: Urn): ResourceState | undefined {
    return this.resources.find((resource) => resource.urn === urn && !resource.condemned);
  }

  /** Records a resource in place of the one that it succeeds, or as a new one. */
  put(resource: ResourceState, predecessor?: ResourceState): void {
    const index = predecessor ? this.resources.indexOf(predecessor) : -1;
    if (index < 0) this.resources.push(resource);
    else this.resources[index] = resource;
    this.save();
  }

  remove(resource: ResourceState): void {
    this.resources = this.resources.filter((other) => other !== resource);
    this.save();
  }

  /** Moves a record to another URN, and everything that refers to it along. */
  rename(from: Urn, to: Urn): void {
    const moved = (urn: Urn): Urn => (urn === from ? to : urn);
    const reference = (text: string): string =>
      text.startsWith(`${from}::`) ? to + text.slice(from.length) : text;
    this.resources = this.resources.map((resource) => ({
      ...resource,
      urn: moved(resource.urn),
      dependencies: resource.dependencies.map(moved),
      propertyDependencies: Object.fromEntries(
        Object.entries(resource.propertyDependencies).map(([key, urns]) => [key, urns.map(moved)]),
      ),
      ...(resource.parent ? { parent: moved(resource.parent) } : {}),
      ...(resource.provider ? { provider: reference(resource.provider) } : {}),
    }));
    this.save();
  }

  /** Notes that an operation starts (it takes the place of an interrupted one); call the result once its end is recorded. */
  begin(operation: PendingOperation): () => void {
    this.pending = this.pending.filter(({ resource }) => resource.urn !== operation.resource.urn);
    this.pending.push(operation);
    this.save();
    return () => {
      this.pending = this.pending.filter((other) => other !== operation);
      this.save();
    };
  }

  /** Forgets an interrupted operation whose outcome is known by now. */
  settle(urn: Urn, kind: PendingOperation["kind"]): void {
    const open = this.pending.filter(
      (operation) => operation.resource.urn !== urn || operation.kind !== kind,
    );
    if (open.length === this.pending.length) return;
    this.pending = open;
    this.save();
  }

  /** A store opened to read writes nothing. */
  save(): void {
    if (!this.#unlock) return;
    if (this.isEmpty) this.#writer.remove();
    else this.#writer.write(this);
  }

  close(): void {
    if (this.#unlock && this.#writer.hasWritten) this.#writer.writeWhole(this);
    this.#unlock?.();
    this.#unlock = undefined;
  }

  #load(): void {
    const { resources = [], pending = [] } = readCheckpoint(this.file, this.#crypt) ?? {};
    this.resources = [...resources];
    this.pending = [...pending];
  }
}
