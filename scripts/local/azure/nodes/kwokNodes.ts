// Nodes of the pools as objects in the cluster: made, taken away with what runs on them, prepared for a preemption.
import {
  CoreV1Api,
  type KubeConfig,
  PatchStrategy,
  PolicyV1Api,
  type V1Node,
  type V1NodeCondition,
  type V1Pod,
  type V1Taint,
  setHeaderOptions,
} from "@kubernetes/client-node";
import { apiStatus, isNotFound, orMissing, waitFor } from "../../kube.ts";
import type { Pool } from "../machines.ts";
import { buildKwokNode, poolLabels, poolTaints, scaleSetName } from "./poolNode.ts";

const fieldManager = "emulated-azure";
const strategicMerge = setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch);

/** Taint of AKS's node auto-drain. */
const drainTaint = { key: "remediator.kubernetes.azure.com/unschedulable", effect: "NoSchedule" };

/** How long nodes may take to become Ready, ms. */
const readyTimeoutMs = 90_000;

export class KwokNodes {
  readonly #api: CoreV1Api;
  readonly #policy: PolicyV1Api;

  constructor(config: KubeConfig) {
    this.#api = config.makeApiClient(CoreV1Api);
    this.#policy = config.makeApiClient(PolicyV1Api);
  }

  /** Nodes of the pool that are there, oldest first. */
  async list(pool: Pool): Promise<V1Node[]> {
    const { items } = await this.#api.listNode({
      labelSelector: `kubernetes.azure.com/agentpool=${pool.name}`,
    });
    return items
      .filter((node) => node.metadata!.name!.startsWith(scaleSetName(pool)))
      .sort((a, b) => (a.metadata!.name! < b.metadata!.name! ? -1 : 1));
  }

  async create(pool: Pool, index: number): Promise<string> {
    const node = buildKwokNode(pool, index);
    await this.#api.createNode({ body: node, fieldManager });
    return node.metadata!.name!;
  }

  /** Returns when all nodes of the pool are Ready. */
  async untilReady(pool: Pool): Promise<void> {
    await waitFor(async () => (await this.list(pool)).every(isReady), {
      what: `the nodes of pool ${pool.name} to be Ready`,
      timeoutMs: readyTimeoutMs,
      intervalMs: 100,
    });
  }

  /** Gives the pool's nodes its present labels and taints, as AKS does without new machines. */
  async relabel(pool: Pool, before: Pool): Promise<void> {
    const gone = Object.keys(before.labels).filter((key) => !(key in poolLabels(pool)));
    const labels = { ...Object.fromEntries(gone.map((key) => [key, null])), ...poolLabels(pool) };
    const old = poolTaints(before).map(({ key }) => key);
    for (const node of await this.list(pool)) {
      const others = (node.spec?.taints ?? []).filter(({ key }) => !old.includes(key));
      const spec = { taints: [...others, ...poolTaints(pool)] };
      await this.#patch(node.metadata!.name!, { metadata: { labels }, spec });
    }
  }

  /** The machine is gone, and what ran on it: nothing waits for the garbage collector of pods. */
  async remove(name: string): Promise<void> {
    await orMissing(this.#api.deleteNode({ name }));
    for (const pod of await this.#podsOn(name)) {
      const { name: podName, namespace } = pod.metadata!;
      await orMissing(
        this.#api.deleteNamespacedPod({ name: podName!, namespace: namespace!, gracePeriodSeconds: 0 }),
      );
    }
  }

  /** Only the Node object: its pods are left to Kubernetes, as when a machine vanishes. */
  async vanish(name: string): Promise<void> {
    await orMissing(this.#api.deleteNode({ name }));
  }

  /** Puts a taint on a node, or takes the one with this key away; `cordon` beside it. */
  async setTaint(name: string, key: string, taint: V1Taint | undefined, cordon?: boolean): Promise<void> {
    const node = await orMissing(this.#api.readNode({ name }));
    const others = (node?.spec?.taints ?? []).filter((other) => other.key !== key);
    const spec = { taints: taint ? [...others, taint] : others }; // a patch replaces the list as a whole
    await this.#patch(name, {
      spec: { ...spec, ...(cordon !== undefined && { unschedulable: cordon || null }) },
    });
  }

  /** A pod on the node has a budget that is used up. */
  async isKeptByBudget(name: string): Promise<boolean> {
    const [pods, { items: budgets }] = await Promise.all([
      this.#podsOn(name),
      this.#policy.listPodDisruptionBudgetForAllNamespaces(),
    ]);
    return budgets
      .filter(({ status }) => (status?.disruptionsAllowed ?? 0) <= 0)
      .some(({ metadata, spec }) =>
        pods.some(
          (pod) =>
            pod.metadata?.namespace === metadata?.namespace &&
            Object.entries(spec?.selector?.matchLabels ?? {}).every(
              ([key, value]) => pod.metadata?.labels?.[key] === value,
            ),
        ),
      );
  }

  /** Asks for the eviction of every pod that does not stay, once each. */
  async evictAll(name: string, stays: (pod: V1Pod) => boolean): Promise<"empty" | "going" | "refused"> {
    const pods = (await this.#podsOn(name)).filter((pod) => !stays(pod));
    if (pods.length === 0) return "empty";
    const answers = await Promise.all(
      pods.filter(({ metadata }) => !metadata?.deletionTimestamp).map((pod) => this.#evict(pod)),
    );
    return answers.includes(false) ? "refused" : "going";
  }

  /** False when a budget refuses it. */
  async #evict({ metadata }: V1Pod): Promise<boolean> {
    const { name, namespace } = metadata!;
    const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
    try {
      await this.#api.createNamespacedPodEviction({ name: name!, namespace: namespace!, body });
    } catch (error) {
      if (apiStatus(error) === 429) return false;
      if (!isNotFound(error)) throw error;
    }
    return true;
  }

  /** What Azure's notice does to a node: a condition that node problem detector sets. */
  async announce(name: string, notice: V1NodeCondition): Promise<void> {
    const body = { status: { conditions: [notice] } };
    await this.#api.patchNodeStatus({ name, body, fieldManager }, strategicMerge);
  }

  /** AKS's node auto-drain: cordon, then one eviction request per pod; budgets hold, nothing is forced. */
  async drain(name: string): Promise<void> {
    await this.setTaint(name, drainTaint.key, drainTaint, true);
    await this.evictAll(
      name,
      ({ metadata }) => !!metadata?.ownerReferences?.some(({ kind }) => kind === "DaemonSet"),
    );
  }

  async #podsOn(name: string): Promise<V1Pod[]> {
    return (await this.#api.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${name}` })).items;
  }

  async #patch(name: string, body: object): Promise<void> {
    await orMissing(this.#api.patchNode({ name, body, fieldManager }, strategicMerge));
  }
}

export const isReady = (node: V1Node): boolean =>
  node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
