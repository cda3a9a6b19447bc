// Finds what has something of ours on it.
import type { KubeClient } from "../kube/client.ts";
import { listAll } from "../kube/list.ts";
import { workloadLists } from "../kube/workloadPath.ts";
import type { WorkloadRef } from "../model.ts";
import { type Released, isMade, tracesOn } from "./traces.ts";

export interface Traced {
  workload: WorkloadRef;
  object: Released;
}

export const isOwned = ({ object }: Traced): boolean => isMade(object);

/** @param namespaces missing: all of the cluster */
export async function listTraced(
  client: KubeClient,
  namespaces: readonly string[] | undefined,
): Promise<Traced[]> {
  const folders = namespaces?.map((name) => `/apis/apps/v1/namespaces/${name}`) ?? ["/apis/apps/v1"];
  const found = await Promise.all(
    folders.flatMap((folder) =>
      workloadLists.map(([kind, plural]) => listAll(client, `${folder}/${plural}`, readerOf(kind))),
    ),
  );
  return found.flat();
}

function readerOf(kind: string): (object: Released) => Traced | undefined {
  return (object) => {
    if (!hasTraces(object)) return undefined;
    const { namespace, name } = object.metadata;
    return { workload: { kind, namespace, name }, object };
  };
}

/** Whatever somebody wrote into one object, the others are released. */
function hasTraces(object: Released): boolean {
  try {
    return tracesOn(object).length > 0;
  } catch {
    return false;
  }
}
