// For tests: manifests of three public applications, from the Go modules that the local tools are built of anyway, so that
// go.sum pins them and nothing of them lies here. What only the cluster's own parts may be, such as an APIService, is left out.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import { tools } from "../../local/index.ts";
import { ensureGoJudge } from "../install.ts";
import { kustomize } from "../renderings.ts";

export interface PublicApp {
  /** Of all of it; by its own manifests it is kube-system or none. */
  namespace: string;
  objects: PublicObject[];
}

export interface PublicObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

const run = promisify(execFile);
const kinds = ["DaemonSet", "Deployment", "PodDisruptionBudget", "Service", "ServiceAccount", "StatefulSet"];

export async function publicApps(): Promise<PublicApp[]> {
  const { goModule } = await tools();
  const [kubernetes, kubeStateMetrics, metricsServer] = await Promise.all(
    ["k8s.io/kubernetes", "k8s.io/kube-state-metrics/v2", "sigs.k8s.io/metrics-server"].map(
      async (path) => (await goModule(path)).Dir,
    ),
  );
  const guestbook = join(kubernetes!, "test/e2e/testing-manifests/guestbook");
  const pages = readdirSync(guestbook)
    .filter((file) => /^(agnhost|frontend).*\.yaml(\.in)?$/.test(file))
    .map((file) => readFileSync(join(guestbook, file), "utf8").replaceAll(/\{\{\.\w+\}\}/g, "none"));
  return [
    inNamespace("guestbook", pages.join("\n---\n")),
    inNamespace("kube-state-metrics", await kustomized(kubeStateMetrics!, "examples/standard")),
    inNamespace("sharded", await kustomized(kubeStateMetrics!, "examples/autosharding")),
    inNamespace("metrics-server", await kustomized(metricsServer!, "manifests/overlays/release-ha-1.21+")),
  ];
}

async function kustomized(module: string, folder: string): Promise<string> {
  const { stdout } = await run(await ensureGoJudge(kustomize), ["build", join(module, folder)]);
  return stdout;
}

function inNamespace(namespace: string, text: string): PublicApp {
  const objects = parseAllDocuments(
    text.replaceAll(/namespace: kube-system|- kube-system/g, (found) =>
      found.replace("kube-system", namespace),
    ),
  )
    .map((document) => document.toJS() as PublicObject)
    .filter(({ kind }) => kinds.includes(kind))
    .map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }));
  return { namespace, objects };
}
