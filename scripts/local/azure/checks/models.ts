// Microsoft's own description of Azure's resources: the models that the @azure/arm-* client packages ship, read as data.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** A model: the client package (`arm-network`) and the name in it (`Subnet`). */
export interface ModelRef {
  package: string;
  model: string;
}

/** `MaxLength`, `InclusiveMinimum`, … with their limits, and a pattern. */
export type Constraints = Record<string, unknown> & { Pattern?: RegExp };

export type ValueType =
  | { kind: "string"; allowed?: readonly string[] }
  | { kind: "number" | "boolean" | "any" }
  | { kind: "list"; of: ValueType }
  | { kind: "map"; of: ValueType }
  | { kind: "object"; model: ModelRef };

export interface Property {
  required: boolean;
  readOnly: boolean;
  type: ValueType;
  constraints: Constraints;
}

/** What the packages hold; the part of @azure/core-client's `Mapper` that is read here. */
interface Mapper {
  serializedName?: string;
  required?: boolean;
  readOnly?: boolean;
  isConstant?: boolean;
  defaultValue?: unknown;
  constraints?: Constraints;
  type: {
    name: string;
    className?: string;
    modelProperties?: Record<string, Mapper>;
    additionalProperties?: unknown;
    element?: Mapper;
    value?: Mapper;
    allowedValues?: string[];
  };
}

interface Package {
  mappers: Record<string, Mapper>;
  parameters: Record<string, { mapper: Mapper }>;
  /** `AgentPool.scaleSetPriority` → the values that Azure knows. */
  enums: Map<string, readonly string[]>;
}

/** Values that the service takes (they are in azure-native's enums) and the client package forgot. */
const forgotten: Record<string, readonly string[]> = { "HighAvailability.mode": ["Disabled"] };

const packages = new Map<string, Package>();

function loadPackage(name: string): Package {
  const loaded = packages.get(name);
  if (loaded) return loaded;
  const root = dirname(require.resolve(`@azure/${name}/package.json`));
  const folder = ["dist/esm/models", "dist-esm/src/models"]
    .map((folder) => join(root, folder))
    .find((folder) => existsSync(join(folder, "mappers.js")));
  if (!folder) throw new Error(`@azure/${name} ships no models/mappers.js: pin a version that does`);
  const result: Package = {
    mappers: require(join(folder, "mappers.js")) as Package["mappers"],
    // The older packages' file imports without extensions, for bundlers: Node cannot load it.
    parameters: folder.includes("dist-esm")
      ? {}
      : (require(join(folder, "parameters.js")) as Package["parameters"]),
    enums: readEnums(
      readFileSync(join(folder, "index.d.ts"), "utf8"),
      require(join(folder, "index.js")) as Record<string, Record<string, string>>,
    ),
  };
  packages.set(name, result);
  return result;
}

/**
 * Mappers call an extensible enum a string; which enum it is, only the package's type declarations say
 * (`scaleSetPriority?: ScaleSetPriority`, and `KnownScaleSetPriority` beside it has the values).
 */
function readEnums(declarations: string, exports: Record<string, Record<string, string>>): Package["enums"] {
  const enums: Package["enums"] = new Map();
  for (const [, model, body] of declarations.matchAll(
    /^export (?:declare )?interface (\w+)[^{]*\{([\s\S]*?)^\}/gm,
  )) {
    for (const [, property, type] of body!.matchAll(/^\s+(?:readonly )?(\w+)\??: (\w+)(?:\[\])?;/gm)) {
      const known = exports[`Known${type}`];
      const path = `${model}.${property}`;
      if (known) enums.set(path, [...Object.values(known), ...(forgotten[path] ?? [])]);
    }
  }
  return enums;
}

/**
 * `properties.vmSize` → `vmSize`, `scale-down-utilization-threshold` → `scaleDownUtilizationThreshold`:
 * azure-native flattens `properties` just as the client packages do, and makes every name an identifier.
 */
const azureNativeName = (serializedName: string): string =>
  serializedName
    .split(/(?<!\\)\./)
    .at(-1)!
    .replace(/\\?[-.](\w)/g, (_, letter: string) => letter.toUpperCase());

function toType(pack: string, mapper: Mapper, allowed?: readonly string[]): ValueType {
  const type = mapper.type;
  switch (type.name) {
    case "Number":
      return { kind: "number" };
    case "Boolean":
      return { kind: "boolean" };
    case "Sequence":
      return { kind: "list", of: toType(pack, type.element!, allowed) };
    case "Dictionary":
      return { kind: "map", of: toType(pack, type.value!) };
    case "Composite":
      return { kind: "object", model: { package: pack, model: type.className! } };
    case "any":
    case "Object":
    case "Stream":
      return { kind: "any" };
    default: // String, Enum, Uuid, and what JSON writes as a string: dates, durations, bytes
      return {
        kind: "string",
        ...((type.allowedValues ?? allowed) && { allowed: type.allowedValues ?? allowed! }),
      };
  }
}

function toProperty(pack: string, mapper: Mapper, allowed?: readonly string[]): Property {
  return {
    required: mapper.required === true && mapper.isConstant !== true && mapper.defaultValue === undefined,
    readOnly: mapper.readOnly === true,
    type: toType(pack, mapper, allowed),
    constraints: mapper.constraints ?? {},
  };
}

/** The properties of a model by the name that azure-native gives them; undefined when any property is allowed. */
export function propertiesOf(ref: ModelRef): Map<string, Property> | undefined {
  const pack = loadPackage(ref.package);
  const model = pack.mappers[ref.model];
  if (!model) throw new Error(`@azure/${ref.package} has no model ${ref.model}`);
  if (model.type.additionalProperties !== undefined) return undefined;
  const properties = new Map<string, Property>();
  for (const [key, mapper] of Object.entries(model.type.modelProperties ?? {})) {
    const name = azureNativeName(mapper.serializedName ?? key);
    // A pool has a `type` of its own beside ARM's read-only one: the one that can be set wins.
    if (properties.get(name)?.readOnly === false) continue;
    properties.set(name, toProperty(ref.package, mapper, pack.enums.get(`${ref.model}.${key}`)));
  }
  return properties;
}

/** What the package says of a name in the resource's path (`agentPoolName`), when it says something. */
export function pathParameter(pack: string, name: string): Property | undefined {
  const parameter = Object.values(loadPackage(pack).parameters).find(
    ({ mapper }) => mapper?.serializedName === name,
  );
  return parameter && toProperty(pack, parameter.mapper);
}
