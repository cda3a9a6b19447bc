// The judges, with their programs: installed side by side, and each ready for any rendering.
import { tools } from "../local/index.ts";
import { ensureGoJudge, ensurePythonJudge } from "./install.ts";
import { checkov } from "./judges/checkov.ts";
import { dryRun } from "./judges/dryRun.ts";
import { kubeScore, program as kubeScoreProgram } from "./judges/kubeScore.ts";
import { promtool } from "./judges/promtool.ts";
import type { Judge } from "./model.ts";
import { kustomize as kustomizeProgram } from "./renderings.ts";

/** Paths of executables, and checkov's folder. */
export interface Programs {
  kubeScore: string;
  kustomize: string;
  promtool: string;
  checkov: string;
}

/** Installs what is not there yet. */
export async function ensurePrograms(report: (line: string) => void): Promise<Programs> {
  const { ensureTools } = await tools();
  const [{ promtool }, checkov, kubeScore, kustomize] = await Promise.all([
    ensureTools(["promtool"], { report }),
    ensurePythonJudge("checkov"),
    ensureGoJudge(kubeScoreProgram),
    ensureGoJudge(kustomizeProgram),
  ]);
  return { promtool, checkov, kubeScore, kustomize };
}

/** @param kubeconfig of a control plane that is there for judging alone */
export const panelOf = (programs: Programs, kubeconfig: string): Record<string, Judge> => ({
  "dry run": (rendering) => dryRun(rendering, kubeconfig),
  "kube-score": (rendering) => kubeScore(rendering, programs.kubeScore),
  checkov: (rendering) => checkov(rendering, programs.checkov),
  promtool: (rendering) => promtool(rendering, programs.promtool),
});
