// Previews by the Pulumi CLI, in the backend that it is logged in to.
import { stripVTControlCharacters } from "node:util";
import { pulumi } from "../pulumi.ts";
import type { PreviewRequest, PreviewResult } from "./preview.ts";
import { isBookkeeping, isChangeOp } from "./preview.ts";

/** The part of `pulumi preview --json` that is read here; pkg/display/json.go in pulumi/pulumi. */
interface Digest {
  steps?: {
    op: string;
    urn: string;
    diffReasons?: string[];
    replaceReasons?: string[];
    detailedDiff?: Record<string, unknown> | null;
  }[];
  diagnostics?: { message?: string; severity: string }[];
}

/** `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>` */
function resourceOf(urn: string): { type: string; name: string } {
  const [, , types = "", name = ""] = urn.split("::");
  return { type: types.slice(types.lastIndexOf("$") + 1), name };
}

/** @throws Error when the text is no digest */
export function readDigest(stack: string, text: string): PreviewResult {
  const digest = JSON.parse(text) as Digest;
  const steps = (digest.steps ?? [])
    .map(({ urn, ...step }) => ({ ...step, ...resourceOf(urn) }))
    .filter(({ type }) => !isBookkeeping(type));
  return {
    stack,
    unchanged: steps.filter(({ op }) => op === "same").length,
    // A replacement is also listed as its two halves, which are no further changes.
    steps: steps.flatMap(({ op, type, name, replaceReasons, diffReasons, detailedDiff }) => {
      const detailed = Object.keys(detailedDiff ?? {});
      const coarse = [...new Set([...(replaceReasons ?? []), ...(diffReasons ?? [])])];
      return isChangeOp(op) ? [{ op, type, name, properties: detailed.length > 0 ? detailed : coarse }] : [];
    }),
    failures: (digest.diagnostics ?? [])
      .filter(({ severity }) => severity === "error")
      .map(({ message = "" }) => stripVTControlCharacters(message).trim()),
  };
}

export async function previewPulumi({ stack, refresh }: PreviewRequest): Promise<PreviewResult> {
  // Pulumi.yaml says always to refresh; who previews may not read everything.
  const args = ["preview", "--stack", stack, "--json", `--refresh=${refresh}`];
  const { stdout, stderr, code } = await pulumi(args);
  const said = stderr.trim();
  const ended = `pulumi preview ended with exit code ${code ?? "none"}`;
  const failed = (reason: string): PreviewResult => ({
    ...{ stack, unchanged: 0, steps: [] },
    failures: [reason],
  });
  if (stdout.trim() === "") return failed(said || `${ended} and said nothing`);
  try {
    const result = readDigest(stack, stdout);
    const isSilent = code !== 0 && result.failures.length === 0;
    return isSilent ? { ...result, failures: [said || ended] } : result;
  } catch (error) {
    return failed(`pulumi preview printed no JSON: ${(error as Error).message}`);
  }
}
