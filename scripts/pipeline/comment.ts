// The text of a pull request's comment about one stack. Pure.
import type { Range } from "../../stacks/cost/model.ts";
import type { PreviewResult, PreviewStep } from "./preview.ts";
import { summarize } from "./preview.ts";

/** Finds the comment again, so that it is updated rather than repeated. */
export const commentMarker = (stack: string) => `<!-- spot-balancer preview of ${stack} -->`;

const signs = { create: "+", update: "~", replace: "±", delete: "-" } as const;

/** GitHub takes 65,536 characters; a change of this many resources is read elsewhere. */
const mostSteps = 150;
const mostProperties = 8;
const mostFailureText = 20_000;

function lineOf({ op, type, name, properties }: PreviewStep): string {
  const shown = properties.slice(0, mostProperties).join(", ");
  const more = properties.length > mostProperties ? `, and ${properties.length - mostProperties} more` : "";
  return `${signs[op]} ${name} (${type})${shown === "" || op === "create" ? "" : `: ${shown}${more}`}`;
}

/** Text that others wrote must not end the block it stands in. */
const fenced = (lines: string[], language = "") => [
  "```" + language,
  ...lines.map((line) => line.replaceAll("```", "'''")),
  "```",
];

export interface CommentInput {
  result: PreviewResult;
  /** USD a month, when it could be estimated. */
  cost?: Range;
  /** What was previewed, such as a short commit. */
  commit: string;
}

export function previewComment({ result, cost, commit }: CommentInput): string {
  const { stack, steps, unchanged, failures } = result;
  const failed = failures.length > 0;
  const dangerous = steps.filter(({ op }) => op === "replace" || op === "delete");
  const rest = steps.length - mostSteps;
  const money =
    cost &&
    `Cost: USD ${cost.min.toFixed(0)} – ${cost.max.toFixed(0)} a month (\`npm run cost -- ${stack}\`).`;
  return [
    commentMarker(stack),
    `### ${stack}: ${failed ? "preview failed" : summarize(result)}`,
    "",
    ...(failed ? fenced([failures.join("\n\n").slice(0, mostFailureText)]) : []),
    ...(dangerous.length > 0 && !failed
      ? [`**Goes away:** ${dangerous.map(({ name, op }) => `\`${name}\` (${op})`).join(", ")}`, ""]
      : []),
    ...(steps.length > 0 && !failed
      ? [
          `<details><summary>${steps.length} of ${steps.length + unchanged} resources change</summary>`,
          "",
          ...fenced(steps.slice(0, mostSteps).map(lineOf), "diff"),
          ...(rest > 0 ? [`and ${rest} more`] : []),
          "</details>",
          "",
        ]
      : []),
    ...(money && !failed ? [money, ""] : []),
    `<sub>${commit}; values are left out on purpose</sub>`,
  ].join("\n");
}

/** In place of a preview when nobody has created the stack: configured, but not in use. */
export const absentComment = (stack: string, commit: string): string =>
  [
    commentMarker(stack),
    `### ${stack}: not in use`,
    "",
    `The backend has no stack \`${stack}\`, only its configuration is here. How to create it: .github/README.md.`,
    "",
    `<sub>${commit}</sub>`,
  ].join("\n");

/** In place of a preview when a lower layer is not there yet. */
export function waitingComment(stack: string, missing: readonly string[], commit: string): string {
  const below = missing.join(" and ");
  return [
    commentMarker(stack),
    `### ${stack}: waits for ${below}`,
    "",
    `${below} ${missing.length === 1 ? "is" : "are"} not deployed yet, so there is nothing to compare ${stack} with. ` +
      `Its preview follows once ${missing.length === 1 ? "that stands" : "those stand"}.`,
    "",
    `<sub>${commit}</sub>`,
  ].join("\n");
}
