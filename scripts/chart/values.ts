// The chart's values, and the schema that Helm holds them against: of each value what the settings' own schema says.
import * as z from "zod";
import { stringify } from "yaml";
import { policySchema } from "../../balancer/policy/schema.ts";
import { settingsSchema } from "../../stacks/deploy/balancer/settings.ts";
import { draft, schemaOf, type Json } from "../docs/schemas.ts";

/** `namespace` is Helm's own. */
const settings = settingsSchema.omit({ namespace: true });

const onDelete = z
  .boolean()
  .default(true)
  .describe("Take every placement back before the chart is uninstalled");

/** An empty text is a value that is not given. */
const mayBeEmpty = ["image", "prometheusSecretName", "azureClientId"] as const;

export function valuesSchema(): Json & { properties?: Json } {
  const properties = Object.fromEntries(
    Object.entries(settings.shape).map(([key, schema]) => [key, schemaOf(schema)]),
  );
  return {
    $schema: draft,
    title: "Values of the chart spot-balancer",
    type: "object",
    additionalProperties: false,
    required: ["prometheus"],
    properties: {
      ...properties,
      ...Object.fromEntries(mayBeEmpty.map((key) => [key, { anyOf: [properties[key], { const: "" }] }])),
      // In the chart it is no text, but values.
      policy: { ...schemaOf(policySchema), description: "The policy: balancer/POLICY.md has every key" },
      release: schemaOf(z.strictObject({ onDelete })),
      global: { type: "object" },
    },
    if: { properties: { azureClientId: { minLength: 1 } }, required: ["azureClientId"] },
    then: { properties: { prometheusSecretName: { minLength: 1 } }, required: ["prometheusSecretName"] },
  };
}

/** Each value with its meaning. */
export function valuesText(image = ""): string {
  const defaults: Record<string, unknown> = {
    ...settings.parse({ prometheus: "http://none" }),
    prometheus: "http://prometheus-server.monitoring.svc",
    prometheusSecretName: "",
    azureClientId: "",
    image,
    policy: {},
  };
  return [
    ...Object.entries(settings.shape).map(
      ([key, { description }]) => `# ${description}\n${stringify({ [key]: defaults[key] })}`,
    ),
    `release:\n  # ${onDelete.description}\n  onDelete: true\n`,
  ].join("");
}
