// Kubernetes objects out of files: YAML of any number of documents, JSON, Lists, folders, standard input. All of it bounded.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { LineCounter, type SchemaOptions, parseAllDocuments } from "yaml";
import { InputError, rootCause } from "../failures.ts";
import { workloadKey } from "../model.ts";
import { parserWords, textOf } from "../yamlFile.ts";

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
export function readObjects(paths: readonly string[], readInput: () => string | Uint8Array): Found {
  const found: Found = { objects: [], skipped: [] };
  const problems: string[] = [];
  let bytes = 0;
  const read = (name: string, isNamed: boolean, contentOf: () => string | Uint8Array) => {
    try {
      const text = textOf(contentOf());
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
      for (const { file, isNamed } of filesAt(path, problems)) read(file, isNamed, () => readFileSync(file));
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
  const asKubectl = { ...yamlOfKubectl, lineCounter: lines, logLevel: "error" } as const;
  for (const [index, parsed] of parseAllDocuments(apart(text), asKubectl).entries()) {
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
    if (value === null) continue;
    for (const object of flat(value)) {
      if (isOfKustomize(object)) continue;
      const named = withName(object);
      if (isObject(named)) found.push({ object: inNamespace(named), origin });
      else if (isNamed)
        throw fail(`line ${line}: expected a Kubernetes object with apiVersion, kind and metadata.name`);
    }
  }
  return found;
}

/**
 * `kubectl` reads YAML 1.1: `paused: no` is false, `replicas: 010` is eight, and `<<` merges (kubernetes/kubernetes#34146,
 * kubernetes-sigs/kustomize#4144). Of it neither times nor numbers to the base of 60: its parser takes both for texts.
 */
const yamlOfKubectl = {
  version: "1.1" as const,
  customTags: ((tags) =>
    tags.filter(
      (tag) => typeof tag === "string" || !(/:timestamp$/.test(tag.tag) || ("format" in tag && tag.format === "TIME")),
    )) satisfies SchemaOptions["customTags"],
}; // prettier-ignore

/** JSON objects may stand back to back (kubernetes/kubernetes#12104): no text in them holds a line's end. */
function apart(text: string): string {
  if (!/^\s*\{/.test(text)) return text;
  return text.replace(/\}([ \t]*\r?\n\s*)\{/g, (_, space: string) => `}${space.replace(/[^\n]/g, "")}--- {`);
} // prettier-ignore

/** Kustomizations and Components have no name, and are nothing that a cluster takes. */
function isOfKustomize(object: unknown): boolean {
  const { apiVersion, kind } = (object ?? {}) as Partial<FoundObject>;
  return kind === "Kustomization" || String(apiVersion).startsWith("kustomize.config.k8s.io/");
}

/** The beginning of it is all that `kubectl create` and Argo's hooks need (kubernetes-sigs/kustomize#641, #4224). */
function withName(object: unknown): unknown {
  const { metadata } = (object ?? {}) as Partial<FoundObject>;
  const begins = metadata?.["generateName"];
  return metadata?.name === undefined && typeof begins === "string"
    ? { ...(object as object), metadata: { ...metadata, name: begins } }
    : object;
}

/** The commonest reason why a manifest is no YAML. */
const hint = (text: string) =>
  text.includes("{{") ? " (a Helm template? give what `helm template` prints)" : "";

/** A List, of any kind, is what it lists; items of a DeploymentList need not say what they are, as `kubectl` has it. */
function flat(value: unknown): unknown[] {
  const { apiVersion, kind, items } = (value ?? {}) as Partial<FoundObject> & { items?: unknown };
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items)) return [value];
  const of = kind === "List" ? {} : { apiVersion, kind: kind.slice(0, -"List".length) };
  return items.flatMap((item: unknown) => flat({ ...of, ...(item as object) }));
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
