// What the balancer's account tries that is not its business, on a workload and on placeholders, for the real API server.
import type { KubeClient, KubeRequest } from "../../kube/client.ts";

type Kind = "Deployment" | "StatefulSet" | "ReplicaSet";

/**
 * A workload with something in every place that placement shares with others.
 * @param isOurs its node affinity is nobody's, so that the balancer may move it
 */
export function guardedWorkload(kind: Kind, name: string, { isOurs = false } = {}) {
  const labels = { app: name };
  const term = { matchExpressions: [{ key: "disk", operator: "Exists" }] };
  return {
    ...{ apiVersion: "apps/v1", kind },
    metadata: { name, namespace: "demo", labels, annotations: { team: "a", "spot-balancer/note": "theirs" } },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      ...(kind === "StatefulSet" && { serviceName: name }),
      template: {
        metadata: { labels, annotations: { checksum: "1" } },
        spec: {
          nodeSelector: { disk: "fast" },
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: labels } },
              ],
            },
            ...(!isOurs && {
              nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } },
            }),
          },
          // Large on purpose: comparing it must stay within the API server's budget for CEL.
          containers: Array.from({ length: 8 }, (_, i) => ({
            ...{ name: `c${i}`, image: "registry.example/app:1", command: ["run"] },
            env: Array.from({ length: 60 }, (_, j) => ({ name: `VARIABLE_${j}`, value: "x".repeat(200) })),
          })),
        },
      },
    },
  };
}

const pod = (spec: object) => ({ spec: { template: { spec } } });
const container = (changes: object) => pod({ containers: [{ name: "c0", ...changes }] });
const secret = { volumes: [{ name: "stolen", secret: { secretName: "theirs" } }] };

/** Strategic merge patches of a Deployment, and which field the answer must name. */
export const meddling: [what: string, patch: object, field: string][] = [
  ["another image", container({ image: "registry.example/evil" }), "containers"],
  ["another command", container({ command: ["sh"] }), "containers"],
  ["other arguments", container({ args: ["-c"] }), "containers"],
  ["a variable", container({ env: [{ name: "VARIABLE_0", value: "evil" }] }), "containers"],
  ["variables of a Secret", container({ envFrom: [{ secretRef: { name: "theirs" } }] }), "containers"],
  ["more requests", container({ resources: { requests: { cpu: "9" } } }), "containers"],
  ["more rights", container({ securityContext: { privileged: true } }), "containers"],
  ["a hook", container({ lifecycle: { preStop: { exec: { command: ["sh"] } } } }), "containers"],
  ["another container", pod({ containers: [{ name: "more", image: "evil" }] }), "containers"],
  ["an init container", pod({ initContainers: [{ name: "init", image: "evil" }] }), "initContainers"],
  ["a Secret as a volume", pod(secret), "volumes"],
  ["a folder of the node", pod({ volumes: [{ name: "host", hostPath: { path: "/" } }] }), "volumes"],
  ["another account", pod({ serviceAccountName: "default" }), "serviceAccountName"],
  ["the account's token", pod({ automountServiceAccountToken: true }), "automountServiceAccountToken"],
  ["the node's network", pod({ hostNetwork: true }), "hostNetwork"],
  ["the node's processes", pod({ hostPID: true }), "hostPID"],
  ["a pull secret", pod({ imagePullSecrets: [{ name: "theirs" }] }), "imagePullSecrets"],
  ["another user", pod({ securityContext: { runAsUser: 0 } }), "securityContext"],
  ["a rank", pod({ priorityClassName: "system-node-critical" }), "priorityClassName"],
  ["a scheduler", pod({ schedulerName: "mine" }), "schedulerName"],
  ["a runtime", pod({ runtimeClassName: "mine" }), "runtimeClassName"],
  ["a node by name", pod({ nodeName: "regular-1" }), "nodeName"],
  ["another node selector", pod({ nodeSelector: { disk: "slow" } }), "nodeSelector"],
  ["host aliases", pod({ hostAliases: [{ ip: "10.0.0.1", hostnames: ["a"] }] }), "hostAliases"],
  ["no affinity between pods", pod({ affinity: { podAntiAffinity: null } }), "affinity.podAntiAffinity"],
  ["required node affinity", pod({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: null } } }), "requiredDuringScheduling"],
  ["a label of the pods", { spec: { template: { metadata: { labels: { more: "x" } } } } }, "template.metadata.labels"],
  ["an annotation of the pods", { spec: { template: { metadata: { annotations: { checksum: "2" } } } } }, "annotations.checksum"],
  ["replicas", { spec: { replicas: 0 } }, "spec.replicas"],
  ["the strategy", { spec: { strategy: { type: "Recreate", rollingUpdate: null } } }, "spec.strategy"],
  ["a pause", { spec: { paused: true } }, "spec.paused"],
  ["a label", { metadata: { labels: { app: "other" } } }, "metadata.labels"],
  ["an annotation", { metadata: { annotations: { team: "b" } } }, "annotations.team"],
  ["no annotation", { metadata: { annotations: { team: null } } }, "annotations.team"],
  ["an annotation that people write for it", { metadata: { annotations: { "spot-balancer/note": null } } }, "annotations.spot-balancer/note"],
  ["an owner", { metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "x" }] } }, "metadata.ownerReferences"],
  ["a finalizer", { metadata: { finalizers: ["example.com/never"] } }, "metadata.finalizers"],
]; // prettier-ignore

const folder = "/api/v1/namespaces/placeholder";

interface Template {
  template: { metadata: object; spec: { containers: object[] } };
}

/** The pod that `askSpot` would make, with changes in its spec, its container and its metadata. */
export async function placeholder(
  client: KubeClient,
  { spec = {}, inContainer = {}, metadata = {} }: { spec?: object; inContainer?: object; metadata?: object },
): Promise<KubeRequest> {
  const { template } = await client.send<Template>({ path: `${folder}/podtemplates/placeholder` });
  const resources = { requests: { cpu: "1500m", memory: "3Gi" }, limits: { memory: "3Gi" } };
  const containers = [{ ...template.spec.containers[0], resources, ...inContainer }];
  const body = {
    ...{ apiVersion: "v1", kind: "Pod" },
    metadata: { ...template.metadata, generateName: "placeholder-", ...metadata },
    spec: { ...template.spec, nodeSelector: { pool: "spot" }, tolerations: [], containers, ...spec },
  };
  return { method: "POST", path: `${folder}/pods`, body };
}

export const otherPods: [what: string, changes: Parameters<typeof placeholder>[1]][] = [
  ["of another image", { inContainer: { image: "registry.example/evil" } }],
  ["with a command", { inContainer: { command: ["sh"] } }],
  ["with variables", { inContainer: { env: [{ name: "A", value: "b" }] } }],
  ["with more rights", { inContainer: { securityContext: { privileged: true } } }],
  ["of another account", { spec: { serviceAccountName: "default" } }],
  ["with its account's token", { spec: { automountServiceAccountToken: true } }],
  ["with a volume", { spec: secret }],
  ["on the node's network", { spec: { hostNetwork: true } }],
  ["with an init container", { spec: { initContainers: [{ name: "i", image: "evil" }] } }],
  ["with two containers", { spec: { containers: [{ name: "pause", image: "a" }, { name: "b", image: "b" }] } }],
  ["that ranks higher", { spec: { priorityClassName: "" } }],
  ["on a node of its choice", { spec: { nodeName: "regular-1" } }],
  ["without its label", { metadata: { labels: { app: "placeholder" } } }],
  ["with a finalizer", { metadata: { finalizers: ["example.com/never"] } }],
]; // prettier-ignore
