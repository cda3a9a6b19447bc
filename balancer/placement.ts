// Our placement in a pod template: what is written, how it is told by its values, and what is left without it.
import { isDeepStrictEqual } from "node:util";
import type { V1PodTemplateSpec, V1TopologySpreadConstraint } from "@kubernetes/client-node";
import { spotTolerations } from "./decide/tolerations.ts";
import type { Json } from "./kube/json.ts";
import type { Policy } from "./policy.ts";

/** On the pods of what was placed on spot, so on its template; nobody writes it but us, and whoever copies us. */
export const placedAt = "spot-balancer/placed-at";

type Template = Json<V1PodTemplateSpec>;

/** Tolerates spot's taints and prefers spot nodes. Not *required*: with spot gone, the pods still run on regular. */
export function spotPlacement(policy: Policy) {
  const matchExpressions = Object.entries(policy.pools.spot.nodeLabels).map(([key, value]) => {
    return { key, operator: "In", values: [value] };
  });
  const preferred = [{ weight: 100, preference: { matchExpressions } }];
  return {
    tolerations: spotTolerations(policy),
    affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } },
  };
}

/** Which of our values are there, whoever owns them; `mixed`: with others' in the same field. Undefined: not our mark. */
export function presentPlacement(
  template: Template | undefined,
  policy: Policy,
): { tolerations: boolean; affinity: boolean; mixed: boolean } | undefined {
  if (template?.metadata?.annotations?.[placedAt] === undefined) return undefined;
  const { tolerations, preferred } = others(template, policy);
  const { spec } = template;
  const nodeAffinity = spec?.affinity?.nodeAffinity;
  const all = nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    tolerations: tolerations.length < (spec?.tolerations ?? []).length,
    affinity: preferred.length < all.length,
    mixed:
      tolerations.length + preferred.length > 0 ||
      nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined,
  };
}

/** Fields of what was just placed that came back without ours: a webhook, or a mutating policy, has its own mind there. */
export function overwrittenFields(template: Template | undefined, policy: Policy): string[] {
  const present = presentPlacement(template, policy);
  const found = template?.spec?.tolerations ?? [];
  // Each of them: a policy may well take away that of the spot taint alone.
  const isTolerated = spotTolerations(policy).every((ours) => found.some((one) => isDeepStrictEqual(one, ours))); // prettier-ignore
  return [
    ...(present && isTolerated ? [] : ["tolerations"]),
    ...(present?.affinity ? [] : ["affinity.nodeAffinity"]),
  ];
}

/** A merge patch of the template that takes out what is ours by its values, and nothing else. */
export function withoutPlacement(template: Template, policy: Policy): object {
  const { tolerations, preferred, constraints } = others(template, policy);
  const { nodeAffinity, ...affinity } = template.spec?.affinity ?? {};
  const { requiredDuringSchedulingIgnoredDuringExecution: required } = nodeAffinity ?? {};
  const orNothing = <Item>(list: Item[]) => (list.length > 0 ? list : null);
  const preferences = { preferredDuringSchedulingIgnoredDuringExecution: orNothing(preferred) };
  const noNodeAffinity = !required && preferred.length === 0;
  return {
    metadata: { annotations: { [placedAt]: null } },
    spec: {
      tolerations: orNothing(tolerations),
      affinity:
        noNodeAffinity && Object.keys(affinity).length === 0
          ? null
          : { nodeAffinity: noNodeAffinity ? null : preferences },
      topologySpreadConstraints: orNothing(constraints),
    },
  };
}

/** What of it is not ours. */
function others({ spec }: Template, policy: Policy) {
  const placement = spotPlacement(policy);
  const [ourPreference] = placement.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution;
  const isOurs = (one: object) => placement.tolerations.some((ours) => isDeepStrictEqual({ ...ours }, one));
  const preferred = spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    tolerations: (spec?.tolerations ?? []).filter((one) => !isOurs(one)),
    preferred: preferred.filter((one) => !isDeepStrictEqual(one, ourPreference)),
    constraints: (spec?.topologySpreadConstraints ?? []).filter((one) => !isOurSplit(one, policy)),
  };
}

/** As `act` writes it; the selector is the workload's own. */
function isOurSplit(
  { topologyKey, whenUnsatisfiable, nodeTaintsPolicy, matchLabelKeys }: Json<V1TopologySpreadConstraint>,
  { pools }: Policy,
): boolean {
  const isOver = topologyKey === pools.splitLabel && whenUnsatisfiable === "DoNotSchedule";
  return isOver && nodeTaintsPolicy === "Honor" && matchLabelKeys?.length === 1;
}
