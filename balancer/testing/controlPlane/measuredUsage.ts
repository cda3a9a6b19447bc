// Plays Prometheus for the pods that are in a cluster now, so that a test need not wait for real windows to pass.
import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { defaultPolicy, parsePolicy } from "../../policy.ts";
import { type FakePrometheus, type QueryName, startPrometheus } from "../prometheus.ts";

export interface UsageSource extends Pick<FakePrometheus, "url" | "stop"> {
  /** Cores that each pod of a workload uses, by the beginning of its name. */
  cores: Record<string, number>;
  /** Each answer waits for it. */
  heldUntil: Promise<unknown> | undefined;
}

/** @param policyText the policy of the rounds, but for those that have none: by it queries are told apart */
export async function startUsage(admin: KubeConfig, policyText: string): Promise<UsageSource> {
  const prometheus = await startPrometheus(parsePolicy(policyText), defaultPolicy);
  const core = admin.makeApiClient(CoreV1Api);
  const source: UsageSource = Object.assign(prometheus, { cores: {}, heldUntil: undefined });

  prometheus.answer = async (name: QueryName) => {
    await source.heldUntil;
    const now = Date.now() / 1000;
    // Nothing measures whole nodes: the sum over their pods is used.
    const { items } = name === "nodes" ? { items: [] } : await core.listPodForAllNamespaces();
    const valueOf = (pod: string): number => {
      if (name === "sampledAt") return now - 1;
      if (name === "samples") return 100;
      if (name === "memory") return 1e7;
      if (name === "network") return 0;
      return Object.entries(source.cores).find(([prefix]) => pod.startsWith(prefix))?.[1] ?? 0;
    };
    const result = items.map(({ metadata }) => {
      const { namespace = "", name: pod = "" } = metadata ?? {};
      return { metric: { namespace, pod }, value: [now, String(valueOf(pod))] };
    });
    return JSON.stringify({ status: "success", data: { resultType: "vector", result } });
  };
  return source;
}
