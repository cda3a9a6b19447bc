// What `observe` reads from, played: lists of the assumed cluster, and a Prometheus that has seen every pod idle.
import { ApiError } from "../kube/apiError.ts";
import type { BodyReader, KubeClient, KubeRequest } from "../kube/client.ts";
import { usageQueries } from "../observe/usage.ts";
import type { Policy } from "../policy.ts";
import type { Prometheus, Sample } from "../prometheus.ts";
import type { Lists } from "./cluster.ts";
import type { PlayedPod } from "./pods.ts";

export function playedClient(lists: Lists, now: number): KubeClient {
  return {
    server: "offline",
    calls: { reads: 0, writes: 0 },
    now: () => now,
    async send<T>({ path }: KubeRequest, read?: BodyReader<T>): Promise<T> {
      const found = lists[path.split("/").at(-1)!];
      if (!found || !read) {
        const body = JSON.stringify({ reason: "NotFound", message: "no such object offline" });
        throw new ApiError(`GET ${path}`, 404, body);
      }
      const body = Buffer.from(JSON.stringify({ metadata: {}, items: found }));
      // eslint-disable-next-line @typescript-eslint/require-await -- what comes over a connection comes so
      return read((async function* () { yield body; })()); // prettier-ignore
    },
    close: () => Promise.resolve(),
  };
}

/** Enough of each query's answer: no CPU, little memory, as many samples as policy asks for. */
export function idlePrometheus(pods: readonly PlayedPod[], policy: Policy, now: number): Prometheus {
  const queries = usageQueries(policy);
  const values: Record<string, (pod: PlayedPod) => number | undefined> = {
    [queries.cpu]: () => 0,
    [queries.cpuOverWindow]: () => 0,
    [queries.memory]: () => 1,
    [queries.sampledAt]: () => now / 1000,
    [queries.samples]: () => policy.idle.minSamples,
  };
  return {
    url: "offline",
    queries: 0,
    query(promql, each: (sample: Sample) => void) {
      const valueOf = values[promql];
      for (const pod of valueOf ? pods : []) {
        const { namespace, name } = pod.metadata;
        each({ labels: { namespace, pod: name }, value: valueOf!(pod)! });
        if (promql === queries.samples)
          each({ labels: { namespace, pod: name, kind: "containers" }, value: 1000 });
      }
      return Promise.resolve({ evaluatedAt: now, warnings: [] });
    },
  };
}
