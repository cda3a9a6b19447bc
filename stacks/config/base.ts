// Configuration of the base layer: network, cluster, node pools, registry.
import { z } from "zod";
import { contains, overlaps, sizeOf } from "./addresses.ts";
import { addressRange, email, guid, isBurstable, textMap, weekday } from "./fields.ts";
import { regularPool, spotPool, systemPool } from "./pools.ts";
import { show, type Problem } from "./problems.ts";
import { ruleFor, type LayerSchema } from "./schema.ts";

/**
 * AKS minor versions in standard support, the oldest until 2026-11-30: endoflife.date a70eca33, which follows
 * https://learn.microsoft.com/azure/aks/supported-kubernetes-versions. Older ones need Long Term Support, a tier of its own.
 */
const kubernetesVersions = ["1.34", "1.35", "1.36"] as const;

const baseKeys = z.object({
  location: z.string().min(1).default("westeurope").describe("Azure region of everything in the layer"),
  tags: textMap.default({}).describe("Tags put on every resource, besides project, environment and layer"),
  addressSpace: addressRange.default("10.10.0.0/16").describe("Addresses of the VNET"),
  nodeSubnet: addressRange.default("10.10.0.0/22").describe("Subnet of the nodes, inside addressSpace"),
  databaseSubnet: addressRange
    .default("10.10.4.0/28")
    .describe("Subnet delegated to PostgreSQL, inside addressSpace, /28 or larger"),
  podRange: addressRange.default("10.244.0.0/16").describe("Addresses of pods (overlay), outside the VNET"),
  serviceRange: addressRange.default("10.20.0.0/16").describe("Addresses of Services, outside the VNET"),
  publicPorts: z
    .array(z.int().min(1).max(65535))
    .default([])
    .describe(
      "TCP ports that the Internet may reach on load balancers of the cluster, such as the gateway's 80",
    ),
  natGateway: z
    .boolean()
    .default(false)
    .describe("Egress by a NAT gateway (about USD 35 a month) instead of the load balancer"),
  kubernetesVersion: z
    .enum(kubernetesVersions)
    .default("1.35")
    .describe("Minor version; patches come by the upgrade channel. Quote it in YAML"),
  clusterTier: z
    .enum(["Free", "Standard"])
    .default("Free")
    .describe("Standard: uptime SLA, about USD 73 a month"),
  localAccounts: z
    .boolean()
    .default(false)
    .describe("Static cluster certificates beside Entra ID; false: kubeconfigs use kubelogin"),
  adminGroupIds: z.array(guid).default([]).describe("Entra groups that administer the cluster"),
  authorizedIpRanges: z
    .array(addressRange)
    .default([])
    .describe("Who may reach the API server; empty: everybody (still needs credentials)"),
  privateCluster: z.boolean().default(false).describe("API server reachable from the VNET only"),
  sshPublicKey: z
    .string()
    .regex(/^ssh-(rsa|ed25519) \S+/, "an OpenSSH public key (ssh-ed25519 … or ssh-rsa …)")
    .optional()
    .describe("Allows SSH to the nodes as azureuser; omitted: no SSH"),
  systemPool: systemPool.prefault({}).describe("Pool of critical add-ons, fixed size, tainted"),
  regularPool: regularPool.prefault({}).describe("Pool that stays, autoscaled"),
  spotPools: z
    .array(spotPool)
    .min(1)
    .prefault([{}])
    .describe("Pools that may vanish, autoscaled; several VM sizes are less likely to vanish at once"),
  maintenance: z
    .strictObject({
      day: weekday.default("Sunday"),
      startTime: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as "02:00"')
        .default("02:00"),
      hours: z.int().min(4).max(24).default(4).meta({ unit: "hours" }),
    })
    .prefault({})
    .describe("Weekly window (UTC) of cluster and node image upgrades"),
  registrySku: z.enum(["Basic", "Standard", "Premium"]).default("Basic").describe("Container registry size"),
  imageCache: z
    .strictObject({
      credentialSet: z
        .string()
        .regex(/^\/subscriptions\/.+\/credentialSets\/[\w-]+$/, "the id of a registry's credential set")
        .optional()
        .describe(
          "Id of the set with a Docker Hub account; without one Docker Hub may refuse (Azure/acr#754)",
        ),
    })
    .optional()
    .describe(
      "The registry keeps copies of the images that come from Docker Hub; see registryMirror of deploy",
    ),
  diagnostics: z
    .boolean()
    .default(false)
    .describe("Log Analytics workspace with the cluster's audit and autoscaler logs, kept 30 days"),
  azureMonitor: z
    .strictObject({
      workspaceId: z
        .string()
        .regex(
          /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[^/]+\/providers\/Microsoft\.Monitor\/accounts\/[^/]+$/i,
          "the resource id of an Azure Monitor workspace, /subscriptions/…/providers/Microsoft.Monitor/accounts/…",
        ),
      namespace: z
        .string()
        .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "the name of a namespace, such as monitoring")
        .default("monitoring")
        .describe("Where the balancer runs: monitoring with deploy, spot-balancer alone"),
    })
    .optional()
    .describe(
      "An identity that may read this workspace's metrics, as which the balancer's ServiceAccount signs in; see output balancerClientId",
    ),
  budget: z
    .strictObject({
      amount: z.number().positive().meta({ unit: "of the billing currency a month" }),
      emails: z.array(email).min(1),
      startDate: z
        .string()
        .regex(/^\d{4}-\d{2}-01$/, "the first day of a month, such as 2026-11-01")
        .optional()
        .describe("Where it is to begin later; omitted: with the month in which it is made"),
    })
    .optional()
    .describe("Monthly budget of base and db, nodes included: mails at 80 % and at 100 % forecast"),
});

export type BaseConfig = z.output<typeof baseKeys>;

const rule = ruleFor<BaseConfig>();

/** Nobody's, kept for examples (RFC 5737): https://www.rfc-editor.org/rfc/rfc5737 */
const documentationRanges = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"];

/** What the files in this repository hold in place of a value that only you know. Warned of: with it nobody gets in. */
const placeholder = (key: string, expected: string, value: string): Problem => ({
  key,
  expected: `${expected} (until then nobody gets in)`,
  got: `the placeholder ${value}`,
  warning: true,
});

const ranges = ["addressSpace", "nodeSubnet", "databaseSubnet", "podRange", "serviceRange"] as const;

export const base: LayerSchema<typeof baseKeys.shape> = {
  keys: baseKeys,
  rules: [
    ...(["nodeSubnet", "databaseSubnet"] as const).map((key) =>
      rule([key, "addressSpace"], (config) =>
        contains(config.addressSpace, config[key])
          ? []
          : [{ key, expected: `a range inside addressSpace ${config.addressSpace}`, got: show(config[key]) }],
      ),
    ),
    ...disjointPairs().map(([one, other]) =>
      rule([one, other], (config) =>
        overlaps(config[one], config[other])
          ? [{ key: other, expected: `no overlap with ${one} ${config[one]}`, got: show(config[other]) }]
          : [],
      ),
    ),
    rule(["databaseSubnet"], ({ databaseSubnet }) =>
      sizeOf(databaseSubnet) >= 16
        ? []
        : [{ key: "databaseSubnet", expected: "/28 or larger (PostgreSQL)", got: show(databaseSubnet) }],
    ),
    rule(["systemPool", "regularPool", "spotPools"], ({ systemPool, regularPool, spotPools }) => {
      const pools = [
        { key: "systemPool.name", name: systemPool.name },
        { key: "regularPool.name", name: regularPool.name },
        ...spotPools.map(({ name }, index) => ({ key: `spotPools[${index}].name`, name })),
      ];
      return pools
        .filter(({ name }, index) => pools.findIndex((pool) => pool.name === name) < index)
        .map(({ key, name }): Problem => ({
          key,
          expected: "a name that no other pool has",
          got: show(name),
        }));
    }),
    rule(["systemPool"], ({ systemPool: { vmSize: size } }, profile) =>
      isBurstable(size)
        ? [
            {
              key: "systemPool.vmSize",
              expected:
                "no B-series: its CPU credits run out under critical add-ons (Standard_D2as_v5 is cheap)",
              got: show(size),
              ...(profile === "dev" && { warning: true }),
            },
          ]
        : [],
    ),
    rule(["authorizedIpRanges"], ({ authorizedIpRanges }, profile) =>
      authorizedIpRanges.flatMap((range, index) =>
        profile === "prod" && sizeOf(range) > 65536
          ? [
              {
                key: `authorizedIpRanges[${index}]`,
                expected: "a range of /16 or narrower",
                got: show(range),
              },
            ]
          : [],
      ),
    ),
    rule(["authorizedIpRanges", "privateCluster"], ({ authorizedIpRanges, privateCluster }, profile) => {
      if (privateCluster && authorizedIpRanges.length > 0) {
        return [
          {
            key: "authorizedIpRanges",
            expected: "nothing beside privateCluster",
            got: show(authorizedIpRanges),
          },
        ];
      }
      return profile === "prod" && !privateCluster && authorizedIpRanges.length === 0
        ? [
            {
              key: "authorizedIpRanges",
              expected: "ranges that may reach the API server, or privateCluster",
              got: "[]",
            },
          ]
        : [];
    }),
    rule(["authorizedIpRanges"], ({ authorizedIpRanges }) =>
      authorizedIpRanges.flatMap((range, index) =>
        documentationRanges.some((reserved) => overlaps(reserved, range))
          ? [placeholder(`authorizedIpRanges[${index}]`, "a range of your network", range)]
          : [],
      ),
    ),
    rule(["adminGroupIds"], ({ adminGroupIds }) =>
      adminGroupIds.flatMap((id, index) =>
        /^[0-]+$/.test(id)
          ? [placeholder(`adminGroupIds[${index}]`, "the object ID of your Entra group", id)]
          : [],
      ),
    ),
    rule(["localAccounts", "adminGroupIds"], ({ localAccounts, adminGroupIds }, profile) => {
      if (localAccounts && profile === "prod") {
        return [{ key: "localAccounts", expected: "false in production", got: "true" }];
      }
      return !localAccounts && adminGroupIds.length === 0
        ? [{ key: "adminGroupIds", expected: "at least 1 entry, as localAccounts is false", got: "[]" }]
        : [];
    }),
  ],
};

/** Every two ranges that must not share addresses; the two subnets may lie in the VNET, of course. */
function disjointPairs() {
  return ranges.flatMap((one, index) =>
    ranges
      .slice(index + 1)
      .filter((other) => !(one === "addressSpace" && other.endsWith("Subnet")))
      .map((other) => [one, other] as const),
  );
}
