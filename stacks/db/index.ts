// The db layer: a PostgreSQL server with a database per app. It has its own resource group and life.
import { Database } from "@pulumi/azure-native/dbforpostgresql/database.js";
import { createPlace } from "../azure.ts";
import { profileOf, readConfig } from "../config.ts";
import { db } from "../config/db.ts";
import { lastOutputs, readBase, type DbOutputs, type Produced } from "../outputs.ts";
import type { StackName } from "../stackName.ts";
import { databaseAddress } from "./address.ts";
import { createFirewallRules, createPrivateAccess } from "./network.ts";
import { createPassword } from "./password.ts";
import { configureServer, createServer, lockServer } from "./server.ts";

export default async function deployDb(stack: StackName) {
  const config = readConfig(stack, db);
  // A public server needs nothing of base, and can then be created before it.
  const base = config.publicAccess ? undefined : await readBase(stack.env, config.baseStack);
  const production = profileOf(stack.env) === "prod";
  const protect = config.retain ?? production;

  const last = await lastOutputs<DbOutputs>();
  const place = createPlace(stack, config);
  const password = createPassword(config);
  const server = createServer(place, config, {
    password,
    access: base && createPrivateAccess(place, base),
    protect,
    // Azure grows the disk, and never takes a smaller one: only another size of the configuration's is asked for.
    storageIsAzures: config.storage === last.askedStorage,
  });
  const rules = createFirewallRules(place, config, server);
  const configured = configureServer(place, server);
  const databases = config.databases.map(
    (name) =>
      new Database(
        `database-${name}`,
        {
          resourceGroupName: place.resourceGroupName,
          serverName: server.name,
          databaseName: name,
          charset: "UTF8",
          collation: "en_US.utf8",
        },
        { protect, dependsOn: configured },
      ),
  );
  if (production) lockServer(server, protect, [...rules, configured, ...databases]);

  const address = server.fullyQualifiedDomainName.apply(databaseAddress);
  return {
    databaseHost: address.host,
    databasePort: address.port,
    databaseUser: config.adminUser,
    databasePassword: password,
    databaseNames: config.databases,
    askedStorage: config.storage,
  } satisfies Produced<DbOutputs>;
}
