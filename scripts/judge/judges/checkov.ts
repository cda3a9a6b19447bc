// checkov: some hundred checks of how workloads are secured.
import { z } from "zod";
import { pythonEnv } from "../install.ts";
import { nameOf, type Finding, type Rendering } from "../model.ts";
import { output } from "../output.ts";

const answer = z.object({
  results: z.object({
    failed_checks: z.array(z.object({ check_id: z.string(), check_name: z.string(), resource: z.string() })),
  }),
  summary: z.object({ passed: z.int(), parsing_errors: z.int() }),
});

/** @param home folder of its Python packages */
export async function checkov({ objects, folder }: Rendering, home: string): Promise<Finding[]> {
  const text = await output(
    "python3",
    [
      ...["-m", "checkov.main", "--directory", folder, "--framework", "kubernetes", "--output", "json"],
      ...["--quiet", "--compact", "--skip-download"],
    ],
    { env: pythonEnv(home) },
  );
  const { results, summary } = answer.parse(JSON.parse(text));
  if (summary.passed === 0 || summary.parsing_errors > 0) {
    throw new Error(`expected checkov to read all files, it answered ${JSON.stringify(summary)}`);
  }
  // `Deployment.backend.backend-a`; objects of the cluster count as the namespace default's.
  const names = new Map(
    objects.map((object) => {
      const { namespace = "default", name } = object.metadata;
      return [`${object.kind}.${namespace}.${name}`, nameOf(object)];
    }),
  );
  return results.failed_checks.map(({ check_id, check_name, resource }) => ({
    judge: "checkov",
    check: check_id,
    object: names.get(resource) ?? resource,
    text: check_name,
  }));
}
