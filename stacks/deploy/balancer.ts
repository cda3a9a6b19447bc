// The balancer: its program, its policy, its rights, the CronJob that runs it, and the exporter of its metrics.
import type { V1CronJob, V1Deployment, V1PodSpec } from "@kubernetes/client-node";
import type { Resource } from "@pulumi/pulumi";
import { entryFile, parsePolicy } from "../../balancer/index.ts";
import type { DeployConfig } from "../config/deploy.ts";
import type { Cluster } from "./cluster.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import { useImage } from "./image.ts";
import type { Manifest, Placement } from "./manifests.ts";
import { adapt, createObjects, loadManifests } from "./manifests.ts";
import type { PlaceOnNodes } from "./podSpec.ts";
import { podSpecOf, useConfigMap } from "./podSpec.ts";
import { policyFor } from "./policy.ts";
import { programConfigMap } from "./program.ts";

const identity = { namespace: "monitoring", labels: { app: "spot-balancer" } };

export interface Balancer {
  cronJob: string;
  /** The bundle's ConfigMap, or the image. */
  program: string;
  resources: Resource[];
}

export async function deployBalancer(
  config: DeployConfig,
  nodeLabels: Cluster["nodeLabels"],
  placeOnSystemNodes: PlaceOnNodes,
  placement: Placement,
): Promise<Balancer> {
  const policyText = policyFor(config.policy, nodeLabels);
  const policy = contentNamedConfigMap(
    { name: "spot-balancer-policy", ...identity },
    { data: { "policy.yaml": policyText } },
  );
  const { balancerImage: image } = config;
  const program =
    image === undefined
      ? await programConfigMap({ name: "spot-balancer-program", ...identity }, entryFile)
      : undefined;

  const prepare = (pod: V1PodSpec) => {
    placeOnSystemNodes(pod);
    if (program) useConfigMap(pod, "program", program.metadata.name);
    else if (image !== undefined) useImage(pod, image);
  };
  const withRounds = adapt<V1CronJob>(loadManifests("balancer"), "CronJob", (cronJob) => {
    if (!cronJob.spec) throw new Error("the manifest has no spec");
    cronJob.spec.schedule = config.balancerSchedule;
    const pod = podSpecOf(cronJob.spec.jobTemplate.spec?.template);
    prepare(pod);
    useConfigMap(pod, "policy", policy.metadata.name);
  });
  const manifests = adapt<V1Deployment>(withRounds, "Deployment", (exporter) =>
    prepare(podSpecOf(exporter.spec?.template)),
  );
  const bundled = program ? createObjects([program], placement, { ConfigMap: ["binaryData"] }) : [];
  const resources = createObjects([policy, ...forNamespaces(manifests, policyText)], {
    ...placement,
    dependsOn: [...(placement.dependsOn ?? []), ...bundled],
  });
  return {
    cronJob: "spot-balancer",
    program: program?.metadata.name ?? image ?? "",
    resources: [...bundled, ...resources],
  };
}

/**
 * Rights in namespaces: Role and RoleBinding of the namespace `demo` in the manifests stand for each namespace in
 * which policy allows moves, so that the balancer may write nowhere else.
 */
function forNamespaces(manifests: readonly Manifest[], policyText: string): Manifest[] {
  const allowed = Object.entries(parsePolicy(policyText).namespaces)
    .filter(([, rule]) => rule.allowed)
    .map(([namespace]) => namespace);
  return manifests.flatMap((manifest) =>
    manifest.metadata.namespace === "demo"
      ? allowed.map((namespace) => ({ ...manifest, metadata: { ...manifest.metadata, namespace } }))
      : [manifest],
  );
}
