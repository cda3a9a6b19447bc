// What prepares the database for the API: the Job that alone signs in to it as administrator.
import { createHash } from "node:crypto";
import { all, unsecret, type Output } from "@pulumi/pulumi";
import { backendEntry } from "./backend.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { AppContext } from "./context.ts";
import { databaseSettings, openWayTo, passwordSecret, type DatabaseAccess } from "./database.ts";
import { useSettings } from "./podSpec.ts";
import { runProgram } from "./program.ts";
import { deployWorkload } from "./workload.ts";

const identity = { namespace: "database", labels: { app: "database" } };

export async function prepareDatabase(context: AppContext): Promise<void> {
  const { config, database, onAppNodes } = context;
  const { api, administrator } = database;
  const settings = contentNamedConfigMap(
    { name: "database-settings", ...identity },
    { data: { ...databaseSettings(config, database), DATABASE_ADMIN_USER: administrator.user } },
  );
  const logins = passwordSecret({ name: "database-logins", ...identity }, { api, administrator });
  const program = await runProgram(
    { name: "database-program", ...identity },
    { image: config.backendImage, entry: backendEntry },
  );
  deployWorkload(context, "database", {
    belongings: [...program.belongings, settings, logins],
    pod(pod) {
      onAppNodes(pod);
      useSettings(pod, settings);
      program.runIn(pod);
    },
    objects: {
      NetworkPolicy: (policy) => openWayTo(database, policy),
      Job({ spec }) {
        // One login for both comes with its password; and a password that a person chose could be guessed from a hash.
        if (api === administrator) return;
        const annotations = { "spot-balancer/passwords": fingerprint(database) };
        Object.assign(spec!.template, { metadata: { ...spec!.template.metadata, annotations } });
      },
    },
  });
}

/** Another password makes another Job, and so gets to the database. The API's is random, so this tells nothing of them. */
const fingerprint = ({ api, administrator }: DatabaseAccess): Output<string> =>
  unsecret(
    all([api.password, administrator.password]).apply((passwords) =>
      createHash("sha256").update(JSON.stringify(passwords)).digest("hex"),
    ),
  );
