// What a run tells the outside: one stream of plain objects, without a secret in it.
import type { Change } from "./paths.ts";
import { formatPath } from "./paths.ts";
import { mask, secretTexts, type Properties, type Value } from "./values.ts";

export type Operation = "preview" | "up" | "destroy";
export type Op = "create" | "update" | "replace" | "delete" | "same" | "read" | "refresh";

/** One changed property, its values masked. */
export interface PropertyChange {
  path: string;
  kind: Change["kind"];
  old?: Value;
  new?: Value;
}

export type EngineEvent =
  | { type: "start"; operation: Operation; stack: string; project: string }
  | { type: "log"; severity: "info" | "warning" | "error"; message: string; urn?: string }
  | { type: "status"; urn: string; message: string }
  | {
      type: "step";
      /** planned: a preview says what would be done. */
      phase: "planned" | "started" | "done" | "failed";
      op: Op;
      urn: string;
      resourceType: string;
      name: string;
      parent?: string;
      changes?: PropertyChange[];
      /** Why it has to be replaced. */
      because?: string[];
      /** Refresh only: it is gone. */
      gone?: boolean;
      error?: string;
      seconds?: number;
    }
  | {
      type: "end";
      operation: Operation;
      ok: boolean;
      interrupted: boolean;
      counts: Partial<Record<Op, number>>;
      outputs: Record<string, Value>;
      seconds: number;
    };

export const describeChanges = (changes: readonly Change[]): PropertyChange[] =>
  changes.map(({ path, kind, old, new: after }) => ({
    path: formatPath(path),
    kind,
    ...(old === undefined ? {} : { old: mask(old) }),
    ...(after === undefined ? {} : { new: mask(after) }),
  }));

/** Short strings ("true", "80") are no secrets worth hiding, and would blacken half of every message. */
const shortestSecret = 6;

/** Remembers the run's secrets, and keeps them out of messages that programs and providers write. */
export class Redactor {
  readonly #secrets = new Set<string>();

  learn(properties: Properties): void {
    for (const text of secretTexts(properties)) {
      for (const variant of [text, JSON.stringify(text).slice(1, -1), Buffer.from(text).toString("base64")]) {
        if (variant.length >= shortestSecret) this.#secrets.add(variant);
      }
    }
  }

  redact(message: string): string {
    let result = message;
    for (const text of this.#secrets) result = result.replaceAll(text, "[secret]");
    return result;
  }
}
