// The public JSON Schemas of policy and stack files, for editors: made from what checks them, and so never out of date.
import { z } from "zod";
import { policySchema } from "../../balancer/policy/schema.ts";
import { base } from "../../stacks/config/base.ts";
import { db } from "../../stacks/config/db.ts";
import { deploy } from "../../stacks/config/deploy.ts";

export const draft = "http://json-schema.org/draft-07/schema#";
const projectName = "spot-balancer";

export type Json = Record<string, unknown>;

/** Without its own `$schema`: it stands inside another one. */
export const schemaOf = (schema: z.core.$ZodType): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    ...{ io: "input", target: "draft-7", unrepresentable: "any" },
  }) as Json;
  return rest;
};

export function policyJsonSchema(): Json {
  const { properties, ...rest } = schemaOf(policySchema);
  // A key that may only be missing was renamed: whoever still writes it is told when the policy is checked.
  const known = Object.entries(properties as Record<string, Json>).filter(
    ([, node]) => Object.keys(node).length > 0,
  );
  return {
    $schema: draft,
    title: "Policy of the spot balancer",
    ...rest,
    properties: Object.fromEntries(known),
  };
}

/** A file `Pulumi.<layer>-<environment>.yaml`. The CLI writes plain values as texts, and secrets as `secure:`. */
function stackJsonSchema(layer: string, keys: z.ZodObject<Record<string, z.core.$ZodType>>): Json {
  const entries = Object.entries(keys.shape).map(([key, schema]): [string, Json] => {
    const whole = schemaOf(schema);
    const own = key === "policy" ? { $ref: "../../balancer/policy.schema.json" } : whole;
    const { description } = whole;
    const secure = { type: "object", required: ["secure"], properties: { secure: { type: "string" } } };
    return [
      `${projectName}:${key}`,
      { ...(description !== undefined && { description }), anyOf: [own, ...asText(own), secure] },
    ];
  });
  return {
    $schema: draft,
    title: `Configuration of a ${layer} stack`,
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(entries),
        // Other programs' and providers' keys are theirs.
        patternProperties: { [`^(?!${projectName}:)`]: {} },
        additionalProperties: false,
      },
    },
  };
}

function asText({ type }: Json): Json[] {
  if (type === "boolean") return [{ enum: ["true", "false"] }];
  if (type === "number" || type === "integer") return [{ type: "string", pattern: "^-?\\d+(\\.\\d+)?$" }];
  return [];
}

/** Path in the project → what it holds. */
export const schemas: Record<string, () => Json> = {
  "balancer/policy.schema.json": policyJsonSchema,
  "stacks/config/base.schema.json": () => stackJsonSchema("base", base.keys),
  "stacks/config/db.schema.json": () => stackJsonSchema("db", db.keys),
  "stacks/config/deploy.schema.json": () => stackJsonSchema("deploy", deploy.keys),
};
