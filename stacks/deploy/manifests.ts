// The manifests in k8s/: read, adapted, and made into Pulumi resources.
import { readdirSync, readFileSync } from "node:fs";
import type { V1ObjectMeta, V1PodTemplateSpec } from "@kubernetes/client-node";
import {
  CustomResource,
  type CustomResourceOptions,
  type Input,
  type ProviderResource,
  type Resource,
} from "@pulumi/pulumi";
import { parseAllDocuments } from "yaml";
import { dockerHub } from "../images.ts";

/** A Kubernetes object, as a manifest has it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: V1ObjectMeta & { name: string };
  [field: string]: unknown;
}

const folder = new URL("../../k8s/", import.meta.url);

/** Text of a file that belongs to a workload, such as `prometheus/prometheus.yml`. */
export const readWorkloadFile = (path: string): string => readFileSync(new URL(path, folder), "utf8");

/** For people who use kubectl: it names the other files, and is no object of the cluster. */
const kustomization = "kustomization.yaml";

/** Every object in `k8s/<workload>/*.yaml`, in the order of the files' names. */
export function loadManifests(workload: string): Manifest[] {
  return readdirSync(new URL(`${workload}/`, folder))
    .filter((file) => file.endsWith(".yaml") && file !== kustomization)
    .sort()
    .flatMap((file) =>
      parseAllDocuments(readWorkloadFile(`${workload}/${file}`)).map((document) => {
        const [error] = document.errors;
        if (error) throw new Error(`k8s/${workload}/${file}: ${error.message}`);
        return document.toJS() as Manifest;
      }),
    );
}

/** `v1` → `core/v1`, as the Kubernetes provider's type tokens have it. */
const typeToken = ({ apiVersion, kind }: Manifest) =>
  `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;

/** One object in the cluster. The SDK's classes for each kind would only add half a second to every preview. */
class KubernetesObject extends CustomResource {
  constructor(manifest: Manifest, options: CustomResourceOptions) {
    const { namespace, name } = manifest.metadata;
    super(typeToken(manifest), namespace ? `${namespace}/${name}` : name, manifest, options);
  }
}

/**
 * Run pods, or have them behind them. A Service is ready once pods are (the Kubernetes provider waits for its endpoints):
 * pods that waited for their Service would wait for themselves.
 */
const comesLast = new Set(["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Service"]);

/** Where objects go and what must be there first. */
export interface Placement {
  provider: ProviderResource;
  dependsOn?: Input<Resource>[];
  /** Where images of Docker Hub come from instead. */
  registryMirror?: string | undefined;
}

/** The object with its pods' images from the mirror, wherever in it they stand. */
function mirrored(manifest: Manifest, mirror: string): Manifest {
  const { spec } = manifest as {
    spec?: { template?: V1PodTemplateSpec; jobTemplate?: { spec: typeof spec } };
  };
  const pod = (spec?.template ?? spec?.jobTemplate?.spec?.template)?.spec;
  for (const container of [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])])
    if (container.image?.startsWith(dockerHub))
      container.image = `${mirror}/${container.image.slice(dockerHub.length)}`;
  return manifest;
}

/**
 * Creates the objects of one workload; those that run pods, and Services, wait for the others.
 * @param ignoreChanges by kind: fields that others change once the object exists
 */
export function createObjects(
  manifests: readonly Manifest[],
  { provider, dependsOn = [], registryMirror }: Placement,
  ignoreChanges: Record<Manifest["kind"], string[]> = {},
): Resource[] {
  const create = (manifest: Manifest, first: Input<Resource>[]) =>
    new KubernetesObject(registryMirror === undefined ? manifest : mirrored(manifest, registryMirror), {
      provider,
      dependsOn: first,
      ignoreChanges: [
        ...(ignoreChanges[manifest.kind] ?? []),
        // Compressed bytes differ between machines; what is in them gave the object its name.
        ...(manifest["binaryData"] === undefined ? [] : ["binaryData"]),
      ],
    });
  const isLast = ({ kind }: Manifest) => comesLast.has(kind);
  const others = manifests.filter((each) => !isLast(each)).map((each) => create(each, dependsOn));
  const last = manifests.filter(isLast).map((each) => create(each, [...dependsOn, ...others]));
  return [...others, ...last];
}
