// The pods that controllers would make of a manifest, as they are when all of them run.
import { type FoundObject, keyOf } from "./files.ts";

export interface RawPodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: { containers?: RawContainer[]; [key: string]: unknown };
}

/** A workload, or an autoscaler of one. */
export interface Controller extends FoundObject {
  spec?: {
    replicas?: number | null;
    template?: RawPodTemplate;
    volumeClaimTemplates?: { metadata: { name: string }; spec: object }[];
    minReplicas?: number;
    scaleTargetRef?: { kind?: string; name?: string };
  };
}

interface RawContainer {
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  [key: string]: unknown;
}

export interface PlayedPod {
  metadata: { name: string; namespace: string; labels: Record<string, string>; [key: string]: unknown };
  spec: { nodeName?: string; [key: string]: unknown };
  status: object;
}

const day = 24 * 3_600_000;

/**
 * What a Deployment's ReplicaSet is called, and its pods are labelled with
 * (https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pod-template-hash-label). The pods' own names have
 * no meaning, so they are numbered for every kind.
 */
const hash = "offline";

export function podsOf(
  owner: Controller,
  most: number,
  limits: readonly FoundObject[],
  now: number,
): PlayedPod[] {
  const { kind, apiVersion, metadata, spec } = owner;
  const template = spec?.template ?? {};
  const key = keyOf(owner);
  const isDeployment = kind === "Deployment";
  const reference = isDeployment
    ? { apiVersion, kind: "ReplicaSet", name: `${metadata.name}-${hash}`, uid: `rs/${metadata.name}` }
    : { apiVersion, kind, name: metadata.name, uid: key };
  const since = new Date(now - day).toISOString();
  return Array.from({ length: playedReplicas(owner, most) }, (_, index) => ({
    metadata: {
      name: `${metadata.name}-${index}`,
      namespace: metadata.namespace,
      uid: `pod/${key}/${index}`,
      creationTimestamp: since,
      labels: { ...template.metadata?.labels, ...(isDeployment && { "pod-template-hash": hash }) },
      ...(template.metadata?.annotations && { annotations: template.metadata.annotations }),
      ownerReferences: [{ ...reference, controller: true }],
    },
    // A copy: its node is its own.
    spec: {
      ...withDefaults(
        template.spec ?? {},
        limits.filter((each) => each.metadata.namespace === metadata.namespace),
      ),
    },
    status: {
      phase: "Running",
      conditions: [
        { type: "PodScheduled", status: "True" },
        { type: "Ready", status: "True", lastTransitionTime: since },
      ],
    },
  }));
}

/** As many as it wants, but `most`. What is no number (`${REPLICAS}`) is told by the round's own reader, and counts as one. */
export function playedReplicas({ spec }: Controller, most: number): number {
  const replicas: unknown = spec?.replicas;
  return typeof replicas === "number" && replicas >= 0 ? Math.min(most, replicas) : 1;
}

/** Requests that a LimitRange gives to containers without (kubernetes `plugin/pkg/admission/limitranger`). */
function withDefaults(spec: RawPodTemplate["spec"] & object, limits: readonly FoundObject[]) {
  const defaults = limits.flatMap((each) => containerDefaults(each));
  if (defaults.length === 0 || !Array.isArray(spec.containers)) return spec;
  const containers = spec.containers.map((container) => {
    const requests = Object.assign({}, ...defaults, container.resources?.limits, container.resources?.requests) as object; // prettier-ignore
    return { ...container, resources: { ...container.resources, requests } };
  });
  return { ...spec, containers };
}

function containerDefaults(range: FoundObject): object[] {
  const { limits } = (range["spec"] ?? {}) as {
    limits?: { type?: string; default?: object; defaultRequest?: object }[];
  };
  return (Array.isArray(limits) ? limits : [])
    .filter(({ type }) => type === "Container")
    .map((limit) => ({ ...limit.default, ...limit.defaultRequest }));
}
