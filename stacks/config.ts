// The only reader of configuration: what Pulumi holds for a stack, checked as a whole, typed by layer.
import { getProject, log, RunError, runtime } from "@pulumi/pulumi";
import type { z } from "zod";
import { ConfigError, describeWarning } from "./config/problems.ts";
import { checkConfig, type LayerSchema, type Profile, type RawValue } from "./config/schema.ts";
import { stackName, type StackName } from "./stackName.ts";

// Exported by the SDK, but left out of its declarations; Config.getSecret() cannot tell either.
const { isConfigSecret } = runtime as unknown as { isConfigSecret: (key: string) => boolean };

/** Every environment is held to production's rules, unless it is one of these. */
export const profileOf = (env: string): Profile => (env === "dev" || env === "local" ? "dev" : "prod");

/** This project's keys of the present stack, without the project's name before them. */
function rawConfig(project: string): Map<string, RawValue> {
  const prefix = `${project}:`;
  return new Map(
    Object.entries(runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, text]) => [key.slice(prefix.length), { text, secret: isConfigSecret(key) }]),
  );
}

/**
 * The checked configuration of the present stack. Warnings go to Pulumi's log.
 * Values of keys that the schema calls secret are plain here: wrap them with `pulumi.secret` before they go on.
 * @throws RunError (no stack trace) with every problem
 */
export function readConfig<Shape extends z.ZodRawShape>(
  stack: StackName,
  schema: LayerSchema<Shape>,
): z.output<z.ZodObject<Shape>> {
  const { config, problems, warnings } = checkConfig(schema, rawConfig(getProject()), profileOf(stack.env));
  for (const warning of warnings) void log.warn(describeWarning(warning));
  if (!config) throw new RunError(new ConfigError(stackName(stack), problems).message);
  return config;
}
