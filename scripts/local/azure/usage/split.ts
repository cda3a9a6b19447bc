// How much each pod of a workload is to use, when the workload says what all of it uses. Pure.
import type { V1Deployment, V1Pod } from "@kubernetes/client-node";
import { parseCpu, parseMemory } from "../../../../balancer/kube/quantity.ts";

/** On a Deployment: CPU and memory of all its pods together, as quantities. */
const workloadAnnotations = {
  cpu: "local.spot-balancer/cpu",
  memory: "local.spot-balancer/memory",
} as const;

/** On a pod: what kwok says that the pod uses. */
const podAnnotations = { cpu: "kwok.x-k8s.io/usage-cpu", memory: "kwok.x-k8s.io/usage-memory" } as const;

interface UsageChange {
  namespace: string;
  pod: string;
  annotations: Record<string, string>;
}

export interface Split {
  changes: UsageChange[];
  /** Annotations that are no quantity, each as a sentence. */
  problems: string[];
}

/** Annotations to write, only where they differ. `isEmulated` tells nodes that kwok plays from real ones. */
export function splitUsage(
  deployments: V1Deployment[],
  pods: V1Pod[],
  isEmulated: (node: string) => boolean,
): Split {
  const running = Map.groupBy(
    pods.filter((pod) => isRunning(pod) && isEmulated(pod.spec!.nodeName!)),
    (pod) => `${pod.metadata!.namespace}/${deploymentOf(pod)}`,
  );
  const problems: string[] = [];
  const changes = deployments.flatMap((deployment) => {
    const name = `${deployment.metadata!.namespace}/${deployment.metadata!.name}`;
    const mine = running.get(name) ?? [];
    if (mine.length === 0) return [];
    const wanted = share(deployment, mine.length, (problem) => problems.push(`${name}: ${problem}`));
    return mine.flatMap((pod) => {
      const annotations = Object.fromEntries(
        Object.entries(wanted).filter(([key, value]) => pod.metadata?.annotations?.[key] !== value),
      );
      if (Object.keys(annotations).length === 0) return [];
      return [{ namespace: pod.metadata!.namespace!, pod: pod.metadata!.name!, annotations }];
    });
  });
  return { changes, problems };
}

function share(
  deployment: V1Deployment,
  pods: number,
  report: (problem: string) => void,
): Record<string, string> {
  const wanted: Record<string, string> = {};
  const split = (kind: "cpu" | "memory", parse: (text: string) => number, unit: string): void => {
    const text = deployment.metadata?.annotations?.[workloadAnnotations[kind]];
    if (text === undefined) return;
    try {
      wanted[podAnnotations[kind]] = `${Math.round(parse(text) / pods)}${unit}`;
    } catch (error) {
      report(`annotation ${workloadAnnotations[kind]}: ${(error as Error).message}`);
    }
  };
  split("cpu", parseCpu, "m");
  split("memory", parseMemory, "");
  return wanted;
}

const isRunning = (pod: V1Pod): boolean =>
  pod.status?.phase === "Running" &&
  pod.spec?.nodeName !== undefined &&
  pod.metadata?.deletionTimestamp === undefined;

/** Its ReplicaSet's name is the Deployment's and the template's hash. */
function deploymentOf(pod: V1Pod): string | undefined {
  const owner = pod.metadata?.ownerReferences?.find(({ kind }) => kind === "ReplicaSet");
  const hash = pod.metadata?.labels?.["pod-template-hash"];
  return owner && hash && owner.name.endsWith(`-${hash}`) ? owner.name.slice(0, -hash.length - 1) : undefined;
}
