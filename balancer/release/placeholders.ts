// Removes the pods that keep room free on spot, and the buffers that ask for the same.
import { isOurPlaceholder, placeholderNamespace } from "../decide/podRoles.ts";
import { findBuffers } from "../act/buffers.ts";
import { rootCause } from "../failures.ts";
import { isStatus } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import { listAll } from "../kube/list.ts";

interface PlaceholderPod {
  metadata: { name: string; namespace: string; uid: string; labels?: Record<string, string> };
}

export async function removePlaceholders(
  client: KubeClient,
): Promise<{ removed: number; problems: string[] }> {
  const folder = `/api/v1/namespaces/${placeholderNamespace}/pods`;
  let removed = 0;
  try {
    const pods = await listAll(client, folder, ({ metadata }: PlaceholderPod) =>
      isOurPlaceholder({ namespace: metadata.namespace, labels: metadata.labels ?? {} })
        ? metadata
        : undefined,
    );
    const buffers = await findBuffers(client);
    for (const { path, name, uid } of [
      ...pods.map(({ name, uid }) => ({ path: folder, name, uid })),
      ...(buffers?.present ?? []).map(({ metadata }) => ({ path: buffers!.path, ...metadata })),
    ]) {
      const body = { preconditions: { uid }, gracePeriodSeconds: 0 };
      try {
        await client.send({ method: "DELETE", path: `${path}/${name}`, body });
        removed++;
      } catch (error) {
        // Gone, or another one by now.
        if (!isStatus(error, 404) && !isStatus(error, 409)) throw error;
      }
    }
    return { removed, problems: [] };
  } catch (error) {
    return { removed, problems: [`placeholders stay: ${rootCause(error)}`] };
  }
}
