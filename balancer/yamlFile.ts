// Reads YAML (or JSON, which is YAML too) against a schema: the value, or every problem with its line.
import { distance } from "fastest-levenshtein";
import { type Document, LineCounter, isMap, isNode, isPair, isScalar, parseDocument } from "yaml";
import type { z } from "zod";
import { rootCause } from "./failures.ts";

export interface FileProblem {
  /** 1-based line in the text. */
  line: number;
  /** `idle.windowMinutes`; empty for a problem of the whole text. */
  path: string;
  message: string;
}

/** One line for each problem: `  line 4: idle.windowMinutes: expected number, received string`. */
export function problemLines(problems: FileProblem[]): string {
  return problems
    .map(({ line, path, message }) => `  line ${line}: ${path ? `${path}: ` : ""}${message}`)
    .join("\n");
}

/** Windows PowerShell's `>` writes UTF-16, with its mark (kubernetes/kubernetes#39007, fluxcd/flux2#1126); else UTF-8. */
export function textOf(content: string | Uint8Array): string {
  if (typeof content === "string") return content;
  const mark = (content[0] ?? 0) * 256 + (content[1] ?? 0);
  const encoding = mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(content);
}

/** In one line, without the place, which stands before them. */
export function parserWords(error: unknown): string {
  const message = rootCause(error);
  if (/call stack/.test(message)) return "it is nested too deeply";
  return message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");
}

/**
 * @param complete adds to what was written, before it is looked at
 * @returns all problems in the order of their lines, none when there is a value
 */
export function readYaml<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  complete: (written: unknown) => unknown = (written) => written,
): { value: z.output<Schema>; problems: [] } | { value?: undefined; problems: FileProblem[] } {
  try {
    return readDocument(text, schema, complete);
  } catch (error) {
    // Aliases without an anchor, or too many of them (yaml, errors.md), and what is nested deeper than any stack.
    return { problems: [{ line: 1, path: "", message: parserWords(error) }] };
  }
}

function readDocument<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  complete: (written: unknown) => unknown,
): { value: z.output<Schema>; problems: [] } | { value?: undefined; problems: FileProblem[] } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, logLevel: "error" });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      line: lineCounter.linePos(error.pos[0]).line,
      path: "",
      message: parserWords(error),
    }));
    return { problems };
  }
  const result = schema.safeParse(complete(document.toJS() ?? {}));
  if (result.success) return { value: result.data, problems: [] };
  const problems = result.error.issues.flatMap((issue) => explain(issue, schema, document, lineCounter));
  return { problems: problems.sort((a, b) => a.line - b.line || (a.path < b.path ? -1 : 1)) };
}

function explain(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  document: Document.Parsed,
  lines: LineCounter,
): FileProblem[] {
  const at = (path: PropertyKey[], message: string): FileProblem => ({
    line: lineOf(document, path, lines),
    path: path.map(String).join("."),
    message,
  });
  if (issue.code === "invalid_key") return issue.issues.map(({ message }) => at(issue.path, message));
  if (issue.code !== "unrecognized_keys")
    return [at(issue.path, issue.message.replace(/^Invalid input: /, ""))];
  const known = knownKeys(schema, issue.path);
  return issue.keys.map((key) => at([...issue.path, key], `unknown key${suggestion(key, known)}`));
}

function suggestion(key: string, known: string[]): string {
  const nearest = known.toSorted((a, b) => distance(key, a) - distance(key, b))[0];
  if (nearest === undefined) return "";
  if (distance(key, nearest) <= Math.max(2, key.length / 3)) return `, did you mean ${nearest}?`;
  return `; known here: ${known.join(", ")}`;
}

/** Keys that a schema has at a path, found by walking it; wrappers such as defaults are looked through. */
function knownKeys(root: z.ZodType, path: PropertyKey[]): string[] {
  let schema: unknown = root;
  for (const key of [undefined, ...path]) {
    if (key !== undefined) {
      const { shape, valueType, element } = definition(schema);
      schema = shape?.[String(key)] ?? valueType ?? element;
    }
    while (schema !== undefined) {
      const inner: unknown = definition(schema).innerType ?? definition(schema).in;
      if (inner === undefined) break;
      schema = inner;
    }
  }
  return schema === undefined ? [] : Object.keys(definition(schema).shape ?? {});
}

interface SchemaDefinition {
  shape?: Record<string, unknown>;
  valueType?: unknown;
  element?: unknown;
  innerType?: unknown;
  in?: unknown;
}

function definition(schema: unknown): SchemaDefinition {
  return (schema as { def?: SchemaDefinition }).def ?? {};
}

/** Line of the key that a path ends in, or of the nearest parent that is in the text. */
function lineOf(document: Document.Parsed, path: PropertyKey[], lines: LineCounter): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (!isPair(pair)) break;
      offset = (isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
      node = pair.value;
    } else {
      node = document.getIn(path.slice(0, path.indexOf(key) + 1), true);
      if (!isNode(node)) break;
      offset = node.range?.[0] ?? offset;
    }
  }
  return lines.linePos(offset).line;
}
