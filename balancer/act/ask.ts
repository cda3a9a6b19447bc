// Asks spot for room, as the plan says: by CapacityBuffers where somebody handles them, else by placeholder pods, both from
// the template that the cluster has.
import { isStatus } from "../kube/apiError.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Resources, SpotAsk } from "../model.ts";
import type { Policy } from "../policy.ts";
import { placeholderNamespace } from "../decide/podRoles.ts";
import { askByBuffers, type Buffers, findBuffers } from "./buffers.ts";

/** What a round makes at the most: a wrong sum must not flood the cluster, and the next round makes the rest. */
const mostPerRound = 50;

interface PodTemplate {
  template: {
    metadata: object;
    spec: { containers: { resources?: { requests?: object; limits?: object } }[] };
  };
}

const folder = `/api/v1/namespaces/${placeholderNamespace}`;

/** @returns what went wrong, a sentence each; the next round tries again */
export async function askSpot(
  client: KubeClient,
  ask: SpotAsk,
  policy: Policy,
  stop: AbortSignal,
): Promise<string[]> {
  const problems: string[] = [];
  const attempt = async (what: string, send: () => Promise<unknown>): Promise<boolean> => {
    if (stop.aborted) return false;
    try {
      await send();
      return true;
    } catch (error) {
      if (isStatus(error, 409) || isStatus(error, 404)) return true; // gone, or another one by now
      problems.push(`${what}: ${(error as Error).message}`);
      return false;
    }
  };
  let buffers: Buffers | undefined;
  try {
    buffers = await findBuffers(client);
  } catch (error) {
    // Pods beside buffers that may be there would ask twice.
    return [`spot is not asked for room, CapacityBuffers cannot be read: ${(error as Error).message}`];
  }
  const unanswered = buffers?.unanswered ?? false;
  if (unanswered)
    problems.push("CapacityBuffers are served, but nobody handles them: spot is asked by placeholder pods");
  const used = unanswered ? undefined : buffers;
  const { all = [], kept = [] } = ask;
  const [create, remove] = used ? [[], [...ask.remove, ...kept]] : [ask.create, ask.remove];
  for (const { namespace, name, uid } of remove) {
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    const body = { preconditions: { uid }, gracePeriodSeconds: 0 };
    if (!(await attempt(`placeholder ${name} stays`, () => client.send({ method: "DELETE", path, body }))))
      break;
  }
  if (stop.aborted || (create.length === 0 && (!used || all.length + used.present.length === 0)))
    return problems;
  let template: PodTemplate;
  try {
    template = await client.send<PodTemplate>({ path: `${folder}/podtemplates/placeholder` });
  } catch (error) {
    const hint = isStatus(error, 404) ? "; k8s/placeholder has it" : "";
    return [
      ...problems,
      `spot is not asked for room, PodTemplate placeholder: ${(error as Error).message}${hint}`,
    ];
  }
  const podTemplate = (requests: Resources) => placeholderPod(template, requests, policy);
  if (used) {
    await askByBuffers(client, used, ask, { attempt, podTemplate, mostPerRound });
    return problems;
  }
  const pods = create.flatMap(({ requests, count }) => Array.from({ length: count }, () => requests));
  for (const requests of pods.slice(0, mostPerRound)) {
    const { metadata, ...pod } = podTemplate(requests);
    const body = { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, generateName: "placeholder-" }, ...pod }; // prettier-ignore
    if (
      !(await attempt("spot is not asked for room", () =>
        client.send({ method: "POST", path: `${folder}/pods`, body }),
      ))
    )
      break;
  }
  return problems;
}

/** The template's pod in this size, for spot nodes alone. */
function placeholderPod(
  { template: { metadata, spec } }: PodTemplate,
  { cpu, memory }: Resources,
  { pools }: Policy,
) {
  const { nodeLabels, taint } = pools.spot;
  const [container, ...others] = spec.containers;
  const resources = {
    requests: { ...container?.resources?.requests, cpu: `${cpu}m`, memory: `${memory}` },
    limits: { ...container?.resources?.limits, memory: `${memory}` },
  };
  return {
    metadata,
    spec: {
      ...spec,
      nodeSelector: nodeLabels,
      tolerations: taint ? [{ ...taint, operator: "Equal" }] : [],
      containers: [{ ...container, resources }, ...others],
    },
  };
}
