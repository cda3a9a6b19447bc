// Plays Prometheus for a snapshot's pods: as many series, as long answers. Its own work is not what is measured.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Pod } from "../../../balancer/model.ts";
import { usageQueries } from "../../../balancer/observe/usage.ts";
import type { Policy } from "../../../balancer/policy.ts";

type QueryName = keyof ReturnType<typeof usageQueries>;

export interface UsageServer {
  url: string;
  stop(): void;
}

export async function serveUsage(pods: Pod[], policy: Policy): Promise<UsageServer> {
  const names = new Map(
    Object.entries(usageQueries(policy)).map(([name, query]) => [query, name as QueryName]),
  );
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const name = names.get(new URLSearchParams(body).get("query") ?? "");
      if (name) response.end(answer(name, pods, Date.now() / 1000));
      else response.writeHead(400).end('{"status":"error","error":"the benchmark knows no such query"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** @param now seconds since 1970, as Prometheus has it */
function answer(name: QueryName, pods: Pod[], now: number): string {
  const result = pods.map((pod, i) => {
    const { namespace, name: podName } = pod;
    return { metric: { namespace, pod: podName }, value: [now, String(valueOf(name, pod, i, now))] };
  });
  return JSON.stringify({ status: "success", data: { resultType: "vector", result } });
}

function valueOf(name: QueryName, { usage }: Pod, index: number, now: number): number {
  // Measured values have all the digits that a number can have.
  const uneven = 1 + (index % 97) / 9_999;
  switch (name) {
    case "cpu":
      return ((usage?.cpu ?? 0) / 1000) * uneven;
    case "cpuOverWindow":
      return ((usage?.cpuOverWindow ?? 0) / 1000) * uneven;
    case "memory":
      return Math.round((usage?.memory ?? 0) * uneven);
    case "network":
      return 1234.5 * uneven;
    case "samples":
      return usage?.samples ?? 0;
    case "nodes": // whole nodes are not measured here: the sums over their pods count
      return NaN;
    case "sampledAt":
      return now - 5 - (index % 10) / 7;
  }
}
