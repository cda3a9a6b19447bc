// The chart's templates: the balancer's objects for settings that stand for any, with Helm's expressions in their place.
// Where settings change more than a text, as an image does, the template has both outcomes and a condition.
import { parsePolicy } from "../../balancer/index.ts";
import type { Settings } from "../../stacks/deploy/balancer/settings.ts";
import { standaloneObjects } from "../../stacks/deploy/balancer/standalone.ts";
import type { Manifest } from "../../stacks/deploy/manifests.ts";
import { expressions, standIns } from "./expressions.ts";
import { releaseHook } from "./releaseHook.ts";

interface Choices {
  image: boolean;
  service: boolean;
  monitor: boolean;
}

const settingsFor = ({ image, service, monitor }: Choices): Settings => {
  const text = `namespaces: {${standIns.workloadNamespace}: {}}`;
  return {
    prometheus: service ? standIns.prometheusService : standIns.prometheusOutside,
    prometheusSecretName: standIns.prometheusSecretName,
    azureClientId: standIns.azureClientId,
    policy: { ...parsePolicy(text), text },
    image: image ? standIns.image : undefined,
    schedule: standIns.schedule,
    watch: true,
    namespace: standIns.namespace,
    nodeSelector: { [standIns.nodes]: "true" },
    tolerations: [{ key: standIns.nodes, operator: "Exists" }],
    monitor,
  };
};

const keyOf = ({ kind, metadata: { namespace, name } }: Manifest): string =>
  [kind, ...(namespace === undefined || namespace === standIns.namespace ? [] : [namespace]), name]
    .join("-")
    .toLowerCase()
    .replace(/-[0-9a-f]{10}$/, ""); // of a content-named ConfigMap

/** @param onlyImage the chart has no program with it */
export async function chartTemplates(onlyImage: boolean): Promise<Map<string, string>> {
  const outcomes = new Map<string, Map<string, string>>();
  const conditions = new Map<string, string[]>();
  for (const image of onlyImage ? [true] : [true, false])
    for (const service of [true, false])
      for (const monitor of [true, false]) {
        const { objects } = await standaloneObjects(settingsFor({ image, service, monitor }), {
          managedBy: "Helm",
          namedByBytes: true,
        });
        const adapted = objects.flatMap(inRelease);
        for (const object of [...adapted, releaseHook(adapted)]) {
          const key = keyOf(object);
          const texts = outcomes.get(key) ?? new Map<string, string>();
          outcomes.set(key, texts.set(choice({ image, service, monitor }), expressions(object)));
          conditions.set(key, conditionsOf(object));
        }
      }
  return new Map(
    [...outcomes].map(([key, texts]) => [
      `templates/${key.replace(`-${standIns.workloadNamespace}`, "")}.yaml`,
      (conditions.get(key) ?? []).reduceRight(
        (text, condition) => `{{- ${condition} }}\n${text}{{- end }}\n`,
        decide(texts, onlyImage),
      ),
    ]),
  );
}

const choice = ({ image, service, monitor }: Choices): string => [image, service, monitor].join();

/** The text under each choice; a condition only where it makes a difference. */
function decide(texts: ReadonlyMap<string, string>, onlyImage: boolean): string {
  const either = (condition: string, yes: string, no: string): string => {
    if (yes === no) return yes;
    const otherwise = no === "" ? "" : `{{- else }}\n${no}`;
    return `{{- if ${condition} }}\n${yes}${otherwise}{{- end }}\n`;
  };
  const textOf = (choices: Choices): string => texts.get(choice(choices)) ?? "";
  const byMonitor = (image: boolean, service: boolean) =>
    either(
      "$.Values.monitor",
      textOf({ image, service, monitor: true }),
      textOf({ image, service, monitor: false }),
    );
  const byService = (image: boolean) =>
    either('include "spot-balancer.prometheusNamespace" $', byMonitor(image, true), byMonitor(image, false));
  if (onlyImage) return byService(true);
  return either("$.Values.image", byService(true), byService(false)).replace(
    /^\{\{- if \$\.Values\.image \}\}\n\{\{- else \}\}\n/,
    "{{- if not $.Values.image }}\n",
  );
}

/** Their namespace and class, and the policy that is in no namespace. */
const ofPlaceholders = new Set(["placeholder", "spot-balancer-placeholders"]);

/** What must hold for there to be the object at all, outermost first. */
function conditionsOf({ kind, metadata }: Manifest): string[] {
  if (metadata.namespace === standIns.workloadNamespace)
    return ['range (include "spot-balancer.namespaces" $ | fromJsonArray)'];
  if ([metadata.namespace, metadata.name].some((name) => name && ofPlaceholders.has(name)))
    return ['if include "spot-balancer.hasSpot" $'];
  if (metadata.labels?.["app"] === "spot-balancer-watch") return ["if $.Values.watch"];
  if (kind === "Job") return ["if $.Values.release.onDelete"];
  return [];
}

/**
 * The namespace of a release is there already, perhaps with others' pods in it, which must not be closed in: the balancer's
 * own are closed by policies of their own.
 */
function inRelease(object: Manifest): Manifest[] {
  const { kind, metadata } = object;
  if (kind === "Namespace" && metadata.name === standIns.namespace) return [];
  if (kind !== "NetworkPolicy" || metadata.namespace !== standIns.namespace) return [object];
  if (metadata.name === "default-deny") return [];
  if (metadata.name !== "allow-dns") return [object];
  const podSelector = { matchLabels: { "app.kubernetes.io/name": "spot-balancer" } };
  return [
    {
      ...object,
      metadata: { ...metadata, name: "spot-balancer-dns" },
      spec: { ...(object["spec"] as object), podSelector },
    },
  ];
}
