// What the volumes of a workload tie it to: a node, a zone, a single attachment.
import type {
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1PodSpec,
  V1StatefulSet,
} from "@kubernetes/client-node";
import type { KubeClient } from "../kube/client.ts";
import type { Json } from "../kube/json.ts";
import { listAll } from "../kube/list.ts";
import type { Volumes } from "../model.ts";

/** What the template alone tells. */
export function volumesWithoutClaims(spec: Json<V1PodSpec>): Volumes {
  const volumes = spec.volumes ?? [];
  return {
    emptyDir: volumes.some((volume) => volume.emptyDir !== undefined),
    local: volumes.some((volume) => volume.hostPath !== undefined),
    zones: [],
    exclusive: false,
  };
}

/** Names of the claims that the pods of a template share. */
export function claimNames(spec: Json<V1PodSpec> | undefined): string[] {
  return (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
}

/** Names of the claims that a StatefulSet makes, one per template and replica: `data-db-0`. */
export function ownClaimNames({ metadata, spec }: Json<V1StatefulSet>): string[] {
  const first = spec?.ordinals?.start ?? 0;
  return (spec?.volumeClaimTemplates ?? []).flatMap((claim) =>
    Array.from({ length: spec?.replicas ?? 1 }, (_, index) => {
      return `${claim.metadata?.name}-${metadata?.name}-${first + index}`;
    }),
  );
}

export interface Claim {
  local: boolean;
  exclusive: boolean;
  zones: string[];
}

/** `namespace/name` of a claim → what it means for the pods that use it. */
export type Claims = Map<string, Claim>;

export async function readClaims(client: KubeClient): Promise<Claims> {
  const volumes = new Map<string, Pick<Claim, "local" | "zones">>();
  await listAll(client, "/api/v1/persistentvolumes", ({ metadata, spec }: Json<V1PersistentVolume>) => {
    const local = spec?.local !== undefined || spec?.hostPath !== undefined || isTiedToNodes(spec);
    volumes.set(metadata!.name!, { local, zones: zonesOf(spec) });
    return undefined;
  });
  const claims = await listAll(
    client,
    "/api/v1/persistentvolumeclaims",
    ({ metadata, spec }: Json<V1PersistentVolumeClaim>): [string, Claim] => {
      const volume = volumes.get(spec?.volumeName ?? "") ?? { local: false, zones: [] };
      const shared = spec?.accessModes?.some((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany");
      return [`${metadata?.namespace}/${metadata?.name}`, { ...volume, exclusive: !shared }];
    },
  );
  return new Map(claims);
}

export function addClaims(volumes: Volumes, used: Claim[]): Volumes {
  return {
    ...volumes,
    local: volumes.local || used.some(({ local }) => local),
    zones: [...new Set(used.flatMap(({ zones }) => zones))],
    exclusive: used.some(({ exclusive }) => exclusive),
  };
}

/** What the volume's driver demands of a node. */
const demands = (spec: Json<V1PersistentVolume>["spec"]) =>
  (spec?.nodeAffinity?.required?.nodeSelectorTerms ?? []).flatMap((term) => term.matchExpressions ?? []);

/** Each cloud's driver has a key of its own beside the common one: `topology.disk.csi.azure.com/zone`. */
const isZone = (key: string) => /[/-]zone$/.test(key);
const isRegion = (key: string) => /[/-]region$/.test(key);

/** An empty zone is that of a disk without one. */
function zonesOf(spec: Json<V1PersistentVolume>["spec"]): string[] {
  return demands(spec)
    .filter(({ key, operator }) => isZone(key) && operator === "In")
    .flatMap(({ values }) => values ?? [])
    .filter((zone) => zone !== "");
}

/** A driver that keeps data on the nodes' own disks: `kubernetes.io/hostname`, `topology.topolvm.io/node`. */
function isTiedToNodes(spec: Json<V1PersistentVolume>["spec"]): boolean {
  return demands(spec).some(({ key }) => !isZone(key) && !isRegion(key));
}
