// What a process of this machine cannot be given: such a pod is refused by name, never half run. Pure.
import type { V1Container, V1Pod, V1PodSpec, V1Probe } from "@kubernetes/client-node";
import { imageProblem, type Executables } from "./command.ts";

/** Why a pod is refused: `reason` in PascalCase for its containers' waiting state, and all problems in one message. */
export interface PodRefusal {
  reason: "ErrImageNeverPull" | "UnsupportedVolume" | "UnsupportedPod";
  message: string;
}

const supportedVolumes = [
  "configMap",
  "secret",
  "projected",
  "emptyDir",
  "persistentVolumeClaim",
  "hostPath",
];
const supportedSources = ["configMap", "secret", "downwardAPI", "serviceAccountToken"];

/** Names of the fields that are set, apart from `known`. */
const others = (object: object, known: readonly string[]): string[] =>
  Object.entries(object)
    .filter(([key, value]) => value !== undefined && value !== null && !known.includes(key))
    .map(([key]) => key);

function volumeProblems(pod: V1Pod): string[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) => [
    ...others(volume, ["name", ...supportedVolumes]).map((kind) => `volume ${volume.name}: ${kind}`),
    ...(volume.projected?.sources ?? []).flatMap((source) =>
      others(source, supportedSources).map((kind) => `volume ${volume.name}: projected ${kind}`),
    ),
  ]);
}

/** Of this machine only what a pod reads: a process is not kept in, and what it wrote would stay. */
function hostPathProblems({ volumes = [], containers }: V1PodSpec): string[] {
  const paths = new Set(volumes.filter(({ hostPath }) => hostPath).map(({ name }) => name));
  const writable = containers
    .flatMap(({ volumeMounts = [] }) => volumeMounts)
    .filter(({ name, readOnly }) => paths.has(name) && !readOnly);
  return writable.map(({ mountPath }) => `hostPath at ${mountPath} that is not readOnly`);
}

/** A mount path must mean the same everywhere in the pod: the translation of ConfigMaps knows no container. */
function mountProblems(containers: readonly V1Container[]): string[] {
  const meaning = new Map<string, string>();
  const problems: string[] = [];
  for (const { volumeMounts = [] } of containers)
    for (const { mountPath, name, subPath, subPathExpr } of volumeMounts) {
      if ((meaning.get(mountPath) ?? name) !== name)
        problems.push(`${mountPath} is another volume in another container`);
      meaning.set(mountPath, name);
      if (subPath || subPathExpr) problems.push(`subPath of ${mountPath}`);
    }
  return problems;
}

function containerProblems(container: V1Container): string[] {
  const probes: [string, V1Probe | undefined][] = [
    ["livenessProbe", container.livenessProbe],
    ["readinessProbe", container.readinessProbe],
    ["startupProbe", container.startupProbe],
  ];
  const problems = [
    ...(["exec", "grpc"] as const).flatMap((kind) =>
      probes.filter(([, probe]) => probe?.[kind]).map(([name]) => `${name}.${kind}`),
    ),
    ...(container.lifecycle?.postStart ? ["lifecycle.postStart"] : []),
    ...(container.lifecycle?.stopSignal ? ["lifecycle.stopSignal"] : []),
    ...(container.lifecycle?.preStop ? ["lifecycle.preStop"] : []),
    ...(container.workingDir ? ["workingDir"] : []),
    ...(container.env ?? []).flatMap(({ name, valueFrom }) =>
      valueFrom?.resourceFieldRef ? [`resourceFieldRef of ${name}`] : [],
    ),
    ...(container.volumeDevices?.length ? ["volumeDevices"] : []),
    ...(container.resources?.claims?.length ? ["resources.claims"] : []),
    ...(container.stdin ? ["stdin"] : []),
    ...(container.securityContext?.privileged ? ["securityContext.privileged"] : []),
    ...(container.restartPolicy ? ["restartPolicy"] : []),
  ];
  return problems.map((problem) => `container ${container.name}: ${problem}`);
}

/** The refusal of a pod that cannot run here, or undefined. It depends on the spec and on the programs that are there. */
export function podRefusal(pod: V1Pod, executables: Executables): PodRefusal | undefined {
  const { spec } = pod;
  if (spec === undefined) return undefined;
  const { containers } = spec;
  const volumes = volumeProblems(pod);
  const features = [
    ...(["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"] as const).filter(
      (field) => spec[field],
    ),
    ...(["initContainers", "hostAliases", "readinessGates"] as const).filter((field) => spec[field]?.length),
    ...(spec.activeDeadlineSeconds !== undefined ? ["activeDeadlineSeconds"] : []),
    ...(spec.os?.name === "windows" ? ["os windows"] : []),
    ...mountProblems(containers),
    ...hostPathProblems(spec),
    ...containers.flatMap(containerProblems),
  ];
  const images = new Set(containers.map(({ image = "" }) => imageProblem(image, executables)));
  images.delete(undefined);
  const parts = [
    ...images,
    ...(volumes.length > 0
      ? [`not supported: ${volumes.join("; ")} (supported volumes: ${supportedVolumes.join(", ")})`]
      : []),
    ...(features.length > 0 ? [`not supported: ${features.join("; ")}`] : []),
  ];
  if (parts.length === 0) return undefined;
  const reason =
    images.size > 0 ? "ErrImageNeverPull" : volumes.length > 0 ? "UnsupportedVolume" : "UnsupportedPod";
  return { reason, message: `this process node cannot run the pod: ${parts.join(". ")}` };
}
