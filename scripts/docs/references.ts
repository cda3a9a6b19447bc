// The references of every key: of the policy, and of the stacks' configuration.
import { base } from "../../stacks/config/base.ts";
import { db } from "../../stacks/config/db.ts";
import { deploy } from "../../stacks/config/deploy.ts";
import { keyTable } from "./keys.ts";
import { policyJsonSchema, schemaOf } from "./schemas.ts";

export const policyReference = (): string => keyTable(policyJsonSchema());

/** A table for each layer. */
export const configReference = (): string =>
  Object.entries({ base, db, deploy })
    .map(([layer, { keys }]) => `### ${layer}\n\n${keyTable(schemaOf(keys))}`)
    .join("\n\n");
