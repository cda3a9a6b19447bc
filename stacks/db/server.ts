// The PostgreSQL flexible server: size, backups, who signs in how.
import { ManagementLockByScope } from "@pulumi/azure-native/authorization/managementLockByScope.js";
import { Configuration } from "@pulumi/azure-native/dbforpostgresql/configuration.js";
import { Server } from "@pulumi/azure-native/dbforpostgresql/server.js";
import { interpolate, type Output, type Resource } from "@pulumi/pulumi";
import { RandomString } from "@pulumi/random";
import type { Place } from "../azure.ts";
import type { DbConfig } from "../config/db.ts";
import type { PrivateAccess } from "./network.ts";

export interface ServerOptions {
  password: Output<string>;
  /** Undefined: public, by firewall rules. */
  access: PrivateAccess | undefined;
  /** Keep the server from being deleted by Pulumi. */
  protect: boolean;
  /** Leave the disk's size as it is. */
  storageIsAzures: boolean;
}

export function createServer(place: Place, config: DbConfig, options: ServerOptions): Server {
  const { access } = options;
  // The name is the world's: it becomes a host name.
  const suffix = new RandomString("serverSuffix", { length: 6, upper: false, special: false });
  return new Server(
    "server",
    {
      ...place.at,
      serverName: interpolate`${place.name("psql")}-${suffix.result}`,
      version: config.postgresVersion,
      sku: { name: config.serverSize, tier: tierOf(config.serverSize) },
      storage: { storageSizeGB: config.storage, autoGrow: "Enabled" },
      administratorLogin: config.adminUser,
      administratorLoginPassword: options.password,
      authConfig: { passwordAuth: "Enabled", activeDirectoryAuth: "Disabled" },
      backup: {
        backupRetentionDays: config.backupDays,
        geoRedundantBackup: config.geoRedundantBackup ? "Enabled" : "Disabled",
      },
      highAvailability: { mode: config.highAvailability },
      network: access
        ? {
            delegatedSubnetResourceId: access.subnetId,
            privateDnsZoneArmResourceId: access.zoneId,
            publicNetworkAccess: "Disabled",
          }
        : { publicNetworkAccess: "Enabled" },
    },
    {
      protect: options.protect,
      ...(access && { dependsOn: access.link }),
      ignoreChanges: [
        // Azure picks the zone, and swaps it in a failover.
        ...["availabilityZone", "highAvailability.standbyAvailabilityZone"],
        // A disk that grows takes its performance tier along, and a refresh records the whole of it.
        ...(options.storageIsAzures ? ["storage"] : []),
      ],
    },
  );
}

/**
 * Keeps the server from being deleted by anybody.
 * @param below what it keeps as well: so the lock goes first, or Azure would delete none of it
 */
export function lockServer(server: Server, protect: boolean, below: Resource[]): void {
  new ManagementLockByScope(
    "serverLock",
    {
      scope: server.id,
      lockName: "keep",
      level: "CanNotDelete",
      notes: "Holds data of production. Remove the lock only to delete the database on purpose.",
    },
    { protect, dependsOn: below }, // a destroy that keeps the server must not unlock it
  );
}

/** The tier is part of a size's name: B is Burstable, D general purpose, E memory optimized. */
function tierOf(size: string): string {
  const tiers: Record<string, string> = { B: "Burstable", D: "GeneralPurpose", E: "MemoryOptimized" };
  const tier = tiers[size.charAt("Standard_".length)];
  if (tier === undefined) throw new Error(`no tier for server size ${size}`);
  return tier;
}

const parameters = {
  require_secure_transport: "on",
  ssl_min_protocol_version: "TLSv1.2",
  password_encryption: "scram-sha-256",
};

/** One after the other: the server takes one change at a time. Returns the last. */
export function configureServer(place: Place, server: Server): Resource {
  return Object.entries(parameters).reduce<Resource>(
    (previous, [name, value]) =>
      new Configuration(
        `parameter-${name}`,
        {
          resourceGroupName: place.resourceGroupName,
          serverName: server.name,
          configurationName: name,
          value,
          source: "user-override",
        },
        // Azure leaves a value that is its default at "system-default" (pulumi-azure-native#4736).
        { dependsOn: previous, ignoreChanges: ["source"] },
      ),
    server,
  );
}
