// Kubernetes objects out of files: YAML of any number of documents, JSON, Lists, folders, standard input. All of it bounded.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { LineCounter, parseAllDocuments } from "yaml";
import { InputError, rootCause } from "../failures.ts";
import { workloadKey } from "../model.ts";
import { parserWords } from "../yamlFile.ts";

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
  metadata: { name: string; namespace: string; [key: string]: unknown };
  [key: string]: unknown;
}

/** As that of a workload. */
export const keyOf = ({ kind, metadata }: FoundObject): string => workloadKey({ kind, ...metadata });

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
      const message = error instanceof InputError ? error.message : `${name}: ${parserWords(error)}`;
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
  for (const [index, parsed] of parseAllDocuments(text, {
    lineCounter: lines,
    logLevel: "error",
  }).entries()) {
    const line = lines.linePos(parsed.contents?.range?.[0] ?? parsed.range[0]).line;
    const origin = { file, document: index + 1, line };
    const fail = (message: string) => new InputError(`${file}, document ${index + 1}: ${message}`);
    const [error] = parsed.errors;
    if (error) throw fail(`line ${lines.linePos(error.pos[0]).line}: ${parserWords(error)}${hint(text)}`);
    let value: unknown;
    try {
      value = parsed.toJS(); // refuses more than 100 copies by aliases (yaml, maxAliasCount)
    } catch (error) {
      throw fail(parserWords(error));
    }
    if (value === null || value === undefined) continue;
    for (const object of flat(value)) {
      // A Kustomization has no name, and is nothing that a cluster takes.
      if ((object as Partial<FoundObject> | null)?.kind === "Kustomization") continue;
      if (isObject(object)) found.push({ object: inNamespace(object), origin });
      else if (isNamed)
        throw fail(`line ${line}: expected a Kubernetes object with apiVersion, kind and metadata.name`);
    }
  }
  return found;
}

/** The commonest reason why a manifest is no YAML. */
const hint = (text: string) =>
  text.includes("{{") ? " (a Helm template? give what `helm template` prints)" : "";

/** A List, of any kind, is what it lists; items of a DeploymentList need not say what they are, as `kubectl` has it. */
function flat(value: unknown): unknown[] {
  const { apiVersion, kind, items } = (value ?? {}) as Partial<FoundObject> & { items?: unknown };
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items)) return [value];
  const of = kind === "List" ? {} : { apiVersion, kind: kind.slice(0, -"List".length) };
  return items.flatMap((item: unknown) =>
    flat(typeof item === "object" && item !== null ? { ...of, ...item } : item),
  );
}

function isObject(value: unknown): value is FoundObject {
  const { apiVersion, kind, metadata } = (value ?? {}) as Partial<FoundObject>;
  return typeof apiVersion === "string" && typeof kind === "string" && typeof metadata?.name === "string";
}

/** What names none goes where `kubectl` would put it. */
const inNamespace = (object: FoundObject): FoundObject => ({
  ...object,
  metadata: { ...object.metadata, namespace: object.metadata.namespace ?? "default" },
});
