// The balancer's objects: the manifests in k8s/balancer and k8s/placeholder, filled in. Every way to install it takes them
// from here: the deploy stack, the Pulumi component, `npm run manifest` and the Helm chart.
import { entryFile, type Policy } from "../../../balancer/index.ts";
import { changedManifests } from "../changedManifests.ts";
import { contentNamedConfigMap } from "../contentNamed.ts";
import { loadManifests, type Manifest } from "../manifests.ts";
import { useConfigMap, type PlaceOnNodes } from "../podSpec.ts";
import { runProgram } from "../program.ts";
import { inNamespace } from "./inNamespace.ts";
import { labelled } from "./labels.ts";
import { monitorObjects } from "./monitor.ts";
import { logIn, type PrometheusLogin } from "./prometheusLogin.ts";
import { releasesOnDelete } from "./releaseOnDelete.ts";
import { askPrometheus } from "./prometheusWay.ts";

export interface Filling extends PrometheusLogin {
  /** Where the balancer's own objects go. */
  namespace: string;
  /** URL of the Prometheus that it asks, and that reads its exporter. */
  prometheus: string;
  /** `text` is its YAML. */
  policy: Policy & { text: string };
  /** Omitted: its bundle on a stock Node image. */
  image?: string | undefined;
  /** Cron expression. */
  schedule: string;
  /** Whether a round starts at once, too, when a spot node is about to end, is lost, or has come. */
  watch: boolean;
  /** Whether there are also objects for the Prometheus operator and Grafana. */
  monitor: boolean;
  /** Where its own pods run. */
  place: PlaceOnNodes;
  /** Whether the watcher takes everything back when its Deployment is deleted. */
  releaseOnDelete?: boolean;
  /** For `app.kubernetes.io/managed-by`. */
  managedBy?: string;
  /** Nothing overlooks that compressors differ between machines, as `createObjects` does: the bundle's name says its bytes. */
  namedByBytes?: boolean;
}

export interface Filled {
  objects: Manifest[];
  /** Name of the ConfigMap with its program, or the image. */
  program: string;
}

/** Label `app` of what only the watcher needs. */
const watcher = "spot-balancer-watch";

export async function balancerObjects(filling: Filling): Promise<Filled> {
  const { namespace, policy, image, schedule, watch, place, prometheus } = filling;
  const identity = { namespace, labels: { app: "spot-balancer" } };
  const policyMap = contentNamedConfigMap(
    { name: "spot-balancer-policy", ...identity },
    { data: { "policy.yaml": policy.text } },
  );
  const program = await runProgram(
    { name: "spot-balancer-program", ...identity },
    { image, entry: entryFile, namedByBytes: filling.namedByBytes ?? false },
  );
  const manifests = changedManifests("balancer", {
    pod(pod) {
      place(pod);
      program.runIn(pod);
      if (pod.volumes?.some(({ name }) => name === "policy")) useConfigMap(pod, "policy", policyMap);
    },
    objects: { CronJob: ({ spec }) => void (spec.schedule = schedule) },
  }).filter(({ metadata }) => watch || metadata.labels?.["app"] !== watcher);
  const filled = [
    ...forNamespaces(manifests, allowedNamespaces(policy)),
    ...(hasSpotNodes(policy) ? loadManifests("placeholder") : []),
    ...(filling.monitor ? monitorObjects(namespace) : []),
  ]
    .map((manifest) => logIn(askPrometheus(manifest, prometheus), filling))
    .map((manifest) => (filling.releaseOnDelete ? releasesOnDelete(manifest) : manifest))
    .map((manifest) => inNamespace(manifest, namespace));
  const objects = [...program.belongings, policyMap, ...filled];
  return { objects: objects.map((each) => labelled(each, filling.managedBy)), program: program.name };
}

/** In which policy allows moves. */
export const allowedNamespaces = ({ namespaces }: Policy): string[] =>
  Object.keys(namespaces).filter((namespace) => namespaces[namespace]?.allowed);

/** Only then placeholders may ask for some. */
export const hasSpotNodes = ({ pools }: Policy): boolean => Object.keys(pools.spot.nodeLabels).length > 0;

/**
 * Rights in namespaces: Role and RoleBinding of the namespace `demo` in the manifests stand for each namespace in
 * which policy allows moves, so that the balancer may write nowhere else.
 */
const forNamespaces = (manifests: readonly Manifest[], namespaces: readonly string[]): Manifest[] =>
  manifests.flatMap((manifest) =>
    manifest.metadata.namespace === "demo"
      ? namespaces.map((namespace) => ({ ...manifest, metadata: { ...manifest.metadata, namespace } }))
      : [manifest],
  );
