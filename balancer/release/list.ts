// Finds what has something of ours on it.
import type { KubeClient } from "../kube/client.ts";
import { listAll } from "../kube/list.ts";
import { workloadLists } from "../kube/workloadPath.ts";
import { type WorkloadRef, workloadRef } from "../model.ts";
import { orElse } from "../observe/guard.ts";
import { type Released, tracesOn } from "./traces.ts";

export interface Traced {
  workload: WorkloadRef;
  object: Released;
}

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

/** Whatever somebody wrote into one object, the others are released. */
const readerOf =
  (kind: string) =>
  (object: Released): Traced | undefined =>
    orElse(false, () => tracesOn(object).length > 0)
      ? { workload: workloadRef({ kind, ...object.metadata }), object }
      : undefined;
