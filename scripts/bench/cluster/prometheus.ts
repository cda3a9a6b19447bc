// Plays Prometheus for a snapshot's pods: as many series, as long answers. Its own work is not what is measured.
import type { Pod } from "../../../balancer/model.ts";
import type { Policy } from "../../../balancer/policy.ts";
import {
  type FakePrometheus,
  type QueryName,
  startPrometheus,
} from "../../../balancer/testing/prometheus.ts";

export async function serveUsage(pods: Pod[], policy: Policy): Promise<FakePrometheus> {
  const prometheus = await startPrometheus(policy);
  prometheus.answer = (name) => answer(name, pods, Date.now() / 1000);
  return prometheus;
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
