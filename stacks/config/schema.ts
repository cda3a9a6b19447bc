// How a layer describes its configuration: one schema per key, and rules that look at several keys together.
import { z } from "zod";
import { problemsOf, suggestion, type Problem } from "./problems.ts";

/** What an environment is held to. `prod` is the strict one, and what an environment of another name gets. */
export type Profile = "dev" | "prod";

declare module "zod" {
  interface GlobalMeta {
    /** Unit of a number: `nodes`, `GiB`, `days`. */
    unit?: string;
    /** Must be set with `pulumi config set --secret`; never printed. */
    secret?: boolean;
  }
}

/** What a rule finds: problems, one, or none. */
type Found = readonly (Problem | false | undefined)[] | Problem | false | undefined;

/** A check over several keys; runs when all of `needs` are valid by themselves. */
export interface Rule<Config> {
  needs: readonly (keyof Config & string)[];
  check(config: Config, profile: Profile): Found;
}

/** For `rule(["min", "max"], ({ min, max }, profile) => …)` with the named keys only. */
export const ruleFor =
  <Config>() =>
  <Key extends keyof Config & string>(
    needs: readonly Key[],
    check: (config: Pick<Config, Key>, profile: Profile) => Found,
  ): Rule<Config> => ({ needs, check });

/** A layer's configuration: the keys and the rules between them. */
export interface LayerSchema<Shape extends z.ZodRawShape = z.ZodRawShape> {
  keys: z.ZodObject<Shape>;
  rules: readonly Rule<z.output<z.ZodObject<Shape>>>[];
}

/** A key's value as Pulumi has it: text (JSON when it is not plain text), and whether it is kept as a secret. */
export interface RawValue {
  text: string;
  secret: boolean;
}

type Description = z.core.JSONSchema.BaseSchema;

/** Asked several times of each key. */
const described = new WeakMap<z.core.$ZodType, Description>();

/** What JSON Schema says of a key; enough for the reference table and for reading values. */
function describeKey(schema: z.core.$ZodType): Description {
  let known = described.get(schema);
  if (!known) described.set(schema, (known = z.toJSONSchema(schema, { io: "input" })));
  return known;
}

/** Pulumi hands over text: what is not declared as text is JSON. */
function decode(schema: z.core.$ZodType, text: string): unknown {
  if (describeKey(schema).type === "string") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Names that are valid at a place inside a structured key. */
function namesAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  type Node = { properties?: Record<string, Node>; items?: Node };
  let node = describeKey(schema) as Node | undefined;
  for (const part of path) node = typeof part === "number" ? node?.items : node?.properties?.[String(part)];
  return Object.keys(node?.properties ?? {});
}

/**
 * Checks every key by itself, then every rule whose keys are valid.
 * Returns the configuration only when there are no problems other than warnings.
 */
export function checkConfig<Shape extends z.ZodRawShape>(
  layer: LayerSchema<Shape>,
  raw: ReadonlyMap<string, RawValue>,
  profile: Profile,
): { config: z.output<z.ZodObject<Shape>> | undefined; problems: Problem[]; warnings: Problem[] } {
  type Config = z.output<z.ZodObject<Shape>>;
  const shape: Record<string, z.core.$ZodType> = layer.keys.shape;
  const found: Problem[] = [];
  const values: Record<string, unknown> = {};

  for (const key of raw.keys()) {
    if (!Object.hasOwn(shape, key))
      // `constructor` is no key of ours
      found.push({ key, expected: suggestion(key, Object.keys(shape)), got: "an unknown key" });
  }
  for (const [key, schema] of Object.entries(shape)) {
    const given = raw.get(key);
    const secret = describeKey(schema)["secret"] === true;
    const value = given && decode(schema, given.text);
    const result = z.safeParse(schema, value);
    if (result.success) values[key] = result.data;
    else
      found.push(...problemsOf(key, value, result.error, { secret, known: (path) => namesAt(schema, path) }));
    if (secret && given && !given.secret) {
      found.push({ key, expected: `a secret (pulumi config set --secret ${key})`, got: "plain text" });
    }
  }
  for (const rule of layer.rules) {
    if (!rule.needs.every((key) => key in values)) continue;
    found.push(
      ...[rule.check(values as Config, profile)]
        .flat()
        .filter((each) => each !== undefined && each !== false),
    );
  }
  const problems = found.filter(({ warning }) => !warning);
  return {
    config: problems.length === 0 ? (values as Config) : undefined,
    problems,
    warnings: found.filter(({ warning }) => warning),
  };
}
