// The judges, with their programs: installed side by side, and each ready for any rendering.
import { join } from "node:path";
import { tools } from "../local/index.ts";
import { ensureGoJudge, ensurePythonJudge } from "./install.ts";
import { checkov } from "./judges/checkov.ts";
import { dryRun } from "./judges/dryRun.ts";
import { kubeconform, program as kubeconformProgram } from "./judges/kubeconform.ts";
import { kubeScore, program as kubeScoreProgram } from "./judges/kubeScore.ts";
import { promtool } from "./judges/promtool.ts";
import type { Judge } from "./model.ts";
import { kustomize as kustomizeProgram } from "./renderings.ts";

/** Paths of executables, and checkov's folder. */
export interface Programs {
  kubeconform: string;
  kubeScore: string;
  kustomize: string;
  promtool: string;
  checkov: string;
}

/** Installs what is not there yet. */
export async function ensurePrograms(report: (line: string) => void): Promise<Programs> {
  const { ensureTools } = await tools();
  const [{ promtool }, checkov, kubeconform, kubeScore, kustomize] = await Promise.all([
    ensureTools(["promtool"], { report }),
    ensurePythonJudge("checkov"),
    ensureGoJudge(kubeconformProgram),
    ensureGoJudge(kubeScoreProgram),
    ensureGoJudge(kustomizeProgram),
  ]);
  return { promtool, checkov, kubeconform, kubeScore, kustomize };
}

/**
 * @param kubeconfig of a control plane that is there for judging alone
 * @param work folder for files
 */
export const panelOf = (programs: Programs, kubeconfig: string, work: string): Record<string, Judge> => ({
  "dry run": (rendering) => dryRun(rendering, kubeconfig),
  kubeconform: (rendering) =>
    kubeconform(rendering, programs.kubeconform, join(work, `${rendering.name}-schemas`), kubeconfig),
  "kube-score": (rendering) => kubeScore(rendering, programs.kubeScore),
  checkov: (rendering) => checkov(rendering, programs.checkov),
  promtool: (rendering) => promtool(rendering, programs.promtool),
});
