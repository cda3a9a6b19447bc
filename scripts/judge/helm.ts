// Helm itself, as the tests of the chart run it.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ensureGoJudge, type GoJudge } from "./install.ts";

export const helmProgram: GoJudge = { name: "helm", package: "helm.sh/helm/v3/cmd/helm", version: "v3.22.0" };

/** A Helm that `go install` builds takes itself for one of 1.20, which its release build overrides: helm/helm, pkg/chartutil/capabilities.go. */
export const kubeVersion = ["--kube-version", "1.36.0"];

/** @returns what it printed; @throws with what it said of a failure */
export async function helm(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(await ensureGoJudge(helmProgram), args, {
    maxBuffer: 2 ** 26,
  });
  return stdout;
}
