// Azure Database for PostgreSQL: flexible servers, each a real PostgreSQL here.
import { isSame, lastName, parentId } from "../ids.ts";
import { type Inputs, at, given, listAt, numberAt, textAt } from "../problem.ts";
import type { ResourceType, Rule, WorldRule } from "../resourceType.ts";
import { between, oneOf, refuse, refuseText, required, wrong } from "../rules.ts";

const reserved = /^(azure_superuser|azuresu|azure_pg_admin|admin|administrator|root|guest|public|pg_.*)$/i;

const login = "administratorLogin";
const password = "administratorLoginPassword";
const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/];

/** Says what is missing, never the password. https://learn.microsoft.com/rest/api/postgresql/servers/create-or-update */
const account: readonly Rule[] = [
  required(login),
  required(password),
  refuseText(login, (name) => reserved.test(name) && `${name} is reserved by the service`),
  refuseText(login, (name) => !/^[A-Za-z_]\w{0,62}$/.test(name) && "expected letters, digits and _"),
  refuseText(
    password,
    (text) =>
      ([...text].length < 8 || text.length > 128) && `expected 8 to 128 characters, got ${text.length}`,
  ),
  refuseText(
    password,
    (text) =>
      kinds.filter((kind) => kind.test(text)).length < 3 &&
      "expected three of: lower case, upper case, digits, others",
  ),
  refuseText(password, (text, inputs) => {
    const name = textAt(inputs, login)?.toLowerCase();
    return name && text.toLowerCase().includes(name) && "contains the administrator's name";
  }),
];

/** Price tiers and the VM sizes that each is sold on: https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-compute */
const tiers: Record<string, RegExp> = {
  Burstable: /^Standard_B/,
  GeneralPurpose: /^Standard_D/,
  MemoryOptimized: /^Standard_E/,
};

/** GiB of Premium SSD: https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-storage */
const diskSizes = [32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16384, 32767, 32768];

const sizes: readonly Rule[] = [
  refuseText("sku.name", (name, inputs) => {
    const tier = textAt(inputs, "sku.tier") ?? "";
    return tiers[tier]?.test(name) === false && `${name} is not of the tier ${tier}`;
  }),
  oneOf("storage.storageSizeGB", diskSizes),
  refuseText(
    "version",
    (version) => !/^1[4-8]$/.test(version) && `PostgreSQL ${version} is not supported, expected 14 to 18`,
  ),
  // https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-high-availability
  refuseText(
    "highAvailability.mode",
    (mode, inputs) =>
      at(inputs, "sku.tier") === "Burstable" &&
      mode !== "Disabled" &&
      "a Burstable server has no high availability: take GeneralPurpose, or Disabled",
  ),
  between("backup.backupRetentionDays", 7, 35, " days"),
];

const subnetPath = "network.delegatedSubnetResourceId";
const zonePath = "network.privateDnsZoneArmResourceId";
const domain = ".postgres.database.azure.com";

/** https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-networking-private */
const network: readonly Rule[] = [
  refuse(
    zonePath,
    (inputs) =>
      given(inputs, subnetPath) &&
      !given(inputs, zonePath) &&
      "is missing: a server in a subnet needs a private DNS zone",
  ),
  refuse(
    subnetPath,
    (inputs) =>
      given(inputs, zonePath) &&
      !given(inputs, subnetPath) &&
      "is missing: the DNS zone is for a server in a subnet",
  ),
  refuseText(
    "network.publicNetworkAccess",
    (access, inputs) =>
      given(inputs, subnetPath) && access === "Enabled" && "a server in a subnet has no public access",
  ),
  refuseText(zonePath, (zone, inputs) => {
    const name = lastName(zone).toLowerCase();
    if (!name.endsWith(domain)) return `expected a zone *${domain}, got ${name}`;
    return (
      name === `${textAt(inputs, "serverName")}${domain}` && "the zone cannot have the server's own name"
    );
  }),
];

const delegation = "Microsoft.DBforPostgreSQL/flexibleServers";

const delegated: WorldRule = (inputs, world) => {
  const id = textAt(inputs, subnetPath);
  if (id === undefined) return [];
  const subnet = world.find(id);
  if (!subnet) return wrong(subnetPath, `there is no subnet ${id}`);
  const isDelegated = listAt(subnet.inputs, "delegations").some(
    (item) => at(item, "serviceName") === delegation,
  );
  return wrong(subnetPath, !isDelegated && `the subnet ${id} is not delegated to ${delegation}`);
};

/** hashicorp/terraform-provider-azurerm#24549 */
const linked: WorldRule = (inputs, world) => {
  const [zone, network] = [textAt(inputs, zonePath), parentId(textAt(inputs, subnetPath) ?? "")];
  if (zone === undefined || network === undefined) return [];
  if (!world.find(zone)) return wrong(zonePath, `there is no zone ${zone}`);
  const isLinked = world
    .list("azure-native:privatedns:VirtualNetworkLink")
    .some(
      (link) => isSame(parentId(link.id), zone) && isSame(network, textAt(link.inputs, "virtualNetwork.id")),
    );
  return wrong(
    zonePath,
    !isLinked && `the zone is not linked to ${network}: link it before the server (dependsOn)`,
  );
};

/** What is there may have grown by itself: https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-storage */
const neverSmaller: WorldRule = (inputs, world, id) => {
  const path = "storage.storageSizeGB";
  const has = numberAt(world.find(id)?.outputs, path) ?? 0;
  const asked = numberAt(inputs, path) ?? has;
  return wrong(
    path,
    asked < has && `the disk has ${has} GiB, also by auto-grow, and cannot shrink to ${asked}`,
  );
};

/** Performance tiers of Premium SSD by size: https://learn.microsoft.com/azure/virtual-machines/disks-change-performance */
const tierOf = (gibibytes: number): string => {
  const tiers = { 32: "P4", 64: "P6", 128: "P10", 256: "P15", 512: "P20", 1024: "P30" };
  return (tiers as Record<number, string>)[gibibytes] ?? "P40";
};

/** The disk as a GET has it. */
const disk = (storage: Inputs | undefined, size: number): Inputs => ({
  type: "Premium_LRS",
  autoGrow: "Disabled",
  ...storage,
  storageSizeGB: size,
  tier: tierOf(size),
});

const storageOf = (properties: Inputs) => at(properties, "storage") as Inputs | undefined;

/** Azure picks the zones, and says so. */
const zonesOf = (inputs: Inputs): Inputs => ({
  availabilityZone: textAt(inputs, "availabilityZone") ?? "1",
  ...(textAt(inputs, "highAvailability.mode") === "ZoneRedundant" && {
    highAvailability: {
      standbyAvailabilityZone: "2",
      ...(at(inputs, "highAvailability") as Inputs),
      state: "Healthy",
    },
  }),
});

export const server: ResourceType = {
  token: "azure-native:dbforpostgresql:Server",
  apiVersion: "2025-08-01",
  path: "/resourceGroups/{resourceGroupName}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{serverName}",
  model: { package: "arm-postgresql-flexible", model: "Server" },
  billed: true,
  policies: ["no-public-database", "protected-database"],
  createOnly: [login, "version", subnetPath, "backup.geoRedundantBackup"],
  writeOnly: [password],
  rules: [...account, ...sizes, ...network],
  worldRules: [delegated, linked, neverSmaller],
  outputs: (inputs) => ({
    storage: disk(storageOf(inputs), numberAt(inputs, "storage.storageSizeGB") ?? 32),
    ...zonesOf(inputs),
    state: "Ready",
    version: textAt(inputs, "version") ?? "17",
    replicationRole: "Primary",
  }),
  apply: async ({ id, inputs, machines }) => {
    const { host, minorVersion } = await machines.applyServer({
      id,
      name: lastName(id),
      administratorLogin: textAt(inputs, login)!,
      administratorPassword: textAt(inputs, password),
      version: textAt(inputs, "version") ?? "17",
    });
    return { fullyQualifiedDomainName: host, minorVersion };
  },
  // A disk that fills doubles; a failover swaps the zones.
  age: ({ outputs }) => {
    const [size, zone] = [numberAt(outputs, "storage.storageSizeGB")!, textAt(outputs, "availabilityZone")];
    const standby = textAt(outputs, "highAvailability.standbyAvailabilityZone");
    return {
      ...(at(outputs, "storage.autoGrow") === "Enabled" && { storage: disk(storageOf(outputs), 2 * size) }),
      ...(standby !== undefined && {
        availabilityZone: standby,
        highAvailability: { ...(at(outputs, "highAvailability") as Inputs), standbyAvailabilityZone: zone },
      }),
    };
  },
  remove: (resource, machines) => machines.deleteServer(resource.id),
};
