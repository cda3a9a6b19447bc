// Plays Prometheus for the pods that are in a cluster now, so that a test need not wait for real windows to pass.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { usageQueries } from "../../observe/usage.ts";
import { parsePolicy } from "../../policy.ts";

export interface UsageSource {
  url: string;
  /** Cores that each pod of a workload uses, by the beginning of its name. */
  cores: Record<string, number>;
  /** Each answer waits for it. */
  heldUntil: Promise<unknown> | undefined;
  stop(): Promise<void>;
}

/** @param policyText the policy of the rounds: by it queries are told apart */
export async function startUsage(admin: KubeConfig, policyText: string): Promise<UsageSource> {
  const queries = Object.entries(usageQueries(parsePolicy(policyText)));
  const core = admin.makeApiClient(CoreV1Api);

  async function answer(query: string) {
    const name = queries.find(([, text]) => text === query)?.[0];
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
    return { status: "success", data: { resultType: "vector", result } };
  }

  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      void Promise.resolve(source.heldUntil)
        .then(() => answer(new URLSearchParams(body).get("query") ?? ""))
        .then((reply) => response.end(JSON.stringify(reply)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const source: UsageSource = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cores: {},
    heldUntil: undefined,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return source;
}
