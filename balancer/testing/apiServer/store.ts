// What the played API server has, and what it answers: objects by path, lists in pages, applies, watches.
import type { IncomingMessage } from "node:http";
import { isRecord } from "../../policy/values.ts";

export interface ApiObject {
  apiVersion?: string;
  kind?: string;
  metadata: { name: string; namespace?: string; resourceVersion?: string; [key: string]: unknown };
  [key: string]: unknown;
}

export interface SeenRequest {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: unknown;
}

export interface Answer {
  status: number;
  body: unknown;
}

export interface KindLocation {
  name: string;
  kind: string;
  namespaced: boolean;
}

interface Watcher {
  path: string;
  write: (line: string) => void;
  end: () => void;
}

export class ObjectStore {
  readonly objects = new Map<string, ApiObject>();
  /** Path of an API version → its kinds. */
  readonly resources: Record<string, KindLocation[]> = {};
  readonly #watchers = new Set<Watcher>();
  /** Every change, for watches that begin before it. */
  readonly #changes: { version: number; key: string; line: string }[] = [];
  readonly #onStored: (object: ApiObject) => void;
  #version = 100;

  constructor(onStored: (object: ApiObject) => void) {
    this.#onStored = onStored;
  }

  add(path: string, object: ApiObject): void {
    const known = this.objects.has(path);
    object.metadata.resourceVersion ??= String(++this.#version);
    this.objects.set(path, object);
    this.#tell(known ? "MODIFIED" : "ADDED", path, object);
  }

  remove(path: string): void {
    const known = this.objects.get(path);
    if (!known) return;
    this.objects.delete(path);
    const metadata = { ...known.metadata, resourceVersion: String(++this.#version) };
    this.#tell("DELETED", path, { ...known, metadata });
  }

  answer({ method, path, query, headers, body }: SeenRequest): Answer {
    const known = this.objects.get(path);
    const sent = body as ApiObject | undefined;
    const kinds = this.resources[path];
    if (method === "GET" && kinds) return { status: 200, body: { resources: kinds } };
    if (method === "GET" && known) return { status: 200, body: known };
    if (method === "GET" && isCollection(path)) return { status: 200, body: this.#listPage(path, query) };
    if (method === "POST" && path.endsWith("/eviction")) {
      this.remove(path.replace(/\/eviction$/, ""));
      return { status: 201, body: { kind: "Status", status: "Success" } };
    }
    const isDryRun = query.get("dryRun") === "All";
    if (method === "POST" && sent) {
      const key = `${path}/${sent.metadata.name}`;
      if (this.objects.has(key)) return failure(409, "AlreadyExists");
      return { status: 201, body: this.#store(key, sent, isDryRun) };
    }
    const isApply = method === "PATCH" && headers["content-type"] === "application/apply-patch+yaml";
    // An apply that means no certain object makes the one that is not there.
    if (isApply && !known && sent && !sent.metadata["uid"]) {
      const managedFields = [{ manager: query.get("fieldManager"), operation: "Apply" }];
      const metadata = { uid: `uid-${this.#version + 1}`, managedFields, ...sent.metadata };
      return { status: 201, body: this.#store(path, { ...sent, metadata }, isDryRun) };
    }
    // A Lease is made by PUT where it is missing.
    if (method === "PUT" && !known && sent && path.includes("/leases/"))
      return { status: 201, body: this.#store(path, sent, isDryRun) };
    if (method === "PUT" && known && sent && !sent.metadata.resourceVersion) return failure(422, "Invalid");
    if (method === "DELETE" && known) return this.#delete(path, known);
    if (!known || !sent) return failure(404, "NotFound");
    const expected = sent.metadata?.resourceVersion;
    if (expected !== undefined && expected !== known.metadata.resourceVersion)
      return failure(409, "Conflict");
    if (method === "PUT") return { status: 200, body: this.#store(path, sent, isDryRun) };
    return { status: 200, body: this.#store(path, merged(known, sent) as ApiObject, isDryRun) };
  }

  /** @param write gets a line for each change of what lies below `path`, those since `from` first */
  watch(path: string, from: string | null, write: Watcher["write"], end: Watcher["end"]): () => void {
    for (const { version, key, line } of this.#changes)
      if (version > Number(from ?? 0) && isIn(path, key)) write(line);
    const watcher = { path, write, end };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  endWatches(): void {
    for (const { end } of this.#watchers) end();
    this.#watchers.clear();
  }

  #store(key: string, object: ApiObject, isDryRun: boolean): ApiObject {
    if (isDryRun) return object;
    object.metadata.resourceVersion = String(++this.#version);
    const type = this.objects.has(key) ? "MODIFIED" : "ADDED";
    this.objects.set(key, object);
    this.#onStored(object);
    this.#tell(type, key, object);
    return object;
  }

  /** What has finalizers stays until somebody takes them away. */
  #delete(path: string, known: ApiObject): Answer {
    if (known.metadata["finalizers"]) {
      const metadata = { ...known.metadata, deletionTimestamp: "2026-11-21T00:00:00Z" };
      return { status: 200, body: this.#store(path, { ...known, metadata }, false) };
    }
    this.remove(path);
    return { status: 200, body: known };
  }

  #tell(type: string, key: string, object: ApiObject): void {
    const line = `${JSON.stringify({ type, object })}\n`;
    this.#changes.push({ version: this.#version, key, line });
    for (const { path, write } of this.#watchers) if (isIn(path, key)) write(line);
  }

  /** `continue` is the index of the next object. */
  #listPage(path: string, query: URLSearchParams) {
    const found = [...this.objects].filter(([key]) => isIn(path, key));
    const from = Number(query.get("continue") ?? 0);
    const limit = Number(query.get("limit") ?? found.length);
    const next = from + limit < found.length ? String(from + limit) : undefined;
    return {
      metadata: { continue: next, resourceVersion: String(this.#version) },
      items: found.slice(from, from + limit).map(([, object]) => object),
    };
  }
}

/** Of all namespaces when the list's path names none. */
function isIn(list: string, key: string): boolean {
  const resource = list.slice(list.lastIndexOf("/") + 1);
  return key.startsWith(list.slice(0, list.lastIndexOf("/") + 1)) && key.split("/").at(-2) === resource;
}

/** `…/pods` is one, `…/pods/web-1` is not: an object's name follows its resource. */
export const isCollection = (path: string): boolean =>
  /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(\/namespaces\/[^/]+)?\/[a-z]+$/.test(path);

export function failure(code: number, reason: string): Answer {
  return {
    status: code,
    body: { kind: "Status", status: "Failure", reason, message: `${reason} (fake)`, code },
  };
}

/** Enough of server-side apply and merge patches: objects merge, null takes away, everything else is replaced. */
function merged(before: unknown, after: unknown): unknown {
  if (!isRecord(after)) return after;
  const result: Record<string, unknown> = isRecord(before) ? { ...before } : {};
  for (const [key, value] of Object.entries(after))
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  return result;
}
