// The balancer's policy file: what configuration says, with what this stack knows itself.
import { stringify } from "yaml";
import type { DeployConfig, RoleLabels } from "../config/deploy.ts";
import { priorityLabel } from "../nodeLabels.ts";

/** Tiers of Kubernetes' own classes and of those in k8s/namespaces/priorityclass.yaml; configuration may say otherwise. */
const classes = {
  "system-cluster-critical": "critical",
  "system-node-critical": "critical",
  "tier-critical": "critical",
  "tier-standard": "standard",
  "tier-low": "low",
};

type Section = Record<string, unknown>;

/** Adds the cluster's node labels, the tiers of priority classes, and whom to believe of our own Prometheus. */
export function policyFor(
  { policy, prometheusUrl }: Pick<DeployConfig, "policy" | "prometheusUrl">,
  { regular, spot }: RoleLabels,
): string {
  const pools = (policy["pools"] ?? {}) as Record<string, Section>;
  const priorities = (policy["priorities"] ?? {}) as { classes?: Section };
  return stringify({
    ...policy,
    priorities: { ...priorities, classes: { ...classes, ...priorities.classes } },
    // Only what kubelets say is believed (k8s/prometheus/prometheus.yml); another Prometheus has jobs of other names.
    ...(prometheusUrl === undefined && {
      usage: { selector: { job: "nodes" }, ...(policy["usage"] as Section | undefined) },
    }),
    pools: {
      // Our own pools have it; the policy of another cluster says itself which label tells spot from regular.
      ...(priorityLabel in regular && { splitLabel: priorityLabel }),
      ...pools,
      regular: { ...pools["regular"], nodeLabels: regular },
      spot: { ...pools["spot"], nodeLabels: spot },
    },
  });
}
