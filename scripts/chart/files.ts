// Every file of the chart.
import { readFileSync } from "node:fs";
import { stringify } from "yaml";
import { entryFile, version } from "../../balancer/index.ts";
import { bundle } from "../../stacks/deploy/bundle.ts";
import { programFile } from "./expressions.ts";
import { chartTemplates } from "./templates.ts";
import { valuesSchema, valuesText } from "./values.ts";

const beside = (file: string): string => readFileSync(new URL(file, import.meta.url), "utf8");

/** @param image without one the chart has the program with it */
export async function chartFiles(image?: string): Promise<Map<string, string | Buffer>> {
  const program = image === undefined ? [[programFile, (await bundle(entryFile)).gzip] as const] : [];
  return new Map<string, string | Buffer>([
    ["Chart.yaml", chartYaml],
    ["values.yaml", valuesText(image)],
    ["values.schema.json", `${JSON.stringify(valuesSchema(), undefined, 2)}\n`],
    ["templates/_helpers.tpl", beside("helpers.tpl")],
    ["templates/NOTES.txt", beside("NOTES.txt")],
    ...(await chartTemplates(image !== undefined)),
    ...program,
  ]);
}

const chartYaml = stringify({
  apiVersion: "v2",
  name: "spot-balancer",
  description:
    "Moves idle and unimportant workloads to spot nodes, and back when they are busy or the nodes are lost",
  type: "application",
  version,
  appVersion: version,
  kubeVersion: ">=1.30.0-0", // ValidatingAdmissionPolicy: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
  keywords: ["spot", "cost", "scheduling"],
});
