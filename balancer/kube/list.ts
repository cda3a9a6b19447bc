// Lists of any length in pages, each object cut down to what is needed before the next one is looked at.
import type { KubeClient } from "./client.ts";
import { isStatus } from "./apiError.ts";
import { readElements } from "./elements.ts";
import { withoutManagedFields } from "./managedFields.ts";

/** Of pods there can be any number: small enough for a steady API server, large enough for few calls, as `kubectl` does. */
const podsPerPage = 500;

/** Everything else is of nodes or workloads, and the controllers of the cluster list it without any limit. */
const othersPerPage = 5000;

/** A list that expires while it is read (410: its snapshot was compacted) is begun again this often. */
const maxRestarts = 3;

/** What an answer has besides its objects. */
interface ListRest {
  metadata?: { continue?: string };
}

/** Objects of the API begin so in the lists of their own kinds, which say the kind once. */
export const itemsOfList = { path: ["items"], first: "metadata" };

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
  // Who owns which field is asked of workloads only.
  const [limit, textOf] = path.endsWith("/pods") ? [podsPerPage, withoutManagedFields] : [othersPerPage];
  do {
    const page = await client.send({ path, query: { ...query, limit, continue: next } }, (body) =>
      readPage(body, slim, textOf),
    );
    if (page.failure) throw page.failure.error;
    for (const record of page.kept) kept.push(record);
    next = page.next;
  } while (next !== undefined);
  return kept;
}

interface Page<Slim> {
  kept: Slim[];
  next: string | undefined;
  /** What `slim` threw: an answer that was read well, and is no reason to ask again. */
  failure?: { error: unknown };
}

async function readPage<Raw, Slim>(
  body: AsyncIterable<Uint8Array>,
  slim: (object: Raw) => Slim | undefined,
  textOf?: (object: Buffer) => string,
): Promise<Page<Slim>> {
  const page: Page<Slim> = { kept: [], next: undefined };
  const keep = (object: unknown) => {
    if (page.failure) return;
    try {
      const record = slim(object as Raw);
      if (record !== undefined) page.kept.push(record);
    } catch (error) {
      page.failure = { error };
    }
  };
  const { metadata } = await readElements<ListRest>(body, itemsOfList, keep, textOf);
  page.next = metadata?.continue || undefined;
  return page;
}
