// PersistentVolumes and the claims that are bound to them.
import type { V1PersistentVolume, V1PersistentVolumeClaim } from "@kubernetes/client-node";
import type { KubeClient } from "../kube/client.ts";
import type { Json } from "../kube/json.ts";
import { listAll } from "../kube/list.ts";
import type { Requirement } from "../model.ts";
import { guarded } from "./guard.ts";
import { requirement } from "./selectors.ts";
import { listOf } from "./shapes.ts";

export interface Claim {
  /** Its data lies on a node. */
  local: boolean;
  /** One node at a time (ReadWriteOnce, ReadWriteOncePod). */
  exclusive: boolean;
  zones: string[];
  /** What else its driver demands of a node's labels: Hetzner's `csi.hetzner.cloud/location`. */
  demands?: Requirement[];
  /** CSI driver that attaches its volume. */
  driver?: string;
  /** Why no other pod will get it, though one still has it: `claim data is being deleted`. */
  ending?: string;
  /** What of it, or of its volume, cannot be read. */
  fault?: string;
}

type VolumeFacts = Omit<Claim, "exclusive" | "ending">;

const unbound: VolumeFacts = { local: false, zones: [] };

export class Claims {
  private readonly byName = new Map<string, Claim>();
  /** Of volumes that nobody has claimed, so that a claim of the class may still get one. */
  readonly unclaimed = new Set<string>();
  private readonly byPrefix = new Map<string, { ordinal: number; claim: Claim }[]>();

  add(namespace: string, name: string, claim: Claim): void {
    this.byName.set(`${namespace}/${name}`, claim);
    const [, prefix, digits] = /^(.*-)(\d{1,10})$/.exec(name) ?? [];
    if (!prefix) return;
    const key = `${namespace}/${prefix}`;
    const numbered = this.byPrefix.get(key);
    if (numbered) numbered.push({ ordinal: Number(digits), claim });
    else this.byPrefix.set(key, [{ ordinal: Number(digits), claim }]);
  }

  named(namespace: string, name: string): Claim | undefined {
    return this.byName.get(`${namespace}/${name}`);
  }

  /** Those whose names are the prefix and a number: however many replicas there may be, only what exists is looked at. */
  numbered(namespace: string, prefix: string): { ordinal: number; claim: Claim }[] {
    return this.byPrefix.get(`${namespace}/${prefix}`) ?? [];
  }
}

export async function readClaims(client: KubeClient): Promise<Claims> {
  const volumes = new Map<string, VolumeFacts>();
  const claims = new Claims();
  await listAll(
    client,
    "/api/v1/persistentvolumes",
    guarded<Json<V1PersistentVolume>, undefined>(
      (raw) => {
        volumes.set(raw.metadata!.name!, volumeFacts(raw));
        const { spec, status } = raw;
        if (status?.phase === "Available" && spec?.storageClassName)
          claims.unclaimed.add(spec.storageClassName);
      },
      ({ metadata: { name } }, why) =>
        void volumes.set(name, { ...unbound, fault: `volume ${name} cannot be read: ${why}` }),
    ),
  );
  await listAll(
    client,
    "/api/v1/persistentvolumeclaims",
    guarded<Json<V1PersistentVolumeClaim>, undefined>(
      ({ metadata, spec, status }) => {
        const volume = volumes.get(spec?.volumeName ?? "") ?? unbound;
        const end = endOf(metadata?.deletionTimestamp, status?.phase);
        const modes = listOf(spec?.accessModes, "accessModes");
        const exclusive = !modes.some((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany");
        const ending = end && { ending: `claim ${metadata!.name} ${end}` };
        claims.add(metadata!.namespace!, metadata!.name!, { ...volume, exclusive, ...ending });
      },
      ({ metadata: { namespace, name } }, why) => {
        const fault = `claim ${name} cannot be read: ${why}`;
        claims.add(namespace, name, { ...unbound, exclusive: true, fault });
      },
    ),
  );
  return claims;
}

/** The pod that has it keeps it (`kubernetes.io/pvc-protection`), and each later one waits for ever (kubernetes/kubernetes#89910). */
function endOf(deletion: string | undefined, phase: string | undefined): string | undefined {
  if (deletion !== undefined) return "is being deleted";
  return phase === "Lost" ? "has lost its volume" : undefined;
}

function volumeFacts({ metadata, spec }: Json<V1PersistentVolume>): VolumeFacts {
  const driver = driverOf(spec);
  const others = otherDemands(spec);
  return {
    local: spec?.local !== undefined || spec?.hostPath !== undefined || isTiedToNodes(spec),
    zones: zonesOf(spec) ?? labeledZones(metadata?.labels),
    ...(others.length > 0 && { demands: others }),
    ...(driver !== undefined && { driver }),
  };
}

type VolumeSpec = Json<V1PersistentVolume>["spec"];

/** Volumes of the kinds that were built in once are attached by these (CSI migration), and counted as theirs. */
function driverOf(spec: VolumeSpec): string | undefined {
  if (spec?.csi) return spec.csi.driver;
  if (spec?.azureDisk) return "disk.csi.azure.com";
  if (spec?.awsElasticBlockStore) return "ebs.csi.aws.com";
  if (spec?.gcePersistentDisk) return "pd.csi.storage.gke.io";
  return undefined;
}

/** What the volume's driver demands of a node. */
const demands = (spec: VolumeSpec) =>
  listOf(spec?.nodeAffinity?.required?.nodeSelectorTerms, "nodeSelectorTerms").flatMap((term) =>
    listOf(term.matchExpressions, "matchExpressions"),
  );

/**
 * Each cloud's driver has a key of its own beside the common one: `topology.disk.csi.azure.com/zone`; that of DigitalOcean
 * is `region` alone (digitalocean/csi-digitalocean, `driver/node.go`).
 */
export const isZone = (key: string) => /(^|[/-])zone$/.test(key);
const isRegion = (key: string) => /(^|[/-])region$/.test(key);
/** `kubernetes.io/hostname`, `topology.topolvm.io/node`, `openebs.io/nodename`, `linbit.com/hostname`. */
const isNode = (key: string) => /(^|[/.-])(host|node)([-_]?(name|id))?$/i.test(key);

/** An empty zone is that of a disk without one: `otherDemands`. Undefined: it demands none. */
function zonesOf(spec: VolumeSpec): string[] | undefined {
  const zonal = demands(spec).filter(({ key, operator }) => isZone(key) && operator === "In");
  if (zonal.length === 0) return undefined;
  return zonal.flatMap(({ values }) => listOf(values, "values")).filter((zone) => zone !== "");
}

/**
 * The scheduler's VolumeZone goes by labels of the volume: those of built-in kinds, and those made by hand. Several
 * zones are one value, `a__b` (`k8s.io/cloud-provider/volume/helpers`).
 */
function labeledZones(labels: Readonly<Record<string, string>> | undefined): string[] {
  const value = labels?.["topology.kubernetes.io/zone"] ?? labels?.["failure-domain.beta.kubernetes.io/zone"];
  return (value ?? "").split("__").filter((zone) => zone !== "");
}

/** A driver that keeps data on the nodes' own disks; so it is taken, too, where it names several sets of nodes. */
function isTiedToNodes(spec: VolumeSpec): boolean {
  return demands(spec).some(({ key }) => isNode(key) || (!isOneTerm(spec) && !isZone(key) && !isRegion(key)));
}

/** Several are alternatives. */
const isOneTerm = (spec: VolumeSpec): boolean =>
  listOf(spec?.nodeAffinity?.required?.nodeSelectorTerms, "nodeSelectorTerms").length === 1;

/**
 * Larger than a node, and no zone: a location, a rack, an operating system. And to be in no zone: Azure attaches a disk
 * without one only to machines without one (kubernetes/kubernetes#97080), which its driver labels with an empty zone too.
 */
function otherDemands(spec: VolumeSpec): Requirement[] {
  if (isTiedToNodes(spec)) return [];
  const isUnzoned = (values: string[] | undefined) => listOf(values, "values").join() === "";
  return demands(spec)
    .filter(({ key, values }) => !isRegion(key) && (!isZone(key) || (isOneTerm(spec) && isUnzoned(values))))
    .map(requirement);
}
