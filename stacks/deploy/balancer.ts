// The balancer: its program, its policy, its rights, the CronJob that runs it, what watches in between, and its metrics.
import { entryFile, type Policy } from "../../balancer/index.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { Context } from "./context.ts";
import { createObjects, type Manifest } from "./manifests.ts";
import { useConfigMap } from "./podSpec.ts";
import { runProgram } from "./program.ts";
import { changedManifests } from "./workload.ts";

const identity = { namespace: "monitoring", labels: { app: "spot-balancer" } };

/** Label `app` of what only the watcher needs. */
const watcher = "spot-balancer-watch";

/** @returns the bundle's ConfigMap, or the image */
export async function deployBalancer(context: Context): Promise<string> {
  const { config, onSystemNodes } = context;
  const policy = contentNamedConfigMap(
    { name: "spot-balancer-policy", ...identity },
    { data: { "policy.yaml": context.policy.text } },
  );
  const program = await runProgram(
    { name: "spot-balancer-program", ...identity },
    { image: config.balancerImage, entry: entryFile },
  );
  const manifests = changedManifests("balancer", {
    pod(pod) {
      onSystemNodes(pod);
      program.runIn(pod);
      if (pod.volumes?.some(({ name }) => name === "policy")) useConfigMap(pod, "policy", policy);
    },
    objects: {
      CronJob(cronJob) {
        cronJob.spec.schedule = config.balancerSchedule;
      },
    },
  }).filter(({ metadata }) => config.balancerWatch || metadata.labels?.["app"] !== watcher);
  createObjects([...program.belongings, policy, ...forNamespaces(manifests, context.policy)], context);
  return program.name;
}

/**
 * Rights in namespaces: Role and RoleBinding of the namespace `demo` in the manifests stand for each namespace in
 * which policy allows moves, so that the balancer may write nowhere else.
 */
function forNamespaces(manifests: readonly Manifest[], { namespaces }: Policy): Manifest[] {
  const allowed = Object.keys(namespaces).filter((namespace) => namespaces[namespace]?.allowed);
  return manifests.flatMap((manifest) =>
    manifest.metadata.namespace === "demo"
      ? allowed.map((namespace) => ({ ...manifest, metadata: { ...manifest.metadata, namespace } }))
      : [manifest],
  );
}
