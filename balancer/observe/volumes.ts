// What the volumes of a workload tie it to: a node, a zone, a single attachment.
import type { V1PodSpec, V1StatefulSet, V1Volume } from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import type { Attachments, Labels, Volumes, Workload } from "../model.ts";
import type { Claim, Claims } from "./claims.ts";
import type { StorageClasses } from "./storageClasses.ts";
import { countOf, listOf } from "./shapes.ts";

const safeToEvict = "cluster-autoscaler.kubernetes.io/safe-to-evict";

/**
 * What the template alone tells. What of a node may be left behind is said to the autoscaler: all of it, or by the volumes' names
 * (kubernetes/autoscaler#3947), be it scratch data or a path of the host, such as its certificates
 * (kubernetes-retired/contrib#1162); a generic ephemeral volume ends with its pod as well.
 */
export function volumesWithoutClaims(spec: Json<V1PodSpec>, annotations?: Labels | null): Volumes {
  const volumes = listOf(spec.volumes, "volumes");
  const mayGo = String(annotations?.[`${safeToEvict}-local-volumes`] ?? "").split(/\s*,\s*/);
  const kept =
    annotations?.[safeToEvict] === "true" ? [] : volumes.filter(({ name }) => !mayGo.includes(name));
  return {
    emptyDir: kept.some(({ emptyDir, ephemeral }) => emptyDir ?? ephemeral),
    local: kept.some(({ hostPath }) => hostPath !== undefined),
    zones: [],
    exclusive: volumes.some(isDiskByName),
  };
}

/**
 * A disk that the template names itself, without a claim, is attached to one node at a time all the same
 * (Azure/AKS#1919): those that the scheduler's VolumeRestrictions or the attach controller holds to that.
 */
function isDiskByName(volume: Json<V1Volume>): boolean {
  const { azureDisk, awsElasticBlockStore, cinder, vsphereVolume } = volume;
  const { gcePersistentDisk, iscsi, rbd, fc } = volume;
  const many = [gcePersistentDisk, iscsi, rbd, fc].some((disk) => disk && disk.readOnly !== true);
  return many || [azureDisk, awsElasticBlockStore, cinder, vsphereVolume].some(Boolean);
}

/** Claims that a workload uses; looked up once all workloads are known. */
export interface ClaimNames {
  /** Of the claims that the pods of a template share. */
  shared: string[];
  /** Of those that a StatefulSet makes, one per template and replica: `data-db-0`. Counted, not listed: 2^31 replicas are valid. */
  perReplica: { prefix: string; first: number; count: number }[];
  /** StorageClasses of those that each pod makes anew (generic ephemeral volumes); `null`: the default one. Missing: none. */
  fresh?: (string | null)[];
}

export const noClaims: ClaimNames = { shared: [], perReplica: [] };

export function sharedClaims(spec: Json<V1PodSpec> | undefined): string[] {
  return listOf(spec?.volumes, "volumes").flatMap(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
  );
}

/** Of a template. */
export const claimsOf = (spec: Json<V1PodSpec> | undefined): ClaimNames => ({
  shared: sharedClaims(spec),
  perReplica: [],
  ...freshClaims(spec),
});

/** An empty name asks for no class, but for a volume that is there. */
export function freshClaims(spec: Json<V1PodSpec> | undefined): Pick<ClaimNames, "fresh"> {
  const fresh = listOf(spec?.volumes, "volumes").flatMap(({ ephemeral }) => {
    const name = ephemeral && (ephemeral.volumeClaimTemplate?.spec?.storageClassName ?? null);
    return name === undefined || name === "" ? [] : [name];
  });
  return fresh.length > 0 ? { fresh } : {};
}

/** Claims of one pod, those that it made for itself (generic ephemeral volumes) included. */
export function podClaims(spec: Json<V1PodSpec>, pod: string): string[] {
  return listOf(spec.volumes, "volumes").flatMap(({ name, persistentVolumeClaim, ephemeral }) =>
    persistentVolumeClaim ? persistentVolumeClaim.claimName : ephemeral ? `${pod}-${name}` : [],
  );
}

/** Of volumes that the pod itself describes: secrets, certificates, agents' files. */
export function inlineDrivers(spec: Json<V1PodSpec>): string[] {
  return listOf(spec.volumes, "volumes").flatMap(({ csi }) => csi?.driver ?? []);
}

export function ownClaims({ metadata, spec }: Json<V1StatefulSet>): ClaimNames["perReplica"] {
  const first = countOf(spec?.ordinals?.start, "ordinals.start", 0);
  const count = countOf(spec?.replicas, "replicas", 1);
  return listOf(spec?.volumeClaimTemplates, "volumeClaimTemplates").map((claim) => {
    return { prefix: `${claim.metadata?.name}-${metadata?.name}-`, first, count };
  });
}

/** @throws Error that names the claim which cannot be read */
export function bindClaims(
  workload: Workload,
  names: ClaimNames,
  claims: Claims,
  classes?: StorageClasses,
): Volumes {
  const { namespace, replicas, template } = workload;
  const fresh = (names.fresh ?? []).flatMap((name) => classes?.claimOf(name, claims) ?? []);
  const shared = [...names.shared.flatMap((name) => claims.named(namespace, name) ?? []), ...fresh];
  const byOrdinal = new Map<number, Claim[]>();
  for (const { prefix, first, count } of names.perReplica) {
    for (const { ordinal, claim } of claims.numbered(namespace, prefix)) {
      if (ordinal < first || ordinal >= first + count) continue;
      byOrdinal.set(ordinal, [...(byOrdinal.get(ordinal) ?? []), claim]);
    }
  }
  const own = [...byOrdinal.values()].flat();
  const all = [...shared, ...own];
  const faulty = all.find(({ fault }) => fault !== undefined);
  if (faulty) throw new Error(faulty.fault);

  const together = commonZones(shared);
  const ofReplicas = [...byOrdinal.values()].map((each) => commonZones([...shared, ...each]));
  const zonal = ofReplicas.filter((zones) => zones.length > 0);
  const zones = zonal.length > 0 ? [...new Set(zonal.flat())] : together;
  const isApart = new Set(zonal.map((each) => each.toSorted().join())).size > 1;
  const demands = new Map(
    all.flatMap((claim) => claim.demands ?? []).map((each) => [JSON.stringify(each), each]),
  );
  // Replicas whose volumes are in different places stay where they are.
  const isTorn = new Set([...demands.values()].map(({ key }) => key)).size < demands.size;
  // A pod runs on without its claim, and no other one is scheduled (kubernetes/kubernetes#27198).
  const gone = names.shared.find((name) => !claims.named(namespace, name));
  const ending = gone === undefined ? all.find((claim) => claim.ending)?.ending : `claim ${gone} is gone`;
  const attachments = attachmentsOf([...shared, ...largest([...byOrdinal.values()])]);
  return {
    ...template.volumes,
    local: template.volumes.local || isTorn || all.some(({ local }) => local),
    zones,
    ...(demands.size > 0 && { demands: [...demands.values()] }),
    ...(isApart && { zonesByReplica: zonal }),
    exclusive: template.volumes.exclusive || all.some(({ exclusive }) => exclusive),
    ...(ending !== undefined && { ending }),
    // Claims of its own each pod lets go of before the next one starts; of this one the others do not.
    ...(workload.kind === "StatefulSet" &&
      replicas > 1 &&
      shared.some(({ exclusive }) => exclusive) && { shared: true }),
    ...(attachments && { attachments }),
  };
}

/** No zone has this name, so what asks for it fits nowhere: its claims are bound in different zones. */
const nowhere = "(its volumes are in different zones)";

/** Zones in which all of these can be used; empty: any. */
function commonZones(claims: Claim[]): string[] {
  const zonal = claims.map(({ zones }) => zones).filter((zones) => zones.length > 0);
  if (zonal.length === 0) return [];
  const common = zonal.reduce((a, b) => a.filter((zone) => b.includes(zone)));
  return common.length > 0 ? common : [nowhere];
}

function largest(lists: Claim[][]): Claim[] {
  return lists.reduce((most, each) => (each.length > most.length ? each : most), []);
}

/** Of claims that are bound to a volume that some driver attaches. */
export function attachmentsOf(claims: Claim[]): Attachments | undefined {
  let attachments: Map<string, number> | undefined;
  for (const { driver } of claims) {
    if (driver === undefined) continue;
    attachments ??= new Map();
    attachments.set(driver, (attachments.get(driver) ?? 0) + 1);
  }
  return attachments;
}
