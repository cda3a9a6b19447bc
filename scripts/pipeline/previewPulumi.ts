// Previews by the Pulumi CLI, in the backend that it is logged in to.
import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { projectRoot } from "../local/index.ts";
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

export function previewPulumi({ stack, refresh }: PreviewRequest): Promise<PreviewResult> {
  const args = [
    "preview",
    "--stack",
    stack,
    "--json",
    "--non-interactive",
    `--refresh=${refresh}`, // Pulumi.yaml says always; who previews may not read everything
  ];
  const child = spawn("pulumi", args, { cwd: projectRoot, stdio: ["ignore", "pipe", "pipe"] });
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text.stdout += part));
  child.stderr.setEncoding("utf8").on("data", (part: string) => (text.stderr += part));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const failed = (reason: string): PreviewResult => ({
        stack,
        unchanged: 0,
        steps: [],
        failures: [reason],
      });
      if (text.stdout.trim() === "") {
        resolve(
          failed(
            text.stderr.trim() || `pulumi preview ended with exit code ${code ?? "none"} and said nothing`,
          ),
        );
        return;
      }
      try {
        const result = readDigest(stack, text.stdout);
        const silent = code !== 0 && result.failures.length === 0;
        resolve(
          silent
            ? {
                ...result,
                failures: [text.stderr.trim() || `pulumi preview ended with exit code ${code ?? "none"}`],
              }
            : result,
        );
      } catch (error) {
        resolve(failed(`pulumi preview printed no JSON: ${(error as Error).message}`));
      }
    });
  });
}
