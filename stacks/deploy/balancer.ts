// The balancer: its program, its policy, its rights, the CronJob that runs it, and the exporter of its metrics.
import type { V1CronJob, V1Deployment, V1PodSpec } from "@kubernetes/client-node";
import type { Resource } from "@pulumi/pulumi";
import { entryFile, parsePolicy } from "../../balancer/index.ts";
import type { DeployConfig } from "../config/deploy.ts";
import { bundle } from "./bundle.ts";
import type { Cluster } from "./cluster.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { Manifest, Placement } from "./manifests.ts";
import { adapt, createObjects, loadManifests, readWorkloadFile } from "./manifests.ts";
import type { PlaceOnNodes } from "./podSpec.ts";
import { podSpecOf, useConfigMap } from "./podSpec.ts";
import { policyFor } from "./policy.ts";

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
  const program = config.balancerImage === undefined ? await bundleConfigMap() : undefined;

  const prepare = (pod: V1PodSpec) => {
    placeOnSystemNodes(pod);
    if (program) useConfigMap(pod, "program", program.metadata.name);
    else useImage(pod, config.balancerImage);
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
    program: program?.metadata.name ?? config.balancerImage ?? "",
    resources: [...bundled, ...resources],
  };
}

/** Compressed bytes differ between machines, so the name is made from what is inside. */
async function bundleConfigMap(): Promise<Manifest> {
  const { gzip, sha256 } = await bundle(entryFile);
  const unpack = readWorkloadFile("balancer/unpack.js");
  return contentNamedConfigMap(
    { name: "spot-balancer-program", ...identity },
    {
      data: { "unpack.mjs": unpack },
      binaryData: { "main.mjs.gz": gzip },
      identity: sha256 + unpack,
    },
  );
}

/** An image of our own starts by its own entry point, and needs no unpacking. */
function useImage(pod: V1PodSpec, image: string | undefined): void {
  const [container] = pod.containers;
  if (!container || image === undefined) throw new Error("the manifest has no container");
  container.image = image;
  delete container.command;
  // Up to the program's file they belong to Node, behind it to the program.
  const { args = [] } = container;
  container.args = args.slice(
    args.findIndex((argument) => argument.endsWith(".mjs") && !argument.startsWith("--")) + 1,
  );
  container.volumeMounts = container.volumeMounts?.filter(({ name }) => name !== "program");
  pod.volumes = pod.volumes?.filter(({ name }) => name !== "program");
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
