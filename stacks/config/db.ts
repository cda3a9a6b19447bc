// Configuration of the db layer: the PostgreSQL server and its databases.
import { z } from "zod";
import { span } from "./addresses.ts";
import { address, textMap } from "./fields.ts";
import { problem, show } from "./problems.ts";
import { ruleFor, type LayerSchema } from "./schema.ts";

/**
 * Majors in Azure's standard support (14 left it on 2026-11-12): endoflife.date a70eca33, which follows
 * https://learn.microsoft.com/azure/postgresql/configure-maintain/concepts-version-policy.
 */
const postgresVersions = ["15", "16", "17", "18"] as const;

/** Wider than this, a firewall rule is no longer a list of who may come. */
const maxFirewallAddresses = { dev: 65536, prod: 256 };

const databaseName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, "1 to 63 lower-case letters, digits and _, a letter first");

/** PostgreSQL has the first three itself, Azure's servers the other two: not the stack's to make, nor to delete. */
const ownedByServer = ["postgres", "template0", "template1", "azure_maintenance", "azure_sys"];

const passwordRule = "8 to 128 characters with upper-case, lower-case and digits";

const dbKeys = z.object({
  location: z
    .string()
    .min(1)
    .default("westeurope")
    .describe("Azure region; the one of base when it is private"),
  tags: textMap.default({}).describe("Tags put on every resource, besides project, environment and layer"),
  baseStack: z.string().optional().describe("Stack to take the network from, when it is not `base-<env>`"),
  postgresVersion: z.enum(postgresVersions).default("17").describe("Major version. Quote it in YAML"),
  serverSize: z
    .string()
    .regex(/^Standard_(B|D|E)\w+$/, "a size such as Standard_B1ms or Standard_D2ds_v5")
    .default("Standard_B1ms")
    .describe("Server size; B-series is Burstable, D general purpose, E memory optimized"),
  storage: z
    .union(
      [32, 64, 128, 256, 512, 1024, 2048, 4096].map((size) => z.literal(size)),
      "32, 64, 128, … or 4096",
    )
    .default(32)
    .describe("Disk size; can grow, never shrink")
    .meta({ unit: "GiB" }),
  databases: z.array(databaseName).min(1).default(["demo"]).describe("A database per app"),
  adminUser: z
    .string()
    .regex(
      /^(?!pg_|azure_|admin$|administrator$|root$|guest$|public$)[a-z][a-z0-9_]{0,62}$/,
      "a name that PostgreSQL and Azure allow, such as dbadmin",
    )
    .default("dbadmin")
    .describe("Administrator's login; changing it replaces the server"),
  dbAdminPassword: z
    .string()
    .min(8)
    .max(128)
    .refine((text) => [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(text)), passwordRule)
    .optional()
    .describe("Administrator's password; omitted: a random one")
    .meta({ secret: true }),
  passwordVersion: z.int().min(1).default(1).describe("Raise it to rotate the random password"),
  backupDays: z
    .int()
    .min(7)
    .max(35)
    .default(7)
    .describe("How far back the server can be restored")
    .meta({ unit: "days" }),
  geoRedundantBackup: z
    .boolean()
    .default(false)
    .describe("Backups in the paired region too; create-time only"),
  highAvailability: z
    .enum(["Disabled", "SameZone", "ZoneRedundant"])
    .default("Disabled")
    .describe("A standby server; doubles the price"),
  publicAccess: z
    .boolean()
    .default(false)
    .describe("Public address with firewall rules instead of the private subnet"),
  firewallRules: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z][\w-]{0,79}$/, "a name of letters, digits, - and _"),
        start: address,
        end: address,
      }),
    )
    .default([])
    .describe("Who may reach a public server: narrow ranges, first to last address"),
  retain: z
    .boolean()
    .optional()
    .describe("Protect the server and its databases from deletion; default: outside dev"),
});

export type DbConfig = z.output<typeof dbKeys>;

const rule = ruleFor<DbConfig>();

export const db: LayerSchema<typeof dbKeys.shape> = {
  keys: dbKeys,
  rules: [
    rule(["firewallRules"], ({ firewallRules }, profile) =>
      firewallRules.map(({ start, end }, index) => {
        const addresses = span(start, end);
        const most = maxFirewallAddresses[profile];
        const found = (expected: string) => problem(`firewallRules[${index}]`, expected, `${start} – ${end}`);
        // 0.0.0.0 as a rule lets every Azure customer in.
        if (start.startsWith("0.")) return found("addresses of your own, not 0.0.0.0");
        if (addresses < 1) return found("start up to end");
        const got = `${show(`${start} – ${end}`)}: ${addresses}`;
        return addresses > most && { ...found(`at most ${most} addresses`), got };
      }),
    ),
    rule(["publicAccess", "firewallRules"], ({ publicAccess, firewallRules }, profile) => {
      if (publicAccess && profile === "prod") return problem("publicAccess", "false in production", true);
      if (publicAccess === firewallRules.length > 0) return undefined;
      const expected = publicAccess
        ? "at least 1 entry, as publicAccess is true"
        : "[], as publicAccess is false";
      return problem("firewallRules", expected, firewallRules);
    }),
    rule(
      ["serverSize", "highAvailability"],
      ({ serverSize, highAvailability }) =>
        serverSize.startsWith("Standard_B") &&
        highAvailability !== "Disabled" &&
        problem("highAvailability", "Disabled, as Burstable servers have none", highAvailability),
    ),
    rule(["databases"], ({ databases }) =>
      databases.flatMap((name, index) => [
        databases.indexOf(name) < index && problem("databases", "each name once", name),
        ownedByServer.includes(name) &&
          problem(
            "databases",
            `a name that the server does not have itself (${ownedByServer.join(", ")})`,
            name,
          ),
      ]),
    ),
    rule(
      ["retain"],
      ({ retain }, profile) =>
        retain === false && profile === "prod" && problem("retain", "true in production", false),
    ),
  ],
};
