// One kind of object, kept current: listed in pages, then watched; listed again when the watch cannot go on.
//
// https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
import { setTimeout as delay } from "node:timers/promises";
import { ApiError, isStatus } from "./apiError.ts";
import type { KubeClient } from "./client.ts";
import { readElements } from "./elements.ts";
import { itemsOfList } from "./list.ts";
import { askedWaitMs } from "./retry.ts";

export interface Listener<Raw, Kept = Raw> {
  /** Everything there is; what is not in it is gone. */
  listed(objects: Kept[]): void;
  /** It came, or is different now. */
  changed(object: Raw): void;
  /** As it was last. */
  gone(object: Raw): void;
}

export interface WatchOptions {
  query?: Record<string, string>;
  /** Ends it. */
  signal: AbortSignal;
  /** What keeps the objects from being current; undefined: nothing any more. */
  onProblem: (problem: unknown) => void;
  /** Wait after the first failure, and the longest; milliseconds. */
  backoff?: [first: number, most: number];
  /** Spreads the attempts of many watchers; default `Math.random`. */
  random?: () => number;
  /** Also ends when the signal comes. */
  wait?: (ms: number) => Promise<unknown>;
}

interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: unknown;
}

interface Versioned {
  metadata?: { resourceVersion?: string; continue?: string };
}

/** A watch gets a bookmark about every minute; one that is silent for longer is dead. */
const silenceMs = 120_000;
/** The server ends a watch after so long by itself, and it is continued. */
const watchSeconds = 300;

/**
 * Follows the list at `path` until the signal.
 * @param keep cuts an object of a list, of which there may be many, down to what is kept; undefined: it does not count
 */
export async function watchList<Raw extends Versioned, Kept = Raw>(
  client: KubeClient,
  path: string,
  listener: Listener<Raw, Kept>,
  options: WatchOptions,
  keep: (object: Raw) => Kept | undefined = (object) => object as unknown as Kept,
): Promise<void> {
  const { signal, onProblem, backoff: [first, most] = [500, 15_000], random = Math.random } = options;
  const { wait = (ms) => delay(ms, undefined, { signal, ref: false }).catch(() => undefined) } = options;
  let failures = 0;
  let empty = 0;
  while (!signal.aborted) {
    try {
      let version = await list(client, path, listener, options, keep);
      onProblem(undefined);
      while (!signal.aborted) {
        const from = version;
        version = await follow(client, path, from, listener, options);
        failures = 0;
        if (version !== from) {
          empty = 0;
          continue;
        }
        // Not at once, whatever a server does; and some know a version no more, and say nothing of it but 200 and an empty
        // body (kubernetes/kubernetes#104171, #137307), for ever.
        await wait(first * 2 ** Math.min(empty++, 3));
        break;
      }
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      // Too old to be continued: no failure, a new list will do.
      if (failures === 1 && isStatus(error, 410)) continue;
      onProblem(error);
      const longest = Math.min(most, first * 2 ** Math.min(failures - 1, 30));
      // `storage is (re)initializing`, after a restart (operator-framework/java-operator-sdk#2526).
      await wait(Math.max(askedWaitMs(error), longest / 2 + (longest / 2) * random()));
    }
  }
}

/** Returns the version of what was told. */
async function list<Raw, Kept>(
  client: KubeClient,
  path: string,
  listener: Listener<Raw, Kept>,
  { query, signal }: WatchOptions,
  keep: (object: Raw) => Kept | undefined,
): Promise<string> {
  const found: Kept[] = [];
  let rest: Versioned = {};
  do {
    // A failure is told at once, and the loop around this asks again.
    const page = {
      path,
      query: { ...query, limit: 500, continue: rest.metadata?.continue },
      signal,
      retries: 0,
    };
    // One by one: a page of nodes is several megabytes.
    rest = await client.send(page, (body) =>
      readElements<Versioned>(body, itemsOfList, (object) => {
        const kept = keep(object as Raw);
        if (kept !== undefined) found.push(kept);
      }),
    );
  } while (rest.metadata?.continue);
  listener.listed(found);
  return rest.metadata?.resourceVersion ?? "";
}

/** Returns the version up to which everything was told. */
async function follow<Raw extends Versioned>(
  client: KubeClient,
  path: string,
  from: string,
  listener: Pick<Listener<Raw>, "changed" | "gone">,
  options: WatchOptions,
): Promise<string> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error("the API server is silent")), silenceMs).unref();
  const query = {
    ...options.query,
    ...{ watch: true, resourceVersion: from, allowWatchBookmarks: true, timeoutSeconds: watchSeconds },
  };
  const signal = AbortSignal.any([options.signal, silence.signal]);
  const what = { path, query, signal, retries: 0, timeoutMs: 2 * watchSeconds * 1000 };
  let version = from;
  try {
    await client.send(what, async (body) => {
      for await (const { type, object } of eventsIn(body, () => timer.refresh())) {
        if (type === "ERROR") throw asError(path, object);
        version = (object as Raw).metadata?.resourceVersion ?? version;
        if (type === "BOOKMARK") continue;
        if (type === "DELETED") listener.gone(object as Raw);
        else listener.changed(object as Raw);
      }
    });
  } finally {
    clearTimeout(timer);
  }
  return version;
}

/** One JSON document a line. Not by readline, which keeps errors of its input to itself. */
async function* eventsIn(body: AsyncIterable<Uint8Array>, onChunk: () => void): AsyncGenerator<WatchEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    onChunk();
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line !== "") yield JSON.parse(line) as WatchEvent;
  }
}

function asError(path: string, status: unknown): ApiError {
  return new ApiError(`GET ${path}`, (status as { code?: number }).code ?? 500, JSON.stringify(status));
}
