// The environment of a backend on a test server: free ports on loopback, no cluster, no measuring, load allowed.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Entrance } from "./database.ts";

/** Whoever stores samples on a backend of `backendEnv` sends these. */
export const samplesToken = "token-of-the-tests";
export const samplesHeaders = {
  "content-type": "application/json",
  authorization: `Bearer ${samplesToken}`,
};

/**
 * @param entrance the API's, see `preparedDatabase`
 * @param folder gets the file of the database's authority
 */
export function backendEnv(
  { host, port, database, user, password, ssl }: Entrance,
  folder: string,
  changes: NodeJS.ProcessEnv = {},
): NodeJS.ProcessEnv {
  const authority = join(folder, "ca.crt");
  writeFileSync(authority, ssl.ca);
  return {
    ...{ DATABASE_HOST: host, DATABASE_PORT: String(port), DATABASE_USER: user },
    ...{ DATABASE_NAME: database, DATABASE_PASSWORD: password },
    ...{ DATABASE_CA_FILE: authority, SAMPLES_TOKEN: samplesToken, CLUSTER: "off", LISTEN_HOST: "127.0.0.1" },
    ...{ PORT: "0", METRICS_PORT: "0", COLLECT_SECONDS: "0", SHUTDOWN_DELAY_SECONDS: "0" },
    SHOWN_NAMESPACES: "*",
    ...{ CPU_TEST_MAX_SECONDS: "1", BURST_MAX_REQUESTS: "20", ...changes },
  };
}
