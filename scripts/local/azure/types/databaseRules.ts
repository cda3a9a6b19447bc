// What Azure Database for PostgreSQL (Flexible Server) refuses.
import type { Rule, WorldRule } from "../resourceType.ts";
import { type Problem, at, listAt, numberAt, textAt } from "../problem.ts";
import { parseAddress } from "./addresses.ts";
import { parentId } from "../resourceType.ts";

const one = (path: string, message: string): Problem[] => [{ path, message }];

const login: Rule = (inputs) => {
  const name = textAt(inputs, "administratorLogin");
  if (name === undefined) return [];
  const reserved = [
    "azure_superuser",
    "azuresu",
    "azure_pg_admin",
    "admin",
    "administrator",
    "root",
    "guest",
    "public",
  ];
  if (reserved.includes(name.toLowerCase()) || name.toLowerCase().startsWith("pg_")) {
    return one("administratorLogin", `${name} is reserved by the service`);
  }
  return /^[A-Za-z_]\w{0,62}$/.test(name)
    ? []
    : one("administratorLogin", `expected letters, digits and _, got ${name}`);
};

/** Says what is missing, never the password. */
const password: Rule = (inputs) => {
  const value = textAt(inputs, "administratorLoginPassword");
  if (value === undefined) return [];
  const path = "administratorLoginPassword";
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  const name = textAt(inputs, "administratorLogin");
  return [
    ...(value.length < 8 || value.length > 128
      ? one(path, `expected 8 to 128 characters, got ${value.length}`)
      : []),
    ...(kinds < 3 ? one(path, "expected three of: lower case, upper case, digits, others") : []),
    ...(name && value.toLowerCase().includes(name.toLowerCase())
      ? one(path, "contains the administrator's name")
      : []),
  ];
};

const passwordGiven: Rule = (inputs) => {
  const create = textAt(inputs, "createMode") ?? "Default";
  if (!["Default", "Create"].includes(create) || at(inputs, "authConfig.passwordAuth") === "Disabled")
    return [];
  return ["administratorLogin", "administratorLoginPassword"]
    .filter((path) => inputs[path] == null)
    .map((path) => ({ path, message: "is missing, and required for a server with passwords" }));
};

/** Price tiers and the VM sizes that each is sold on. */
const tiers: Record<string, RegExp> = {
  Burstable: /^Standard_B/,
  GeneralPurpose: /^Standard_D/,
  MemoryOptimized: /^Standard_E/,
};

const sku: Rule = (inputs) => {
  const [name, tier] = [textAt(inputs, "sku.name"), textAt(inputs, "sku.tier")];
  const pattern = tiers[tier ?? ""];
  return name && pattern && !pattern.test(name) ? one("sku.name", `${name} is not of the tier ${tier}`) : [];
};

const storage: Rule = (inputs) => {
  const size = numberAt(inputs, "storage.storageSizeGB");
  const sizes = [32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16384, 32767, 32768];
  const flexible =
    textAt(inputs, "storage.type") !== undefined && textAt(inputs, "storage.type") !== "Premium_LRS";
  return size === undefined || flexible || sizes.includes(size)
    ? []
    : one("storage.storageSizeGB", `expected one of ${sizes.join(", ")}, got ${size}`);
};

const supported = ["14", "15", "16", "17", "18"];

const version: Rule = (inputs) => {
  const value = textAt(inputs, "version");
  return value === undefined || supported.includes(value)
    ? []
    : one("version", `PostgreSQL ${value} is not supported, expected ${supported.join(", ")}`);
};

const availability: Rule = (inputs) => {
  const mode = textAt(inputs, "highAvailability.mode");
  return mode !== undefined && mode !== "Disabled" && at(inputs, "sku.tier") === "Burstable"
    ? one(
        "highAvailability.mode",
        "a Burstable server has no high availability: take GeneralPurpose, or Disabled",
      )
    : [];
};

const backup: Rule = (inputs) => {
  const days = numberAt(inputs, "backup.backupRetentionDays");
  return days !== undefined && (days < 7 || days > 35)
    ? one("backup.backupRetentionDays", `expected 7 to 35 days, got ${days}`)
    : [];
};

const network: Rule = (inputs) => {
  const given = inputs["network"] as Record<string, unknown> | undefined;
  const has = (key: string) => given?.[key] != null;
  const problems: Problem[] = [];
  if (has("delegatedSubnetResourceId") && !has("privateDnsZoneArmResourceId")) {
    problems.push(
      ...one(
        "network.privateDnsZoneArmResourceId",
        "is missing: a server in a subnet needs a private DNS zone",
      ),
    );
  }
  if (has("privateDnsZoneArmResourceId") && !has("delegatedSubnetResourceId")) {
    problems.push(
      ...one("network.delegatedSubnetResourceId", "is missing: the DNS zone is for a server in a subnet"),
    );
  }
  if (has("delegatedSubnetResourceId") && at(inputs, "network.publicNetworkAccess") === "Enabled") {
    problems.push(...one("network.publicNetworkAccess", "a server in a subnet has no public access"));
  }
  const zone = textAt(inputs, "network.privateDnsZoneArmResourceId")?.split("/").at(-1)?.toLowerCase();
  if (zone !== undefined && !zone.endsWith(".postgres.database.azure.com")) {
    problems.push(
      ...one(
        "network.privateDnsZoneArmResourceId",
        `expected a zone *.postgres.database.azure.com, got ${zone}`,
      ),
    );
  } else if (zone !== undefined && zone === `${textAt(inputs, "serverName")}.postgres.database.azure.com`) {
    problems.push(
      ...one("network.privateDnsZoneArmResourceId", "the zone cannot have the server's own name"),
    );
  }
  return problems;
};

export const serverRules: readonly Rule[] = [
  login,
  password,
  passwordGiven,
  sku,
  storage,
  version,
  availability,
  backup,
  network,
];

const delegation = "Microsoft.DBforPostgreSQL/flexibleServers";

const delegated: WorldRule = (inputs, world) => {
  const id = textAt(inputs, "network.delegatedSubnetResourceId");
  if (id === undefined) return [];
  const path = "network.delegatedSubnetResourceId";
  const subnet = world.find(id);
  if (!subnet) return one(path, `there is no subnet ${id}`);
  return listAt(subnet.inputs, "delegations").some((item) => at(item, "serviceName") === delegation)
    ? []
    : one(path, `the subnet ${id} is not delegated to ${delegation}`);
};

const linked: WorldRule = (inputs, world) => {
  const zone = textAt(inputs, "network.privateDnsZoneArmResourceId");
  const network = parentId(textAt(inputs, "network.delegatedSubnetResourceId") ?? "");
  if (zone === undefined || network === undefined) return [];
  if (!world.find(zone)) return one("network.privateDnsZoneArmResourceId", `there is no zone ${zone}`);
  const links = world
    .list("azure-native:privatedns:VirtualNetworkLink")
    .filter((link) => parentId(link.id) === zone);
  return links.some(
    (link) => textAt(link.inputs, "virtualNetwork.id")?.toLowerCase() === network.toLowerCase(),
  )
    ? []
    : one(
        "network.privateDnsZoneArmResourceId",
        `the zone is not linked to ${network}: link it before the server (dependsOn)`,
      );
};

export const serverWorldRules: readonly WorldRule[] = [delegated, linked];

export const firewallRange: Rule = (inputs) => {
  const [start, end] = ["startIpAddress", "endIpAddress"].map((path) => textAt(inputs, path));
  const problems = [start, end].flatMap((text, index) =>
    text === undefined || parseAddress(text) !== undefined
      ? []
      : one(index === 0 ? "startIpAddress" : "endIpAddress", `expected an IPv4 address, got ${text}`),
  );
  const backwards = start && end && problems.length === 0 && parseAddress(start)! > parseAddress(end)!;
  return backwards ? one("endIpAddress", `${end} is before startIpAddress ${start}`) : problems;
};

/** Firewall rules are for servers with public access. */
export const publicServer: WorldRule = (_inputs, world, id) => {
  const server = world.find(parentId(id));
  const isPrivate =
    at(server?.inputs, "network.publicNetworkAccess") === "Disabled" ||
    at(server?.inputs, "network.delegatedSubnetResourceId") !== undefined;
  return isPrivate
    ? one("", "the server has no public access, a firewall rule has no effect and is refused")
    : [];
};
