// The Kubernetes provider: objects of any kind by server-side apply, with waits for readiness and for deletion.
import { containsUnknown, unknown, type Properties } from "../../values.ts";
import { NotReadyError, type Change, type Failure, type ProviderClient, type Subject } from "../provider.ts";
import { ApiError, type KubeApi } from "./api.ts";
import { Cluster } from "./cluster.ts";
import { liveInputs } from "./drift.ts";
import * as objects from "./objects.ts";
import { compare } from "./replacement.ts";
import { timeoutOf } from "./readiness.ts";
import { defaultTimeoutSeconds, waitUntilGone, waitUntilReady } from "./waiting.ts";

/** @param api undefined when the cluster is not known yet (a preview) or not wanted (rendering). */
export function kubernetesClient(api: KubeApi | undefined): ProviderClient {
  const known = api && new Cluster(api);
  const cluster = (): Cluster => {
    if (known) return known;
    throw new Error("the cluster is not known: the provider's kubeconfig has no value yet");
  };

  /** What a preview can say: the server's answer to a dry run, if the object is known and could exist already. */
  async function dryRun(inputs: Properties): Promise<Properties> {
    if (!known || containsUnknown(inputs)) return inputs;
    try {
      await known.apply(await known.discovery.path(objects.identityOf(inputs)), inputs, { dryRun: true });
    } catch (error) {
      // Its namespace or its kind comes with the same update.
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
    return inputs;
  }

  async function applyAndWait(
    inputs: Properties,
    change: Change,
  ): Promise<{ id: string; outputs: Properties }> {
    const identity = await cluster().discovery.settle(objects.identityOf(inputs));
    const path = await cluster().discovery.path(identity);
    const applied = await cluster().apply(path, inputs);
    const { live, problems } = await waitUntilReady(cluster().api, path, applied, {
      ...change,
      timeoutSeconds: timeoutOf(inputs) ?? defaultTimeoutSeconds,
    });
    const id = objects.idOf(identity);
    const outputs = objects.outputsOf(live);
    if (problems.length) throw new NotReadyError(id, outputs, problems);
    return { id, outputs };
  }

  return {
    check(subject, { news }) {
      const failures = problemsOf(subject, news);
      return Promise.resolve({ inputs: failures.length ? news : objects.normalize(news), failures });
    },

    diff: (_subject, { oldInputs, newInputs }) => Promise.resolve(compare(oldInputs, newInputs)),

    async create(_subject, { inputs, ...change }) {
      if (known && !containsUnknown(objects.metadataOf(inputs))) {
        await known.refuseForeign(objects.identityOf(inputs));
      }
      return change.preview ? { id: "", outputs: await dryRun(inputs) } : applyAndWait(inputs, change);
    },

    async update(_subject, { newInputs, ...change }) {
      return change.preview ? { outputs: await dryRun(newInputs) } : applyAndWait(newInputs, change);
    },

    async delete(subject, { inputs, outputs, ...change }) {
      try {
        const path = await cluster().discovery.path(identityFrom(subject, inputs));
        const uid = objects.textAt(outputs, "metadata", "uid");
        if (!(await cluster().requestDeletion(path, uid))) return;
        const timeoutSeconds = timeoutOf(inputs) ?? defaultTimeoutSeconds;
        await waitUntilGone(cluster().api, path, uid, { ...change, timeoutSeconds });
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 404) throw error; // its kind is gone, and it with it
      }
    },

    async read(subject, { inputs }) {
      const found = await cluster().find(identityFrom(subject, inputs));
      if (!found || objects.textAt(found.live, "metadata", "deletionTimestamp")) return undefined;
      const outputs = objects.outputsOf(found.live);
      const applied = await cluster().apply(found.path, inputs, { dryRun: true, force: true });
      return { id: subject.id, inputs: liveInputs(inputs, found.live, applied), outputs };
    },

    invoke: (token) => Promise.reject(new Error(`the embedded engine has no function ${token}`)),
    close: () => api?.close(),
  };
}

function identityFrom(subject: Subject, inputs: Properties): objects.Identity {
  const [first = "", second] = subject.id.split("/");
  const { apiVersion, kind } = objects.identityOf(inputs);
  return second === undefined
    ? { apiVersion, kind, name: first }
    : { apiVersion, kind, name: second, namespace: first };
}

function problemsOf(subject: Subject, news: Properties): Failure[] {
  const refused = refusedAnnotations.filter((key) => objects.annotationOf(news, key) !== undefined);
  return [
    ...[objects.refusedType(subject.type)].flatMap((reason) => (reason ? [{ property: "", reason }] : [])),
    ...["apiVersion", "kind"]
      .filter((key) => typeof news[key] !== "string")
      .map((property) => ({ property, reason: "expected a text, but it is missing" })),
    ...(news["metadata"] === unknown || objects.metadataOf(news)["name"] !== undefined
      ? []
      : [{ property: "metadata.name", reason: "the embedded engine makes up no names: give one" }]),
    ...refused.map((key) => ({
      property: `metadata.annotations["${key}"]`,
      reason: "the embedded engine does not support it",
    })),
  ];
}

const refusedAnnotations = [
  "pulumi.com/waitFor",
  "pulumi.com/replaceUnready",
  "pulumi.com/deletionPropagationPolicy",
];
