// Kubernetes objects out of files: YAML of any number of documents, JSON, Lists, folders, standard input. All of it bounded.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { LineCounter, parseAllDocuments } from "yaml";
import { InputError, rootCause } from "../failures.ts";

/** Where an object was found, for people and for SARIF. */
export interface Origin {
  file: string;
  /** 1-based. */
  document: number;
  line: number;
}

export interface FoundObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [key: string]: unknown };
  [key: string]: unknown;
}

export interface Found {
  objects: { object: FoundObject; origin: Origin }[];
  /** What of folders was passed over, a sentence each. */
  skipped: string[];
}

/** Of one file, and of all of them. More is no set of manifests, and parsing it takes minutes. */
const maxFileBytes = 8 * 2 ** 20;
const maxBytes = 32 * 2 ** 20;
const maxFiles = 5000;

/**
 * @param paths files, folders, or `-`
 * @param readInput all of standard input
 * @throws InputError with every problem of what was named; what lies in a folder and cannot be read is passed over
 */
export function readObjects(paths: readonly string[], readInput: () => string): Found {
  const found: Found = { objects: [], skipped: [] };
  const problems: string[] = [];
  let bytes = 0;
  const read = (name: string, isNamed: boolean, textOf: () => string) => {
    try {
      const text = textOf();
      bytes += text.length;
      if (text.length > maxFileBytes || bytes > maxBytes)
        throw new Error(`expected at most ${maxFileBytes} bytes of a file and ${maxBytes} of all`);
      found.objects.push(...objectsIn(text, name, isNamed));
    } catch (error) {
      const message = error instanceof InputError ? error.message : `${name}: ${rootCause(error)}`;
      if (isNamed || bytes > maxBytes) problems.push(message);
      else found.skipped.push(message);
    }
  };
  for (const path of paths) {
    if (path === "-") read("standard input", true, readInput);
    else
      for (const { file, isNamed } of filesAt(path, problems))
        read(file, isNamed, () => readFileSync(file, "utf8"));
  }
  if (problems.length > 0) throw new InputError(`--offline: ${problems.join("\n")}`);
  return found;
}

function filesAt(path: string, problems: string[]): { file: string; isNamed: boolean }[] {
  try {
    if (!statSync(path).isDirectory()) return [{ file: path, isNamed: true }];
    const files = readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/i.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !/(^|\/)(node_modules|\.[^/.][^/]*)\//.test(file))
      .sort();
    if (files.length > maxFiles) throw new Error(`expected at most ${maxFiles} files, got ${files.length}`);
    return files.map((file) => ({ file, isNamed: false }));
  } catch (error) {
    problems.push(`${path}: ${rootCause(error)}`);
    return [];
  }
}

function objectsIn(text: string, file: string, isNamed: boolean): Found["objects"] {
  const lines = new LineCounter();
  const found: Found["objects"] = [];
  for (const [index, parsed] of parse(text, lines).entries()) {
    const line = lines.linePos(parsed.contents?.range?.[0] ?? parsed.range[0]).line;
    const origin = { file, document: index + 1, line };
    const fail = (message: string) => new InputError(`${file}, document ${index + 1}: ${message}`);
    const [error] = parsed.errors;
    if (error)
      throw fail(`line ${lines.linePos(error.pos[0]).line}: ${firstLine(error.message)}${hint(text)}`);
    let value: unknown;
    try {
      value = parsed.toJS(); // refuses more than 100 copies by aliases (yaml, maxAliasCount)
    } catch (error) {
      throw fail(error instanceof RangeError ? "it is nested too deeply" : rootCause(error));
    }
    if (value === null || value === undefined) continue;
    const objects = flat(value);
    const odd = objects.find((each) => !isObject(each));
    if (odd !== undefined && isNamed)
      throw fail(`line ${line}: expected a Kubernetes object with apiVersion, kind and metadata.name`);
    // A Kustomization has no name, and is nothing that a cluster takes.
    for (const object of objects)
      if (isObject(object) && object.kind !== "Kustomization") found.push({ object, origin });
  }
  return found;
}

function parse(text: string, lineCounter: LineCounter) {
  try {
    const documents = parseAllDocuments(text, { lineCounter });
    return Array.isArray(documents) ? documents : [];
  } catch (error) {
    throw error instanceof RangeError ? new Error("it is nested too deeply") : error;
  }
}

const firstLine = (message: string) =>
  /call stack/.test(message)
    ? "it is nested too deeply"
    : message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");

/** The commonest reason why a manifest is no YAML. */
const hint = (text: string) =>
  text.includes("{{") ? " (a Helm template? give what `helm template` prints)" : "";

/** A List, of any kind, is what it lists. */
function flat(value: unknown): unknown[] {
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  return typeof kind === "string" && kind.endsWith("List") && Array.isArray(items) ? items : [value];
}

function isObject(value: unknown): value is FoundObject {
  const { apiVersion, kind, metadata } = (value ?? {}) as Partial<FoundObject>;
  const isNamed = typeof apiVersion === "string" && typeof kind === "string";
  return isNamed && (kind === "Kustomization" || typeof metadata?.name === "string");
}
