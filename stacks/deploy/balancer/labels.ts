// The labels that tools know (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/), beside `app`,
// by which policies and selectors here go.
import { version } from "../../../balancer/index.ts";
import type { Manifest } from "../manifests.ts";

const part = "spot-balancer";

/** The object and the pods that it runs; never a selector, which cannot change. */
export function labelled(manifest: Manifest, managedBy: string | undefined): Manifest {
  const { metadata } = manifest;
  const labels = {
    ...metadata.labels,
    "app.kubernetes.io/name": part,
    "app.kubernetes.io/component": componentOf(metadata.labels?.["app"] ?? part),
    "app.kubernetes.io/part-of": part,
    "app.kubernetes.io/version": version,
    ...(managedBy !== undefined && { "app.kubernetes.io/managed-by": managedBy }),
  };
  return withPodLabels({ ...manifest, metadata: { ...metadata, labels } }, labels);
}

/** `spot-balancer-metrics` → `metrics` */
const componentOf = (app: string): string => (app === part ? "balancer" : app.replace(`${part}-`, ""));

interface Template {
  metadata?: { labels?: Record<string, string> };
  spec?: Templates;
}
type Templates = { template?: Template; jobTemplate?: Template };

function withPodLabels(manifest: Manifest, labels: Record<string, string>): Manifest {
  const labelled = structuredClone(manifest);
  // A PodTemplate has no spec around it.
  const { template, jobTemplate } = (labelled["spec"] ?? labelled) as Templates;
  for (const each of [template, jobTemplate, jobTemplate?.spec?.template])
    if (each)
      each.metadata = { ...each.metadata, labels: { ...each.metadata?.labels, ...withoutApp(labels) } };
  return labelled;
}

/** Pods have their own. */
const withoutApp = (labels: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => key !== "app"));
