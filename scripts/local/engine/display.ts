// Shows a run on a terminal, in the way of the Pulumi CLI: a tree for previews, a line per step for changes.
import { styleText } from "node:util";
import type { EngineEvent, Op, Operation, PropertyChange } from "./events.ts";
import { buildTree } from "./tree.ts";

type Step = Extract<EngineEvent, { type: "step" }>;
type End = Extract<EngineEvent, { type: "end" }>;
type Style = Parameters<typeof styleText>[0];

const symbols: Record<Op, { sign: string; style: Style }> = {
  create: { sign: "+ ", style: "green" },
  update: { sign: "~ ", style: "yellow" },
  replace: { sign: "+-", style: "magenta" },
  delete: { sign: "- ", style: "red" },
  refresh: { sign: "~ ", style: "cyan" },
  read: { sign: "> ", style: "cyan" },
  same: { sign: "  ", style: "dim" },
};

const titles: Record<Operation, string> = {
  preview: "Previewing update",
  up: "Updating",
  destroy: "Destroying",
};

const doing: Record<Op, [doing: string, done: string]> = {
  create: ["creating", "created"],
  update: ["updating", "updated"],
  replace: ["replacing", "replaced"],
  delete: ["deleting", "deleted"],
  refresh: ["refreshing", "changed outside"],
  read: ["reading", "read"],
  same: ["", "unchanged"],
};

/** Kept to a line on a terminal; the JSON stream has the whole. */
const longestValue = 60;
const mostPaths = 12;

/** Returns an event listener that writes text with `write`, line by line. */
export function textDisplay(write: (line: string) => void): (event: EngineEvent) => void {
  const planned: Step[] = [];
  const lastStatus = new Map<string, string>();
  let operation: Operation = "preview";

  const showStep = (step: Step): void => {
    if (step.phase === "planned") {
      planned.push(step);
      return;
    }
    if (step.op === "same") return;
    const { sign, style } = symbols[step.op];
    const [present, past] = doing[step.op];
    const took = step.seconds !== undefined && step.seconds >= 0.1 ? ` (${step.seconds.toFixed(1)}s)` : "";
    const state = {
      started: present,
      done: (step.gone ? "gone" : past) + took,
      failed: `failed${took}`,
      planned: "",
    }[step.phase];
    write(
      ` ${styleText(step.phase === "failed" ? "red" : style, sign)} ${shortType(step.resourceType)} ${step.name} ${state}${summary(step)}`,
    );
    if (step.phase !== "failed" && (step.phase === "started" || step.op === "refresh"))
      for (const line of changeLines(step)) write(line);
  };

  return (event) => {
    switch (event.type) {
      case "start":
        operation = event.operation;
        write(
          `${titles[event.operation]} (${event.stack}) with the embedded engine, which is for local use only`,
        );
        write("");
        return;
      case "step":
        return showStep(event);
      case "status":
        if (lastStatus.get(event.urn) === event.message) return;
        lastStatus.set(event.urn, event.message);
        return write(
          styleText("dim", `    ${event.urn.slice(event.urn.lastIndexOf("::") + 2)}: ${event.message}`),
        );
      case "log": {
        const style: Style =
          event.severity === "error" ? "red" : event.severity === "warning" ? "yellow" : "reset";
        const label = event.severity === "info" ? "" : `${event.severity}: `;
        return write(styleText(style, `${label}${event.message}`));
      }
      case "end":
        if (planned.length) for (const line of treeLines(planned)) write(line);
        for (const line of endLines(event, operation === "preview" || planned.length > 0)) write(line);
    }
  };
}

const shortType = (type: string): string => type.replace(/:index\/\w+:/, ":index:");

/** `[diff: ~spec]`, as Pulumi sums up what changes. */
function summary({ op, changes, because, error }: Step): string {
  if (error !== undefined) return `: ${error}`;
  if (op !== "update" && op !== "replace" && op !== "refresh") return "";
  const signs = { add: "+", delete: "-", update: "~" };
  const tops = (changes ?? []).map((change) => {
    const [top = ""] = change.path.split(/[.[]/, 1);
    return `${top === change.path ? signs[change.kind] : "~"}${top}`;
  });
  const list = [...new Set(tops)].join(",");
  const why = because?.length ? ` because of ${because.join(", ")}` : "";
  return `${list ? ` [diff: ${list}]` : ""}${why}`;
}

function changeLines({ op, changes = [] }: Step): string[] {
  if (op !== "update" && op !== "replace" && op !== "refresh") return [];
  const lines = changes.slice(0, mostPaths).map((change) => styleText("dim", `      ${changeText(change)}`));
  return changes.length > mostPaths
    ? [...lines, styleText("dim", `      … and ${changes.length - mostPaths} more`)]
    : lines;
}

function changeText({ path, kind, old, new: after }: PropertyChange): string {
  const text = (value: unknown): string => {
    const json = JSON.stringify(value) ?? "";
    return json.length > longestValue ? `${json.slice(0, longestValue)}…` : json;
  };
  if (kind === "add") return `+ ${path}: ${text(after)}`;
  return kind === "delete" ? `- ${path}: ${text(old)}` : `~ ${path}: ${text(old)} => ${text(after)}`;
}

function treeLines(steps: readonly Step[]): string[] {
  const rows = buildTree(steps).map(({ indent, item }) => ({
    step: item,
    title: `${indent}${shortType(item.resourceType)}`,
  }));
  const typeWidth = Math.max("Type".length, ...rows.map(({ title }) => title.length));
  const nameWidth = Math.max("Name".length, ...rows.map(({ step }) => step.name.length));
  const head = styleText("bold", `     ${"Type".padEnd(typeWidth)}  ${"Name".padEnd(nameWidth)}  Plan`);
  const lines = rows.flatMap(({ step, title }) => {
    const { sign, style } = symbols[step.op];
    const plan =
      step.op === "same" ? "" : step.gone ? "gone" : step.op === "refresh" ? "changed outside" : step.op;
    const line = ` ${styleText(style, sign)}  ${title.padEnd(typeWidth)}  ${step.name.padEnd(nameWidth)}  ${plan}${summary(step)}`;
    return [line.trimEnd(), ...changeLines(step)];
  });
  return [head, ...lines, ""];
}

function endLines({ counts, outputs, ok, interrupted, seconds }: End, preview: boolean): string[] {
  const names = Object.keys(outputs);
  const width = Math.max(0, ...names.map((name) => name.length));
  const shown = names.sort().map((name) => {
    const value = outputs[name];
    return `    ${name.padEnd(width)}: ${typeof value === "string" ? value : JSON.stringify(value)}`;
  });
  const changes = (["create", "update", "replace", "delete"] as const).filter((op) => counts[op]);
  const tense = { create: "created", update: "updated", replace: "replaced", delete: "deleted" };
  const resources = [
    ...changes.map(
      (op) => `    ${symbols[op].sign.trim()} ${counts[op]} ${preview ? `to ${op}` : tense[op]}`,
    ),
    ...(counts.same ? [`    ${counts.same} unchanged`] : []),
  ];
  const recorded = preview ? "" : " What was done is recorded";
  const verdict = ok
    ? []
    : [
        interrupted
          ? `Interrupted.${recorded && `${recorded}: run it again to go on.`}`
          : `Failed.${recorded && `${recorded}.`}`,
      ];
  return [
    ...(shown.length ? ["Outputs:", ...shown, ""] : []),
    ...(resources.length ? ["Resources:", ...resources, ""] : []),
    ...verdict,
    `Duration: ${seconds.toFixed(1)}s`,
  ];
}
