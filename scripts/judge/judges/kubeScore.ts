// kube-score: how workloads hold up: probes, limits, network, disruption. What it calls critical counts.
import { join } from "node:path";
import { readdirSync } from "node:fs";
import { z } from "zod";
import type { GoJudge } from "../install.ts";
import { nameOf, type Finding, type Rendering } from "../model.ts";
import { output } from "../output.ts";

export const program: GoJudge = {
  name: "kube-score",
  package: "github.com/zegl/kube-score/cmd/kube-score",
  version: "v1.20.0",
};

/** Its grade for what is critical; a warning has 5. */
const critical = 1;

const answer = z.array(
  z.object({
    type_meta: z.object({ kind: z.string() }),
    object_meta: z.object({ name: z.string(), namespace: z.string().optional() }),
    checks: z.array(
      z.object({
        check: z.object({ id: z.string() }),
        grade: z.int(),
        skipped: z.boolean(),
        comments: z.array(z.object({ path: z.string(), summary: z.string() })).nullable(),
      }),
    ),
  }),
);

export async function kubeScore({ folder }: Rendering, executable: string): Promise<Finding[]> {
  const text = await output(executable, [
    ...["score", "--output-format", "json", "--kubernetes-version", "v1.36"],
    // A limit on CPU slows down what could use idle cores; see k8s/exceptions.yml for the same words to checkov.
    "--ignore-container-cpu-limit",
    ...readdirSync(folder).map((file) => join(folder, file)),
  ]);
  return answer.parse(JSON.parse(text)).flatMap(({ type_meta: { kind }, object_meta, checks }) =>
    checks
      .filter(({ grade, skipped }) => grade <= critical && !skipped)
      .map(({ check, comments }) => ({
        judge: "kube-score",
        check: check.id,
        object: nameOf({ kind, metadata: object_meta }),
        text: (comments ?? [])
          .map(({ path, summary }) => (path ? `${path}: ${summary}` : summary))
          .join("; "),
      })),
  );
}
