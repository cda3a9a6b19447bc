// Lists of any length in pages, each object cut down to what is needed before the next page comes.
import type { KubeClient } from "./client.ts";
import { isStatus } from "./apiError.ts";

/** Small enough for a steady API server, large enough for few calls; `kubectl` uses the same. */
const pageSize = 500;

/** A list that expires while it is read (410: its snapshot was compacted) is begun again this often. */
const maxRestarts = 3;

interface ListAnswer<T> {
  metadata?: { continue?: string };
  items: T[] | null;
}

/**
 * Reads all objects under `path`, and keeps `slim(object)` of each (`undefined`: dropped).
 * Without a `resourceVersion` the answer is consistent; `resourceVersion=0` would ignore `limit`.
 */
export async function listAll<Raw, Slim>(
  client: KubeClient,
  path: string,
  slim: (object: Raw) => Slim | undefined,
  query: Record<string, string> = {},
): Promise<Slim[]> {
  for (let restarts = 0; ; restarts++) {
    try {
      return await readPages(client, path, slim, query);
    } catch (error) {
      if (!isStatus(error, 410) || restarts >= maxRestarts) throw error;
    }
  }
}

async function readPages<Raw, Slim>(
  client: KubeClient,
  path: string,
  slim: (object: Raw) => Slim | undefined,
  query: Record<string, string>,
): Promise<Slim[]> {
  const kept: Slim[] = [];
  let next: string | undefined;
  do {
    const page: ListAnswer<Raw> = await client.send({
      path,
      query: { ...query, limit: pageSize, continue: next },
    });
    for (const object of page.items ?? []) {
      const record = slim(object);
      if (record !== undefined) kept.push(record);
    }
    next = page.metadata?.continue || undefined;
  } while (next !== undefined);
  return kept;
}
