// What is judged: the stacks as they would be deployed, a cluster that is not ours, and the folders of k8s/ by kustomize.
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, parseAllDocuments, stringify } from "yaml";
import { own } from "../../stacks/deploy/balancer/own.ts";
import type { Manifest } from "../../stacks/deploy/manifests.ts";
import { helm, kubeVersion } from "./helm.ts";
import { projectRoot, type TestEnvironment } from "../local/index.ts";
import { workloads } from "./exceptions.ts";
import type { GoJudge } from "./install.ts";
import { foldersName, nameOf, type Rendering } from "./model.ts";

/** Does what `kubectl apply -k` does with a folder, without a cluster. 5.8.3 needs Go 1.27. */
export const kustomize: GoJudge = {
  name: "kustomize",
  package: "sigs.k8s.io/kustomize/kustomize/v5",
  version: "v5.8.2",
};

/** What is rendered, with the configuration where the stack has none of its own: on a cluster that is not ours. */
export const stacks: readonly { name: string; configFile?: string }[] = [
  ...["deploy-local", "deploy-dev", "deploy-prod"].map((name) => ({ name })),
  { name: "deploy-foreign", configFile: join(import.meta.dirname, "foreign.yaml") },
];

/** With a login to Prometheus there is more to judge. */
const anyClient = "11111111-2222-3333-4444-555555555555";

/**
 * The balancer alone, as one manifest and as a chart, by the commands that people use; where the stacks have it, so that their
 * reasons hold.
 */
export async function renderAlone(root: string): Promise<Rendering[]> {
  const script = (name: string, ...args: string[]) =>
    promisify(execFile)(process.execPath, [join(projectRoot, "scripts", name), ...args], {
      maxBuffer: 2 ** 26,
    });
  const { namespace, prometheus } = own;
  const manifest = script(
    "manifest.ts",
    ...["--prometheus", prometheus, "--namespaces", "demo", "--namespace", namespace],
    ...["--prometheus-secret-name", "prometheus-login", "--azure-client-id", anyClient],
  );
  const chart = join(root, "chart-source");
  await script("chart.ts", "--out", chart);
  const values = `prometheus=${prometheus},namespaces={demo},prometheusSecretName=prometheus-login,azureClientId=${anyClient}`;
  const to = ["--namespace", namespace, "--set", values];
  const rendered = await helm("template", "balancer", chart, ...to, ...kubeVersion);
  return [
    write(root, "manifest", objectsIn((await manifest).stdout)),
    write(root, "chart", objectsIn(rendered)),
  ];
}

const objectsIn = (text: string): Manifest[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);

/** Each object as a file of its own. */
function write(root: string, name: string, objects: Manifest[]): Rendering {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const object of objects)
    writeFileSync(
      join(folder, `${nameOf(object).replace(/[ /]/g, "-").toLowerCase()}.yaml`),
      stringify(object, { compat: "yaml-1.1" }),
    );
  return { name, folder, objects };
}

/** By the command that people use. */
export async function renderStack(
  environment: TestEnvironment,
  root: string,
  { name, configFile }: (typeof stacks)[number],
): Promise<Rendering> {
  const folder = join(root, name);
  const options = configFile === undefined ? [] : ["--config-file", configFile];
  const { code, output } = await environment.run("render", name, "--out", folder, ...options);
  if (code !== 0) throw new Error(`render ${name} failed:\n${output}`);
  const objects = readdirSync(folder)
    .sort()
    .map((file) => parse(readFileSync(join(folder, file), "utf8")) as Manifest);
  return { name, folder, objects };
}

/** As `kubectl apply -k` takes each folder; what several bring along (the banking program) counts once. */
export async function renderFolders(executable: string, root: string): Promise<Rendering> {
  const built = await Promise.all(
    workloads().map((workload) =>
      promisify(execFile)(executable, ["build", join(projectRoot, "k8s", workload)]),
    ),
  );
  const objects = built.flatMap(({ stdout }) => objectsIn(stdout));
  return write(root, foldersName, [...new Map(objects.map((object) => [nameOf(object), object])).values()]);
}
