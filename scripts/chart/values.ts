// The chart's values, and the schema that Helm holds them against: of each value what the settings' own schema says.
import * as z from "zod";
import { stringify } from "yaml";
import { policySchema } from "../../balancer/policy/schema.ts";
import { settingsSchema } from "../../stacks/deploy/balancer/settings.ts";

/** `namespace` is Helm's own. */
const { shape } = settingsSchema.omit({ namespace: true });

const release = z.object({
  onDelete: z.boolean().default(true).describe("Take every placement back before the chart is uninstalled"),
});

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  description?: string;
  default?: unknown;
  required?: string[];
  [key: string]: unknown;
}

const jsonSchema = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { io: "input", target: "draft-7", unrepresentable: "any" }) as JsonSchema;

/** Without its own `$schema`: it stands inside another one. */
function inner(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = jsonSchema(schema);
  return rest;
}

/** An empty text is a value that is not given. */
const mayBeEmpty = ["image", "prometheusSecretName", "azureClientId"] as const;

export function valuesSchema(): JsonSchema {
  const properties = Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, inner(schema)]));
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Values of the chart spot-balancer",
    type: "object",
    additionalProperties: false,
    required: ["prometheus"],
    properties: {
      ...properties,
      ...Object.fromEntries(mayBeEmpty.map((key) => [key, { anyOf: [properties[key], { const: "" }] }])),
      // In the chart it is no text, but values.
      policy: { ...inner(policySchema), description: "The policy: balancer/POLICY.md has every key" },
      release: inner(release.strict()),
      global: { type: "object" },
    },
    if: { properties: { azureClientId: { minLength: 1 } }, required: ["azureClientId"] },
    then: { properties: { prometheusSecretName: { minLength: 1 } }, required: ["prometheusSecretName"] },
  };
}

const comment = (text: string): string => `# ${text}\n`;

/** Each value with its meaning. */
export function valuesText(image = ""): string {
  const defaults: Record<string, unknown> = {
    ...settingsSchema.omit({ namespace: true }).parse({ prometheus: "http://none" }),
    prometheus: "http://prometheus-server.monitoring.svc",
    prometheusSecretName: "",
    azureClientId: "",
    image,
    policy: {},
  };
  const values = Object.entries(shape).map(
    ([key, schema]) => comment(jsonSchema(schema).description ?? "") + stringify({ [key]: defaults[key] }),
  );
  return [
    ...values,
    "release:\n  # Take every placement back before the chart is uninstalled\n  onDelete: true\n",
  ].join("");
}
