// One kind of object, kept current: listed in pages, then watched; listed again when the watch cannot go on.
import { setTimeout as delay } from "node:timers/promises";
import { backoffMs } from "../backoff.ts";
import { type KubeApi, KubeError } from "./api.ts";

/** What every object has. */
export interface ApiObject {
  metadata: { name: string; namespace?: string; uid: string; resourceVersion: string };
}

export interface WatchOptions<Raw extends ApiObject, Slim> {
  api: KubeApi;
  path: string;
  query?: Record<string, string>;
  /** Cuts an object down to what is needed; undefined: it does not count. */
  slim: (object: Raw) => Slim | undefined;
  /** Everything that there is; after it, single changes. */
  onList: (objects: Map<string, Slim>) => void;
  /** `slim` undefined: it is gone. Keys are uids. */
  onChange: (uid: string, slim: Slim | undefined) => void;
  /** Undefined: it is current. */
  onProblem: (problem: unknown) => void;
  signal: AbortSignal;
  /** Wait after the first failure, and the longest; milliseconds. */
  backoff?: [first: number, most: number];
}

/** Runs until `signal`. */
export async function watchList<Raw extends ApiObject, Slim>(
  options: WatchOptions<Raw, Slim>,
): Promise<void> {
  const { signal, onProblem, backoff: [first, most] = [500, 15_000] } = options;
  let failures = 0;
  while (!signal.aborted) {
    try {
      let version = await list(options);
      onProblem(undefined);
      // A watch ends after some minutes by itself, and is continued.
      for (;;) {
        const from = version;
        version = await follow(options, from);
        failures = 0;
        // Also a server that ends watches at once is not asked again at once.
        if (version === from) await delay(first, undefined, { signal });
      }
    } catch (error) {
      if (signal.aborted) return;
      // Too old to be continued: no failure, a new list will do.
      if (isExpired(error) && failures === 0) {
        failures++;
        continue;
      }
      failures++;
      onProblem(error);
      await delay(backoffMs(failures, first, most, Math.random), undefined, { signal }).catch(
        () => undefined,
      );
    }
  }
}

const isExpired = (error: unknown): boolean => error instanceof KubeError && error.status === 410;

async function list<Raw extends ApiObject, Slim>(options: WatchOptions<Raw, Slim>): Promise<string> {
  const { api, path, query, slim, onList } = options;
  const found = new Map<string, Slim>();
  let next: string | undefined;
  let version: string;
  do {
    const page = await api.list<Raw>(path, { ...query, limit: "500", ...(next && { continue: next }) });
    for (const object of page.items ?? []) {
      const kept = oddAsNothing(slim, object);
      if (kept !== undefined) found.set(object.metadata.uid, kept);
    }
    next = page.metadata.continue;
    version = page.metadata.resourceVersion;
  } while (next);
  onList(found);
  return version;
}

/** An object that cannot be understood is left out: one must not blind the page to all others. */
function oddAsNothing<Raw, Slim>(slim: (object: Raw) => Slim | undefined, object: Raw): Slim | undefined {
  try {
    return slim(object);
  } catch {
    return undefined;
  }
}

/** Returns the version up to which everything was seen. */
async function follow<Raw extends ApiObject, Slim>(
  { api, path, query, slim, onChange, signal }: WatchOptions<Raw, Slim>,
  from: string,
): Promise<string> {
  let version = from;
  const changes = api.watch<Raw>(
    path,
    { ...query, resourceVersion: from, allowWatchBookmarks: "true", timeoutSeconds: "300" },
    signal,
  );
  for await (const { type, object } of changes) {
    if (type === "ERROR") {
      const { code = 500, message = "" } = object as { code?: number; message?: string };
      throw new KubeError(code, path, message);
    }
    version = object.metadata.resourceVersion;
    if (type === "BOOKMARK") continue;
    onChange(object.metadata.uid, type === "DELETED" ? undefined : oddAsNothing(slim, object));
  }
  return version;
}
