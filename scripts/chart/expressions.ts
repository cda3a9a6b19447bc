// Texts that stand for a setting, and what Helm has in their place.
import type { Manifest } from "../../stacks/deploy/manifests.ts";
import { manifestText } from "../manifest/text.ts";

export const standIns = {
  namespace: "helm-release-namespace",
  workloadNamespace: "helm-workload-namespace",
  prometheusService: "http://prometheus.helm-prometheus-namespace.svc",
  prometheusOutside: "http://helm-prometheus.invalid:59999",
  schedule: "helm-schedule",
  image: "helm-image",
  nodes: "helm-nodes",
  prometheusSecretName: "helm-prometheus-secret",
  azureClientId: "helm-azure-client",
} as const;

/**
 * In the chart as bytes: Helm keeps chart and manifest in one Secret (https://helm.sh/docs/topics/advanced/#storage-backends) of
 * at most 1 MiB (https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size), where a template of base64
 * would count half as much again.
 */
export const programFile = "program/main.mjs.gz";

/** A value of its own line; `indent` is that of its key. */
const block = (value: string) => (_: string, indent: string, key: string) =>
  `${indent}{{- with $.Values.${value} }}\n${indent}${key}:\n{{ toYaml . | indent ${indent.length + 2} }}\n${indent}{{- end }}\n`;

/** Lines that there are only with a value. */
const onlyWith = (value: string) => (lines: string, indent: string) =>
  `${indent}{{- if $.Values.${value} }}\n${lines}${indent}{{- end }}\n`;

const replacements: [RegExp, string | ((match: string, ...groups: string[]) => string)][] = [
  [/main\.mjs\.gz: \S+/g, `main.mjs.gz: << $.Files.Get "${programFile}" | b64enc >>`],
  // What stands in the manifests for others, such as Grafana's names.
  [/\{\{/g, '{{ "{{" }}'],
  [/<< (\$\.Files.*) >>/g, "{{ $1 }}"],
  [/^( +)(nodeSelector):\n +helm-nodes: "true"\n/gm, block("nodeSelector")],
  [/^( +)(tolerations):\n +- key: helm-nodes\n +operator: Exists\n/gm, block("tolerations")],
  [/^( +)- --prometheus-config=.*\n/gm, onlyWith("prometheusSecretName")],
  [/^( +)- name: prometheus-login\n(?:\1 +.*\n)+/gm, onlyWith("prometheusSecretName")],
  [/^( +)azure\.workload\.identity\/use: "true"\n/gm, onlyWith("azureClientId")],
  [/^( +)annotations:\n +azure\.workload\.identity\/client-id: .*\n/gm, onlyWith("azureClientId")],
  [/: helm-prometheus-secret$/gm, ": {{ $.Values.prometheusSecretName | quote }}"],
  [/: helm-azure-client$/gm, ": {{ $.Values.azureClientId | quote }}"],
  [/- --prometheus=\S+/g, '- {{ printf "--prometheus=%s" $.Values.prometheus | quote }}'],
  [/: helm-schedule$/gm, ": {{ $.Values.schedule | quote }}"],
  [/: helm-image$/gm, ": {{ $.Values.image | quote }}"],
  [/: helm-prometheus-namespace$/gm, ': {{ include "spot-balancer.prometheusNamespace" $ }}'],
  [/port: 59999$/gm, 'port: {{ include "spot-balancer.prometheusPort" $ }}'],
  [/: helm-release-namespace$/gm, ": {{ $.Release.Namespace | quote }}"],
  [/helm-release-namespace/g, "{{ $.Release.Namespace }}"],
  [
    / "?namespaces: \{helm-workload-namespace: \{\}\}"?$/gm,
    ' |\n{{ include "spot-balancer.policy" $ | indent 4 }}',
  ],
  [/: helm-workload-namespace$/gm, ": {{ . | quote }}"],
  [/spot-balancer-policy-[0-9a-f]{10}/g, '{{ include "spot-balancer.policyName" $ }}'],
];

const ownImage: [RegExp, string] = [
  /imagePullPolicy: Always$/gm,
  'imagePullPolicy: {{ include "spot-balancer.pullPolicy" $ }}',
];

/** One document of YAML. */
export function expressions(object: Manifest): string {
  const text = manifestText([object]);
  const all = text.includes(standIns.image) ? [...replacements, ownImage] : replacements;
  return all.reduce((changed, [from, to]) => changed.replace(from, to as string), text);
}
