// Refusals for what a ResourceQuota leaves of a namespace.
import type { Quota, QuotaScope } from "../../model.ts";
import type { WorkloadChanges } from "../builders.ts";
import { type Case, appIs } from "./case.ts";

/** Its limits are given by a LimitRange, say. */
const limited: WorkloadChanges = {
  template: {
    ...{ priorityClass: "high", requests: { cpu: 100, memory: 1000, storage: 10 } },
    limits: { cpu: 200, memory: 2000 },
    podAntiAffinity: [{ topologyKey: "x", selector: appIs("other"), namespaces: ["shop"] }],
  },
};

const scopes: QuotaScope[] = [
  { of: "PriorityClass", operator: "In", values: ["low", "high"] },
  { of: "PriorityClass", operator: "NotIn", values: ["low"] },
  { of: "PriorityClass", operator: "Exists", values: [] },
  { of: "CrossNamespacePodAffinity", operator: "Exists", values: [] },
];

export const quotaCases: Case[] = [
  { parts: () => ({ quotas: [{ namespace: "demo", name: "q", left: { pods: 0 } }] }) },
  { parts: () => ({ quotas: [{ namespace: "demo", name: "q", left: { cpu: 99 } }] }) },
  ...[
    { cpu: 100, memory: 1 },
    { storage: 9 },
    { limitsCpu: 199 },
    { limitsMemory: 1 },
    { replicaSets: 0 },
  ].map((left) => ({ web: limited, parts: () => ({ quotas: [quota(left)] }) })),
  // Of a scope that its pods are in.
  ...(["PriorityClass", "CrossNamespacePodAffinity"] as const).map((of) => ({
    parts: () => ({ quotas: [quota({ pods: 0 }, [{ of, operator: "DoesNotExist", values: [] }])] }),
  })),
  {
    parts: () => ({
      quotas: [quota({ pods: 0 }, [{ of: "PriorityClass", operator: "NotIn", values: ["x"] }])],
    }),
  },
  {
    web: {
      template: {
        preferences: [{ weight: 1, pods: { topologyKey: "x", selector: [], namespaces: ["shop"] } }],
      },
    },
    parts: () => ({ quotas: [quota({ pods: 0 }, [scopes.at(-1)!])] }),
  },
  ...scopes.map((scope) => ({ web: limited, parts: () => ({ quotas: [quota({ pods: 0 }, [scope])] }) })),
];

function quota(left: Quota["left"], scopes?: Quota["scopes"]): Quota {
  return { namespace: "demo", name: "q", left, ...(scopes && { scopes }) };
}
