// Who signs in to the database: the API with a login of its own, and the administrator, who prepares all for it.
import type { ClientConfig } from "pg";
import type { Settings } from "../config.ts";

export interface Login {
  user: string;
  password: string;
}

/** The API's way in. */
export function connectionOf(settings: Settings): ClientConfig {
  return {
    host: settings.DATABASE_HOST,
    port: settings.DATABASE_PORT,
    database: settings.DATABASE_NAME,
    user: settings.DATABASE_USER,
    password: settings.databasePassword,
    application_name: `backend ${settings.INSTANCE}`,
    // Node verifies chain and host name; without a CA of ours by the public ones.
    ssl: settings.DATABASE_TLS === "verify" && {
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      ...(settings.databaseCa !== undefined && { ca: settings.databaseCa }),
    },
  };
}

/** The administrator's way in; only `migrate` has the settings for it. */
export const administratorOf = (settings: Settings): ClientConfig => ({
  ...connectionOf(settings),
  user: settings.DATABASE_ADMIN_USER,
  password: settings.databaseAdminPassword,
});

export const loginOf = ({ DATABASE_USER: user, databasePassword }: Settings): Login => ({
  user,
  password: databasePassword(),
});
