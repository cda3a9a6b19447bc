// Holds a resource's inputs against Microsoft's models: unknown, read-only and missing properties, types, ranges, patterns.
import { closest, distance } from "fastest-levenshtein";
import { type Inputs, type Problem, isKnown, isRecord, joinPath, unknown } from "../problem.ts";
import { findType } from "../catalog.ts";
import { pathParameters } from "../ids.ts";
import type { ResourceType } from "../resourceType.ts";
import { type Constraints, type Property, type ValueType, pathParameter, propertiesOf } from "./models.ts";

/** Inputs that azure-native itself puts in, known for every type. */
const providersOwn = new Set(["azureApiVersion", "__createBeforeDelete"]);

/**
 * Every problem of a resource's inputs, by Microsoft's models and by the rules of the type.
 * `token` is Pulumi's (`azure-native:network:Subnet`); throws for a type that the emulated Azure does not know.
 */
export function checkInputs(token: string, inputs: Inputs): Problem[] {
  const type = findType(token);
  return [...checkModel(type, inputs), ...(type.rules ?? []).flatMap((rule) => rule(inputs))];
}

function checkModel(type: ResourceType, inputs: Inputs): Problem[] {
  const names = pathParameters(type);
  const body = propertiesOf(type.model);
  const properties = new Map<string, Property>(body);
  for (const name of names) {
    const parameter = pathParameter(type.model.package, name);
    const fallback: Property = { required: true, readOnly: false, type: { kind: "string" }, constraints: {} };
    properties.set(name, { ...(parameter ?? fallback), required: true, readOnly: false });
  }
  for (const name of type.newerInputs ?? []) {
    properties.set(name, { required: false, readOnly: false, type: { kind: "any" }, constraints: {} });
  }
  const given = Object.fromEntries(Object.entries(inputs).filter(([key]) => !providersOwn.has(key)));
  return checkProperties("", given, properties);
}

/** Without properties, any is allowed. */
function checkProperties(
  path: string,
  value: Inputs,
  properties: Map<string, Property> | undefined,
): Problem[] {
  if (!properties) return [];
  const problems: Problem[] = [];
  for (const [name, property] of properties) {
    // `null` is how JavaScript programs leave something out.
    if (property.required && !property.readOnly && value[name] == null) {
      problems.push({ path: joinPath(path, name), message: "is missing, and required" });
    }
  }
  for (const [name, child] of Object.entries(value)) {
    if (child == null) continue;
    const property = properties.get(name);
    const where = joinPath(path, name);
    if (!property)
      problems.push({ path: where, message: `is not a property here${didYouMean(name, properties)}` });
    else if (property.readOnly)
      problems.push({ path: where, message: "is read-only: Azure sets it, remove it" });
    else problems.push(...checkValue(where, child, property.type, property.constraints));
  }
  return problems;
}

function didYouMean(name: string, properties: Map<string, Property>): string {
  const candidates = [...properties].filter(([, property]) => !property.readOnly).map(([key]) => key);
  if (candidates.length === 0) return "";
  const nearest = closest(name, candidates);
  return distance(name, nearest) <= Math.max(2, name.length / 3) ? `; did you mean ${nearest}?` : "";
}

function checkValue(path: string, value: unknown, type: ValueType, constraints: Constraints = {}): Problem[] {
  if (value === unknown) return [];
  const wrong = (expected: string): Problem[] => [
    { path, message: `expected ${expected}, got ${describe(value)}` },
  ];
  switch (type.kind) {
    case "any":
      return [];
    case "string":
      if (typeof value !== "string") return wrong("a string");
      if (type.allowed && !type.allowed.includes(value)) return wrong(`one of ${type.allowed.join(", ")}`);
      return checkText(value, constraints).flatMap(wrong);
    case "number":
      return typeof value === "number" ? broken(value, constraints).flatMap(wrong) : wrong("a number");
    case "boolean":
      return typeof value === "boolean" ? [] : wrong("true or false");
    case "list":
      if (!Array.isArray(value)) return wrong("a list");
      return [
        ...broken(value.length, constraints, " elements").flatMap(wrong),
        ...value.flatMap((item, index) =>
          isKnown(item) ? checkValue(joinPath(path, index), item, type.of) : [],
        ),
      ];
    case "map":
      // azure-native takes identities as a list of IDs where ARM has a map with these keys.
      if (Array.isArray(value) && path.endsWith("userAssignedIdentities")) {
        return value.flatMap((item, index) => checkValue(joinPath(path, index), item, { kind: "string" }));
      }
      if (!isRecord(value)) return wrong("a map");
      return Object.entries(value).flatMap(([key, item]) =>
        item == null ? [] : checkValue(joinPath(path, key), item, type.of),
      );
    case "object":
      return isRecord(value) ? checkProperties(path, value, propertiesOf(type.model)) : wrong("an object");
  }
}

/** By the models' name of a limit: whether a value breaks it, and what it asks for. */
const limits: Record<string, [isBroken: (value: number, limit: number) => boolean, expected: string]> = {
  InclusiveMinimum: [(value, limit) => value < limit, "at least"],
  InclusiveMaximum: [(value, limit) => value > limit, "at most"],
  ExclusiveMinimum: [(value, limit) => value <= limit, "more than"],
  ExclusiveMaximum: [(value, limit) => value >= limit, "less than"],
  MinLength: [(value, limit) => value < limit, "at least"],
  MaxLength: [(value, limit) => value > limit, "at most"],
  MinItems: [(value, limit) => value < limit, "at least"],
  MaxItems: [(value, limit) => value > limit, "at most"],
};

/** What was expected of a number, or of a text's or list's length (with its unit). */
const broken = (value: number, constraints: Constraints, unit = ""): string[] =>
  Object.entries(constraints).flatMap(([name, limit]) => {
    const [isBroken, expected] = limits[name] ?? [];
    return isBroken?.(value, limit as number) ? [`${expected} ${String(limit)}${unit}`] : [];
  });

function checkText(value: string, constraints: Constraints): string[] {
  const pattern = constraints.Pattern;
  const problems = broken(value.length, constraints, " characters");
  return pattern && !pattern.test(value) ? [...problems, `text that matches ${pattern}`] : problems;
}

/** The value as JSON, shortened; an object or list by its kind only. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isRecord(value)) return "an object";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
