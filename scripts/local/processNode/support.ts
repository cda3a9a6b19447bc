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
  "downwardAPI",
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
function hostPathProblems({ volumes = [], containers, initContainers = [] }: V1PodSpec): string[] {
  const paths = new Set(volumes.filter(({ hostPath }) => hostPath).map(({ name }) => name));
  const writable = [...initContainers, ...containers]
    .flatMap(({ volumeMounts = [] }) => volumeMounts)
    .filter(({ name, readOnly }) => paths.has(name) && !readOnly);
  return writable.map(({ mountPath }) => `hostPath at ${mountPath} that is not readOnly`);
}

/** A mount path must mean the same everywhere in the pod: the translation of ConfigMaps knows no container. */
function mountProblems(containers: readonly V1Container[]): string[] {
  const meaning = new Map<string, string>();
  const problems: string[] = [];
  for (const { volumeMounts = [] } of containers)
    for (const { mountPath, name, subPath = "", subPathExpr } of volumeMounts) {
      const volume = `${name}/${subPath}`;
      if ((meaning.get(mountPath) ?? volume) !== volume)
        problems.push(`${mountPath} is another volume in another container`);
      meaning.set(mountPath, volume);
      if (subPathExpr) problems.push(`subPathExpr of ${mountPath}`);
    }
  return problems;
}

function containerProblems(container: V1Container, init: boolean): string[] {
  const probes: [string, V1Probe | undefined][] = [
    ["livenessProbe", container.livenessProbe],
    ["readinessProbe", container.readinessProbe],
    ["startupProbe", container.startupProbe],
  ];
  const problems = [
    ...probes.filter(([, probe]) => probe?.grpc).map(([name]) => `${name}.grpc`),
    ...(container.lifecycle?.postStart ? ["lifecycle.postStart"] : []),
    ...(container.lifecycle?.stopSignal ? ["lifecycle.stopSignal"] : []),
    ...others(container.lifecycle?.preStop ?? {}, ["sleep"]).map((kind) => `lifecycle.preStop.${kind}`),
    ...(container.volumeDevices?.length ? ["volumeDevices"] : []),
    ...(container.resources?.claims?.length ? ["resources.claims"] : []),
    ...(container.stdin ? ["stdin"] : []),
    ...(container.securityContext?.privileged ? ["securityContext.privileged"] : []),
    ...(container.restartPolicy ? [`${init ? "sidecar " : ""}restartPolicy`] : []),
  ];
  return problems.map((problem) => `container ${container.name}: ${problem}`);
}

/** The refusal of a pod that cannot run here, or undefined. It depends on the spec and on the programs that are there. */
export function podRefusal(pod: V1Pod, executables: Executables): PodRefusal | undefined {
  const { spec } = pod;
  if (spec === undefined) return undefined;
  const init = spec.initContainers ?? [];
  const containers = [...init, ...spec.containers];
  const volumes = volumeProblems(pod);
  const features = [
    ...(["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"] as const).filter(
      (field) => spec[field],
    ),
    ...(spec.hostAliases?.length ? ["hostAliases"] : []),
    ...(spec.os?.name === "windows" ? ["os windows"] : []),
    ...mountProblems(containers),
    ...hostPathProblems(spec),
    ...init.flatMap((container) => containerProblems(container, true)),
    ...spec.containers.flatMap((container) => containerProblems(container, false)),
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
