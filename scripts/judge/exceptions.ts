// Written reasons for what judges find and what shall stay: k8s/exceptions.yml for all workloads, and one file beside
// the manifests of a workload for its own.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { loadManifests } from "../../stacks/deploy/manifests.ts";
import { projectRoot } from "../local/index.ts";
import { nameOf, type Finding } from "./model.ts";

export interface Exception {
  judge: string;
  check: string;
  reason: string;
  /** Folder in k8s/ whose objects it is for; undefined: for all. */
  workload?: string;
}

const manifests = join(projectRoot, "k8s");

const reasons = z.record(z.string(), z.string().min(20, "a reason, in a sentence"));
const exceptionsFile = z.strictObject({ checkov: reasons.optional(), "kube-score": reasons.optional() });

/** Where the exceptions of a workload are, or those for all. */
export const fileFor = (workload: string | undefined): string =>
  workload === undefined ? "k8s/exceptions.yml" : `k8s/${workload}/exceptions.yml`;

export function parseExceptions(text: string, workload?: string): Exception[] {
  const { data, error } = exceptionsFile.safeParse(parse(text));
  if (error) throw new Error(`${fileFor(workload)}:\n${z.prettifyError(error)}`);
  return Object.entries(data).flatMap(([judge, checks]) =>
    Object.entries(checks).map(([check, reason]) => ({
      ...{ judge, check, reason },
      ...(workload !== undefined && { workload }),
    })),
  );
}

export const workloads = (): string[] =>
  readdirSync(manifests, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

export const readExceptions = (): Exception[] =>
  [undefined, ...workloads()].flatMap((workload) => {
    const file = join(projectRoot, fileFor(workload));
    return existsSync(file) ? parseExceptions(readFileSync(file, "utf8"), workload) : [];
  });

/** The folder that an object comes from, by its name in findings. */
export function workloadsByObject(): Map<string, string> {
  return new Map(
    workloads().flatMap((workload) =>
      loadManifests(workload).map((manifest): [string, string] => [nameOf(manifest), workload]),
    ),
  );
}

/** The exception that a finding falls under, the workload's own before one for all. */
export function exceptionFor(
  finding: Finding,
  exceptions: readonly Exception[],
  workload: string | undefined,
): Exception | undefined {
  const fitting = exceptions.filter(({ judge, check }) => judge === finding.judge && check === finding.check);
  return (
    fitting.find((exception) => exception.workload !== undefined && exception.workload === workload) ??
    fitting.find((exception) => exception.workload === undefined)
  );
}
