// Removes the pods that keep room free on spot, and the buffers that ask for the same.
import { isOurPlaceholder, placeholderNamespace } from "../decide/podRoles.ts";
import { findBuffers } from "../act/buffers.ts";
import { rootCause } from "../failures.ts";
import { ApiError, isStatus } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import { listAll } from "../kube/list.ts";

interface PlaceholderPod {
  metadata: { name: string; namespace: string; uid: string; labels?: Record<string, string> };
}

export interface Placeholders {
  found: { path: string; name: string; uid: string }[];
  /** Why there may be more, a sentence each. */
  problems: string[];
}

export async function listPlaceholders(client: KubeClient): Promise<Placeholders> {
  const problems: string[] = [];
  // What cannot be listed keeps none of the rest: who would convert the buffers may be gone (kubernetes/kubernetes#71925).
  const orNone = <T>(reading: Promise<T[]>): Promise<T[]> =>
    reading.catch((error: unknown) => {
      problems.push(`placeholders stay: ${rootCause(error)}`);
      return [];
    });
  const path = `/api/v1/namespaces/${placeholderNamespace}/pods`;
  const pods = listAll(client, path, ({ metadata: { name, namespace, uid, labels = {} } }: PlaceholderPod) =>
    isOurPlaceholder({ namespace, labels }) ? { path, name, uid } : undefined,
  );
  const found = [...(await orNone(pods)), ...(await orNone(listBuffers(client)))];
  return { found, problems };
}

async function listBuffers(client: KubeClient): Promise<Placeholders["found"]> {
  const buffers = await findBuffers(client);
  return (buffers?.present ?? []).map(({ metadata: { name, uid } }) => ({ path: buffers!.path, name, uid }));
}

export async function removePlaceholders(
  client: KubeClient,
): Promise<{ removed: number; problems: string[] }> {
  const { found, problems } = await listPlaceholders(client);
  let removed = 0;
  for (const { path, name, uid } of found) {
    const body = { preconditions: { uid }, gracePeriodSeconds: 0 };
    try {
      await client.send({ method: "DELETE", path: `${path}/${name}`, body });
      removed++;
    } catch (error) {
      // Gone, or another one by now.
      if (isStatus(error, 404) || isStatus(error, 409)) continue;
      problems.push(`placeholders stay: ${rootCause(error)}`);
      if (!(error instanceof ApiError)) break;
    }
  }
  return { removed, problems };
}
