// kubeconform: every object against the JSON schema of its kind, without a property that the schema does not name.
import { join } from "node:path";
import { z } from "zod";
import { cluster } from "../../local/index.ts";
import type { GoJudge } from "../install.ts";
import { nameOf, type Finding, type Rendering } from "../model.ts";
import { output } from "../output.ts";
import { schemaPattern, writeSchemas } from "../schemas.ts";

export const program: GoJudge = {
  name: "kubeconform",
  package: "github.com/yannh/kubeconform/cmd/kubeconform",
  version: "v0.8.0",
};

const answer = z.object({
  resources: z.array(
    z.object({
      filename: z.string(),
      kind: z.string(),
      name: z.string(),
      status: z.string(),
      msg: z.string(),
    }),
  ),
  summary: z.object({ valid: z.int() }),
});

/** @param schemas folder for the schemas, which are taken from the API server */
export async function kubeconform(
  { objects, folder }: Rendering,
  executable: string,
  schemas: string,
  kubeconfig: string,
): Promise<Finding[]> {
  const { loadKubeConfig, openApi } = await cluster();
  const api = openApi(loadKubeConfig(kubeconfig));
  try {
    await writeSchemas(
      api,
      objects.map(({ apiVersion }) => apiVersion),
      schemas,
    );
  } finally {
    api.close();
  }
  const text = await output(executable, [
    ...["-strict", "-summary", "-output", "json", "-schema-location", join(schemas, schemaPattern), folder],
  ]);
  const { resources, summary } = answer.parse(JSON.parse(text));
  if (summary.valid + resources.length !== objects.length) {
    throw new Error(`kubeconform looked at ${summary.valid + resources.length} of ${objects.length} objects`);
  }
  return resources.map(({ kind, name, status, msg, filename }) => {
    const [object, ...others] = objects.filter((each) => each.kind === kind && each.metadata.name === name);
    return {
      judge: "kubeconform",
      check: status,
      object: object && others.length === 0 ? nameOf(object) : filename,
      text: msg.replace(/^.* validation failed with '[^']*' +- /, ""),
    };
  });
}
