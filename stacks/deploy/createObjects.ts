// Manifests made into Pulumi resources.
import {
  CustomResource,
  type CustomResourceOptions,
  type Input,
  type ProviderResource,
  type Resource,
} from "@pulumi/pulumi";
import { dockerHub } from "../images.ts";
import type { Manifest } from "./manifests.ts";
import { findPodTemplate } from "./podSpec.ts";

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
 * Run pods, or have them behind them. A Service is ready once pods are (the Kubernetes provider waits for its endpoints,
 * pulumi-kubernetes: provider/pkg/await/service.go): pods that waited for their Service would wait for themselves.
 */
const comesLast = new Set(["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Service"]);

/** Others lie in them, or run by their rank. */
const comesFirst = new Set(["Namespace", "PriorityClass"]);

/** Where objects go and what must be there first. */
export interface Placement {
  /** Omitted: the parent's. */
  provider?: ProviderResource;
  parent?: Resource;
  dependsOn?: Input<Resource>[];
  /** Where images of Docker Hub come from instead. */
  registryMirror?: string | undefined;
}

/** The object with its pods' images from the mirror; none of ours has init containers. */
function mirrored(manifest: Manifest, mirror: string): Manifest {
  for (const container of findPodTemplate(manifest)?.spec?.containers ?? [])
    if (container.image?.startsWith(dockerHub))
      container.image = `${mirror}/${container.image.slice(dockerHub.length)}`;
  return manifest;
}

/**
 * Creates the objects of one workload: namespaces and ranks first, last what runs pods, and Services.
 * @param ignoreChanges by kind: fields that others change once the object exists
 */
export function createObjects(
  manifests: readonly Manifest[],
  { provider, parent, dependsOn = [], registryMirror }: Placement,
  ignoreChanges: Record<Manifest["kind"], string[]> = {},
): Resource[] {
  const create = (manifest: Manifest, first: Input<Resource>[]) =>
    new KubernetesObject(registryMirror === undefined ? manifest : mirrored(manifest, registryMirror), {
      ...(provider && { provider }),
      ...(parent && { parent }),
      dependsOn: first,
      ignoreChanges: [
        ...(ignoreChanges[manifest.kind] ?? []),
        // Compressed bytes differ between machines; what is in them gave the object its name.
        ...(manifest["binaryData"] === undefined ? [] : ["binaryData"]),
      ],
    });
  const isFirst = ({ kind }: Manifest) => comesFirst.has(kind);
  const isLast = ({ kind }: Manifest) => comesLast.has(kind);
  const first = manifests.filter(isFirst).map((each) => create(each, dependsOn));
  const others = manifests
    .filter((each) => !isFirst(each) && !isLast(each))
    .map((each) => create(each, [...dependsOn, ...first]));
  const last = manifests.filter(isLast).map((each) => create(each, [...dependsOn, ...first, ...others]));
  return [...first, ...others, ...last];
}
