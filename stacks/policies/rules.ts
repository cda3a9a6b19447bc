// What must hold of every resource that a stack declares, whatever its configuration says. Pure.
import type { DeclaredResource, Rule } from "./model.ts";

type Inputs = Record<string, unknown>;

export const types = {
  cluster: "azure-native:containerservice:ManagedCluster",
  agentPool: "azure-native:containerservice:AgentPool",
  registry: "azure-native:containerregistry:Registry",
  server: "azure-native:dbforpostgresql:Server",
  database: "azure-native:dbforpostgresql:Database",
  firewallRule: "azure-native:dbforpostgresql:FirewallRule",
  lock: "azure-native:authorization:ManagementLockByScope",
} as const;

/** Azure types that have no tags, as Microsoft's models say; a test holds this list against them. */
export const tagless = new Set(
  [
    "authorization:ManagementLockByScope",
    "authorization:RoleAssignment",
    "consumption:Budget",
    "containerregistry:CacheRule",
    "containerservice:MaintenanceConfiguration",
    "dbforpostgresql:Configuration",
    "dbforpostgresql:Database",
    "dbforpostgresql:FirewallRule",
    "managedidentity:FederatedIdentityCredential",
    "monitor:DiagnosticSetting",
    "network:Subnet",
  ].map((type) => `azure-native:${type}`),
);

/** What bills and questions are sorted by. */
const neededTags = ["project", "environment", "layer", "managed-by"];

const object = (value: unknown): Inputs =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Inputs) : {};

const show = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));

/** Complains unless an input is exactly `wanted`; an input that is not stated plainly cannot be told to be. */
const expect = (inputs: Inputs, path: string, wanted: unknown): string[] => {
  const got = path.split(".").reduce<unknown>((value, key) => object(value)[key], inputs);
  return got === wanted ? [] : [`${path}: expected ${show(wanted)}, got ${show(got)}`];
};

const missingTags = (tags: unknown, path: string): string[] =>
  neededTags
    .filter((tag) => !object(tags)[tag])
    .map((tag) => `${path}.${tag}: expected a value, got ${show(object(tags)[tag])}`);

/** The pools inside of a cluster. */
const inlinePools = ({ type, inputs }: DeclaredResource): Inputs[] =>
  type === types.cluster && Array.isArray(inputs["agentPoolProfiles"])
    ? inputs["agentPoolProfiles"].map(object)
    : [];

const isSpot = (pool: Inputs) => pool["scaleSetPriority"] === "Spot";

export const rules: Rule[] = [
  {
    name: "no-public-database",
    check: ({ type, inputs }, profile) => {
      if (profile === "dev") return [];
      if (type === types.firewallRule) return ["expected no firewall rule, as no database is public"];
      return type === types.server ? expect(inputs, "network.publicNetworkAccess", "Disabled") : [];
    },
  },
  {
    name: "no-open-firewall",
    check: ({ type, inputs: { startIpAddress: start } }) =>
      type === types.firewallRule && String(start).startsWith("0.")
        ? [`startIpAddress: expected an address of your own, got ${show(start)}`]
        : [],
  },
  {
    name: "no-local-accounts",
    check: ({ type, inputs }, profile) => {
      if (type === types.registry) return expect(inputs, "adminUserEnabled", false);
      return type === types.cluster && profile !== "dev" ? expect(inputs, "disableLocalAccounts", true) : [];
    },
  },
  {
    name: "tags",
    check: (resource) => {
      const { type, inputs } = resource;
      if (!type.startsWith("azure-native:") || tagless.has(type)) return [];
      return [
        ...missingTags(inputs["tags"], "tags"),
        // The pools inside of a cluster are machines of their own.
        ...inlinePools(resource).flatMap((pool, index) =>
          missingTags(pool["tags"], `agentPoolProfiles[${index}].tags`),
        ),
      ];
    },
  },
  {
    name: "spot-never-system",
    check: (resource) => {
      if (resource.type === types.agentPool && isSpot(resource.inputs))
        return expect(resource.inputs, "mode", "User");
      return inlinePools(resource).flatMap((pool, index) =>
        isSpot(pool) ? [`agentPoolProfiles[${index}]: expected no spot pool inside of the cluster`] : [],
      );
    },
  },
  {
    name: "protected-database",
    check: ({ type, protect }, profile) => {
      const isKept = ([types.server, types.database, types.lock] as string[]).includes(type);
      return isKept && profile !== "dev" && !protect ? ["expected protection (protect: true), got none"] : [];
    },
  },
];
