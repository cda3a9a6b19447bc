// Whether the ResourceQuotas of its namespace leave room for what a rollout needs first.
import type { Quota, QuotaScope, Workload } from "../../model.ts";
import { unavailableAtOnce } from "../replacement.ts";
import type { Objection } from "../objection.ts";
import type { Check } from "./check.ts";

type Needed = Required<Quota["left"]>;

/** Its controller could not make the pod that is to start before an old one goes; the rollout would stand still. */
export const quotaLeaves: Check = ({ workload }, { quotasByNamespace }) =>
  new QuotaBook(quotasByNamespace).objection(workload);

/** What the moves of one round leave: all of them begin at once (kubernetes/kubernetes#89209). */
export class QuotaBook {
  private readonly quotas: Map<string, Quota[]>;
  private readonly taken = new Map<Quota, Needed>();

  constructor(quotasByNamespace: Map<string, Quota[]>) {
    this.quotas = quotasByNamespace;
  }

  objection(workload: Workload): Objection | undefined {
    const quotas = this.of(workload);
    if (quotas.length === 0) return undefined;
    const needed = neededBy(workload);
    for (const quota of quotas) {
      for (const resource of Object.keys(shown) as (keyof Needed)[]) {
        const rest = (quota.left[resource] ?? Infinity) - (this.taken.get(quota)?.[resource] ?? 0);
        if (needed[resource] <= rest) continue;
        const what = resource === "replicaSets" ? "its new template" : "the pod that starts first";
        return {
          reason: "QuotaReached",
          message: `ResourceQuota ${quota.name} leaves ${shown[resource](rest)}, and ${what} takes ${shown[resource](needed[resource])}`,
          evidence: { quota: quota.name, resource, left: rest, needed: needed[resource] },
        };
      }
    }
    return undefined;
  }

  take(workload: Workload, times: 1 | -1): void {
    for (const quota of this.of(workload)) {
      const needed = neededBy(workload);
      const before = this.taken.get(quota);
      for (const resource of Object.keys(needed) as (keyof Needed)[])
        needed[resource] = (before?.[resource] ?? 0) + times * needed[resource];
      this.taken.set(quota, needed);
    }
  }

  private of(workload: Workload): Quota[] {
    const quotas = this.quotas.get(workload.namespace) ?? [];
    return quotas.filter(({ scopes = [] }) => scopes.every((scope) => isIn(scope, workload)));
  }
}

function neededBy(workload: Workload): Needed {
  const { kind, memory, template } = workload;
  const { requests, limits = { cpu: 0, memory: 0 } } = template;
  // Where an old pod goes first, what it leaves is enough.
  const pods = unavailableAtOnce(workload) > 0 ? 0 : 1;
  return {
    pods,
    cpu: requests.cpu * pods,
    memory: requests.memory * pods,
    storage: (requests.storage ?? 0) * pods,
    limitsCpu: limits.cpu * pods,
    limitsMemory: limits.memory * pods,
    // Each later move has a template again that it had before.
    replicaSets: kind === "Deployment" && memory?.placedAt === undefined ? 1 : 0,
  };
}

/** As the quota's own evaluator (kubernetes `pkg/quota/v1/evaluator/core/pods.go`) sees the workload's pods. */
function isIn({ of, operator, values }: QuotaScope, { template }: Workload): boolean {
  if (of === "CrossNamespacePodAffinity") {
    const { podAffinity, podAntiAffinity, preferences = [] } = template;
    const terms = [...podAffinity, ...podAntiAffinity, ...preferences.flatMap(({ pods }) => pods ?? [])];
    const isAcross = terms.some(({ namespaces }) => namespaces.length > 0);
    return operator === "DoesNotExist" ? !isAcross : isAcross;
  }
  const { priorityClass } = template;
  if (operator === "Exists") return priorityClass !== undefined;
  if (operator === "DoesNotExist") return priorityClass === undefined;
  const isListed = priorityClass !== undefined && values.includes(priorityClass);
  return operator === "In" ? isListed : !isListed;
}

const bytes = (count: number) => `${Math.round(count / 2 ** 20)} MiB`;

const shown: Record<keyof Needed, (amount: number) => string> = {
  pods: (count) => `${count} ${count === 1 ? "pod" : "pods"}`,
  cpu: (millicores) => `${millicores}m of CPU`,
  memory: (amount) => `${bytes(amount)} of memory`,
  storage: (amount) => `${bytes(amount)} of ephemeral storage`,
  limitsCpu: (millicores) => `${millicores}m of CPU limits`,
  limitsMemory: (amount) => `${bytes(amount)} of memory limits`,
  replicaSets: (count) => `${count} ${count === 1 ? "ReplicaSet" : "ReplicaSets"}`,
};
