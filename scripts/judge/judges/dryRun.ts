// The API server: takes every object with strict validation, and every pod into a namespace that lets only restricted
// ones in, without an error or a warning. Nothing runs: what pods need to be let in is created, all else is a dry run.
import type { Manifest } from "../../../stacks/deploy/manifests.ts";
import { findPodTemplate } from "../../../stacks/deploy/podSpec.ts";
import { cluster as clusterRoom, identityOf, valueAt, type Properties } from "../../local/index.ts";
import { nameOf, type Finding, type Rendering } from "../model.ts";

const judge = "dry run";

/** In this order. Pods are let in by the accounts, classes, limits and quotas of their namespace. */
const created = ["Namespace", "PriorityClass", "ServiceAccount", "LimitRange", "ResourceQuota"];

export async function dryRun({ objects }: Rendering, kubeconfig: string): Promise<Finding[]> {
  const { ApiError, Cluster, loadKubeConfig, openApi, waitFor } = await clusterRoom();
  const findings: Finding[] = [];
  const names = new Map<string, string>();
  const report = (object: string, check: string, text: string) =>
    void findings.push({ judge, check, object, text });
  const api = openApi(loadKubeConfig(kubeconfig), {
    onWarning: (text, path) => report(names.get(path.split("?")[0]!) ?? path, "warning", text),
  });
  const cluster = new Cluster(api);

  async function apply(manifest: Manifest, really: boolean): Promise<void> {
    const object = manifest as unknown as Properties;
    try {
      const path = await cluster.discovery.path(identityOf(object));
      names.set(path, nameOf(manifest));
      await cluster.apply(path, object, { dryRun: !really, force: true });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      report(nameOf(manifest), error.reason || "error", error.said);
    }
  }

  try {
    for (const kind of created) {
      await Promise.all(
        objects.filter((object) => object.kind === kind).map((object) => apply(object, true)),
      );
    }
    await Promise.all(objects.filter(({ kind }) => kind === "ResourceQuota").map(isCounted));
    const others = objects.filter(({ kind }) => !created.includes(kind));
    await Promise.all([...others, ...others.flatMap(podOf)].map((object) => apply(object, false)));
  } finally {
    api.close();
  }
  return findings;

  /** Until the controller manager has counted what there is, a quota lets nothing in. */
  async function isCounted(quota: Manifest): Promise<void> {
    const identity = identityOf(quota as unknown as Properties);
    await waitFor(async () => valueAt((await cluster.find(identity))?.live, "status", "hard") !== undefined, {
      what: `${nameOf(quota)} to be counted`,
      timeoutMs: 30_000,
    });
  }
}

/** The pod that a workload would make: enforcement looks at pods only. */
function podOf(object: Manifest): Manifest[] {
  const template = findPodTemplate(object);
  if (!template?.spec) return [];
  const { namespace, name } = object.metadata;
  return [
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...template.metadata, name: `${name}-pod`, ...(namespace !== undefined && { namespace }) },
      spec: template.spec,
    },
  ];
}
