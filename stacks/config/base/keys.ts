// The keys of the base layer: network, cluster, node pools, registry.
import { z } from "zod";
import { addressRange, email, guid, textMap, weekday } from "../fields.ts";
import { regularPool, spotPool, systemPool } from "../pools.ts";

/**
 * AKS minor versions in standard support, the oldest until 2026-11-30: endoflife.date a70eca33, which follows
 * https://learn.microsoft.com/azure/aks/supported-kubernetes-versions. Older ones need Long Term Support, a tier of its own.
 */
const kubernetesVersions = ["1.34", "1.35", "1.36"] as const;

export const baseKeys = z.object({
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
