// checkov: some hundred checks of how workloads are secured.
import { delimiter, join } from "node:path";
import { z } from "zod";
import { ensurePythonJudges } from "../install.ts";
import type { Finding, Rendering } from "../model.ts";
import { output } from "../output.ts";

const version = "3.3.30";

/** Folder of its Python packages. */
export const ensureCheckov = (): Promise<string> =>
  ensurePythonJudges(`checkov-${version}`, ["-r", join(import.meta.dirname, "..", "checkov.txt")]);

const answer = z.object({
  results: z.object({
    failed_checks: z.array(z.object({ check_id: z.string(), check_name: z.string(), resource: z.string() })),
  }),
  summary: z.object({ passed: z.int(), parsing_errors: z.int() }),
});

export async function checkov({ folder }: Rendering, home: string): Promise<Finding[]> {
  const text = await output(
    "python3",
    [
      ...["-m", "checkov.main", "--directory", folder, "--framework", "kubernetes", "--output", "json"],
      ...["--quiet", "--compact", "--skip-download"],
    ],
    {
      env: { ...process.env, PYTHONPATH: [home, process.env["PYTHONPATH"]].filter(Boolean).join(delimiter) },
    },
  );
  const { results, summary } = answer.parse(JSON.parse(text));
  if (summary.passed === 0 || summary.parsing_errors > 0) {
    throw new Error(`expected checkov to read all files, it answered ${JSON.stringify(summary)}`);
  }
  return results.failed_checks.map(({ check_id, check_name, resource }) => {
    // `Deployment.backend.backend-a`
    const [kind = "", namespace = "", ...name] = resource.split(".");
    return {
      judge: "checkov",
      check: check_id,
      object: `${kind} ${namespace}/${name.join(".")}`,
      text: check_name,
    };
  });
}
