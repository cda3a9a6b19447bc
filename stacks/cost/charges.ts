// What Azure bills for a resource, read from the resource's own inputs.
import type { Charge, Meter, Range, RecordedResource } from "./model.ts";

type Inputs = Record<string, unknown>;

const text = (value: unknown, otherwise: string) => (typeof value === "string" ? value : otherwise);
const amount = (value: unknown, otherwise: number) => (typeof value === "number" ? value : otherwise);
const object = (value: unknown) => (typeof value === "object" && value !== null ? (value as Inputs) : {});
const exactly = (count: number): Range => ({ min: count, max: count });

/** So many of them all month; one, unless told otherwise. */
const each = (meter: Meter, key: string, item: string, count: Range = exactly(1)): Charge => {
  return { item, meter, key, count };
};

/** Managed disks are billed by tier, the next larger one: https://learn.microsoft.com/azure/virtual-machines/disks-types */
export function diskTier(family: "P" | "E", gibibytes: number): string {
  const tiers = [[4, 1], [8, 2], [16, 3], [32, 4], [64, 6], [128, 10], [256, 15], [512, 20], [1024, 30]] as const; // prettier-ignore
  const tier = tiers.find(([size]) => gibibytes <= size);
  return tier === undefined ? `${family}>1TiB` : `${family}${tier[1]}`;
}

/** The machines of a node pool and their disks. */
function nodes(pool: Inputs): Charge[] {
  const size = text(pool["vmSize"], "unknown size");
  const fixed = amount(pool["count"], 1);
  const count =
    pool["enableAutoScaling"] === true
      ? { min: amount(pool["minCount"], fixed), max: amount(pool["maxCount"], fixed) }
      : exactly(fixed);
  const spot = pool["scaleSetPriority"] === "Spot";
  // AKS: 0 or nothing is a disk of 128 GiB; sizes with "s" get premium disks.
  const disk = diskTier("P", amount(pool["osDiskSizeGB"], 0) || 128);
  return [
    { ...each("vmHour", size, `${size} node`, count), ...(spot && { spot }) },
    ...(pool["osDiskType"] === "Ephemeral" ? [] : [each("diskMonth", disk, `${disk} disk of a node`, count)]),
  ];
}

/** The control plane, the pools inside, and the load balancer that AKS makes for egress and for public Services. */
function cluster(inputs: Inputs): Charge[] {
  const tier = text(object(inputs["sku"])["tier"], "Free");
  const pools = Array.isArray(inputs["agentPoolProfiles"]) ? inputs["agentPoolProfiles"].map(object) : [];
  const egress = text(object(inputs["networkProfile"])["outboundType"], "loadBalancer");
  return [
    ...(tier === "Free" ? [] : [each("clusterHour", tier, `control plane, ${tier} tier`)]),
    ...pools.flatMap(nodes),
    each("loadBalancerHour", "Standard", "load balancer"),
    { item: "GB through the load balancer", meter: "trafficGb", key: "loadBalancer" },
    ...(egress === "loadBalancer" ? publicIp() : []),
  ];
}

const publicIp = (): Charge[] => [each("publicIpHour", "Standard", "public IP address")];

/** Compute and storage, twice with a standby. Backups are free up to the storage's size; a copy elsewhere is not. */
function postgres(inputs: Inputs): Charge[] {
  const size = text(object(inputs["sku"])["name"], "unknown size");
  const servers = text(object(inputs["highAvailability"])["mode"], "Disabled") === "Disabled" ? 1 : 2;
  const storage = amount(object(inputs["storage"])["storageSizeGB"], 32);
  return [
    each("postgresHour", size, `${size} server`, exactly(servers)),
    each("postgresStorageGb", "Premium", "GiB of storage", exactly(servers * storage)),
    ...(object(inputs["backup"])["geoRedundantBackup"] === "Enabled"
      ? [{ item: "GB of backups in the paired region", meter: "backupGb", key: "GeoRedundant" } as const]
      : []),
  ];
}

const daysPerMonth = 730 / 24;

/** A workspace is billed by what it takes in, which only a daily quota bounds. */
function workspace(inputs: Inputs): Charge[] {
  const quota = amount(object(inputs["workspaceCapping"])["dailyQuotaGb"], -1);
  const bound = quota < 0 ? {} : { count: { min: 0, max: quota * daysPerMonth } };
  return [{ item: "GB of logs taken in", meter: "logGb", key: "Analytics", ...bound }];
}

function volume(inputs: Inputs): Charge[] {
  const requested = text(object(object(object(inputs["spec"])["resources"])["requests"])["storage"], "");
  const gibibytes = Number(/^(\d+)Gi$/.exec(requested)?.[1] ?? Number.NaN);
  // AKS's default storage class is Standard SSD.
  const tier = Number.isNaN(gibibytes) ? "unknown size" : diskTier("E", gibibytes);
  return [each("diskMonth", tier, `${tier} disk`)];
}

const rules: Record<string, (inputs: Inputs) => Charge[]> = {
  "azure-native:containerservice:ManagedCluster": cluster,
  "azure-native:containerservice:AgentPool": nodes,
  "azure-native:containerregistry:Registry": ({ sku }) => {
    const tier = text(object(sku)["name"], "Basic");
    return [each("registryDay", tier, `${tier} registry`)];
  },
  "azure-native:network:PublicIPAddress": publicIp,
  "azure-native:network:NatGateway": () => [
    each("natGatewayHour", "Standard", "NAT gateway"),
    { item: "GB through the NAT gateway", meter: "trafficGb", key: "natGateway" },
  ],
  "azure-native:dbforpostgresql:Server": postgres,
  "azure-native:privatedns:PrivateZone": () => [each("dnsZoneMonth", "Private", "private DNS zone")],
  "azure-native:operationalinsights:Workspace": workspace,
  "kubernetes:core/v1:Service": ({ spec }) => (object(spec)["type"] === "LoadBalancer" ? publicIp() : []),
  "kubernetes:core/v1:PersistentVolumeClaim": volume,
};

/** Resource types that Azure does not bill by themselves. */
const free =
  /^azure-native:(resources:|authorization:|managedidentity:|consumption:|monitor:DiagnosticSetting$|network:(VirtualNetwork|Subnet|NetworkSecurityGroup)$|containerservice:MaintenanceConfiguration$|containerregistry:CacheRule$|dbforpostgresql:(Configuration|Database|FirewallRule)$|privatedns:VirtualNetworkLink$)/;

/** `azure-native:network/v20240101:Subnet` is the type of `azure-native:network:Subnet`, at a fixed API version. */
const withoutVersion = (type: string) => type.replace(/^(azure-native:\w+)\/v\d+\w*:/, "$1:");

/** What is billed for a resource, or undefined for an Azure type that has no rule here. */
export function chargesOf({ type, inputs }: RecordedResource): Charge[] | undefined {
  const token = withoutVersion(type);
  const rule = rules[token];
  if (rule) return rule(inputs);
  return token.startsWith("azure-native:") && !free.test(token) ? undefined : [];
}
