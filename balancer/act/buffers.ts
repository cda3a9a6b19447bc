// Asks spot for room by CapacityBuffers, where the cluster serves them: the autoscaler keeps the room free itself, and no
// pods wait that GitOps tools would show as red.
//
// https://github.com/kubernetes/autoscaler/tree/master/cluster-autoscaler/apis/capacitybuffer, the same in Karpenter
// (designs/capacity-buffers.md). A buffer is so many times the pod of a PodTemplate, which belongs to it and goes with it.
import { placeholderLabel, placeholderNamespace } from "../decide/podRoles.ts";
import { unlessStatus } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import { timeOf } from "../kube/json.ts";
import { listAll } from "../kube/list.ts";
import type { Resources, SpotAsk } from "../model.ts";

const group = "autoscaling.x-k8s.io";
/** In the order of preference; what is used of them is the same. */
const versions = ["v1beta1", "v1alpha1"];

/** Whoever handles buffers says so on each of them within seconds. */
const answerMs = 120_000;

interface Buffer {
  metadata: { name: string; uid: string; creationTimestamp?: string };
  spec?: { replicas?: number };
  status?: { conditions?: unknown[] };
}

export interface Buffers {
  apiVersion: string;
  /** Of the list in our namespace. */
  path: string;
  /** Ours. */
  present: Buffer[];
  /** The API is there, but for minutes nobody has taken notice of ours: an autoscaler without the feature. */
  unanswered: boolean;
}

/** @returns undefined: the cluster has none, or we may not use them */
export const findBuffers = (client: KubeClient): Promise<Buffers | undefined> =>
  unlessStatus(readBuffers(client), 404, 403);

async function readBuffers(client: KubeClient): Promise<Buffers | undefined> {
  const found = await client.send<{ versions?: { version?: unknown }[] }>({ path: `/apis/${group}` });
  const version = versions.find((each) => found.versions?.some(({ version }) => version === each));
  if (version === undefined) return undefined;
  const path = `/apis/${group}/${version}/namespaces/${placeholderNamespace}/capacitybuffers`;
  const present = await listAll<Buffer, Buffer>(client, path, (each) => each, {
    labelSelector: `${placeholderLabel}=true`,
  });
  const unanswered = present.some(
    ({ metadata, status }) =>
      !status?.conditions?.length &&
      client.now() - (timeOf(metadata.creationTimestamp) ?? client.now()) > answerMs,
  );
  return { apiVersion: `${group}/${version}`, path, present, unanswered };
}

/** One size of room, by name. */
const nameOf = ({ cpu, memory }: Resources) =>
  `room-${cpu}m-${Math.ceil(memory / 2 ** 20)}mi-${memory % 2 ** 20}`;

export interface BufferSteps {
  /** Makes one request, and says whether to go on. */
  attempt: (what: string, send: () => Promise<unknown>) => Promise<boolean>;
  /** The pod that stands for room of this size. */
  podTemplate: (requests: Resources) => object;
  /** By how many a buffer grows in one round at the most. */
  mostPerRound: number;
}

/** Brings the buffers to what is wanted in all. */
export async function askByBuffers(
  client: KubeClient,
  { apiVersion, path, present }: Buffers,
  { all = [] }: Pick<SpotAsk, "all">,
  { attempt, podTemplate, mostPerRound }: BufferSteps,
): Promise<void> {
  const labels = { app: "placeholder", [placeholderLabel]: "true" };
  const templates = `/api/v1/namespaces/${placeholderNamespace}/podtemplates`;
  const wanted = new Map(all.map((each) => [nameOf(each.requests), each]));
  for (const { metadata } of present) {
    const { name, uid } = metadata;
    if (wanted.has(name)) continue;
    const body = { preconditions: { uid } };
    const remove = () => client.send({ method: "DELETE", path: `${path}/${name}`, body });
    if (!(await attempt(`buffer ${name} stays`, remove))) return;
  }
  for (const [name, { requests, count }] of wanted) {
    const known = present.find(({ metadata }) => metadata.name === name);
    const replicas = Math.min(count, (known?.spec?.replicas ?? 0) + mostPerRound);
    const isDone = await attempt("spot is not asked for room", async () => {
      const buffer = known ?? (await client.send<Buffer>({ method: "POST", path, body: { apiVersion, kind: "CapacityBuffer", metadata: { name, namespace: placeholderNamespace, labels }, spec: { podTemplateRef: { name }, replicas } } })); // prettier-ignore
      if (known && known.spec?.replicas !== replicas)
        await client.send({ method: "PATCH", path: `${path}/${name}`, contentType: "application/merge-patch+json", body: { spec: { replicas } } }); // prettier-ignore
      if (known && (await unlessStatus(client.send({ path: `${templates}/${name}` }), 404))) return;
      const { uid } = buffer.metadata;
      const ownerReferences = [{ apiVersion, kind: "CapacityBuffer", name, uid }];
      await client.send({ method: "POST", path: templates, body: { apiVersion: "v1", kind: "PodTemplate", metadata: { name, namespace: placeholderNamespace, labels, ownerReferences }, template: podTemplate(requests) } }); // prettier-ignore
    });
    if (!isDone) return;
  }
}
