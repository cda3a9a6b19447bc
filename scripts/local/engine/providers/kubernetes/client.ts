// The Kubernetes provider: objects of any kind by server-side apply, with waits for readiness and for deletion.
import { randomBytes } from "node:crypto";
import { containsUnknown, isObject, type Properties } from "../../values.ts";
import { NotReadyError, type Change, type Failure, type ProviderClient, type Subject } from "../provider.ts";
import { ApiError, UnreachableError, type KubeApi } from "./api.ts";
import { Discovery } from "./discovery.ts";
import { liveInputs } from "./drift.ts";
import * as objects from "./objects.ts";
import { compare, type ReplacementRules } from "./replacement.ts";
import { timeoutOf } from "./readiness.ts";
import { defaultTimeoutSeconds, waitUntilGone, waitUntilReady } from "./waiting.ts";

/** Field manager of what we apply; Pulumi's own provider uses the same name, with a suffix. */
export const fieldManager = "pulumi-kubernetes";

export interface Behavior extends ReplacementRules {
  /** Take over objects that exist already. */
  adopt: boolean;
  /** Count a deletion as done when the cluster does not answer. */
  deleteUnreachable: boolean;
}

/** @param api undefined when the cluster is not known yet (a preview) or not wanted (rendering). */
export function kubernetesClient(api: KubeApi | undefined, behavior: Behavior): ProviderClient {
  const discovery = api && new Discovery(api);
  const cluster = (): { api: KubeApi; discovery: Discovery } => {
    if (api && discovery) return { api, discovery };
    throw new Error("the cluster is not known: the provider's kubeconfig has no value yet");
  };

  async function apply(
    path: string,
    inputs: Properties,
    { dryRun, force }: { dryRun: boolean; force: boolean },
  ): Promise<Properties> {
    const query = new URLSearchParams({ fieldManager, fieldValidation: "Strict", force: String(force) });
    if (dryRun) query.set("dryRun", "All");
    try {
      return await cluster().api.request(
        "PATCH",
        `${path}?${query.toString()}`,
        inputs,
        "application/apply-patch+yaml",
      );
    } catch (error) {
      throw error instanceof ApiError ? readableError(error) : error;
    }
  }

  /** What a preview can say: the server's answer to a dry run, if the object is known and could exist already. */
  async function dryRun(inputs: Properties): Promise<Properties> {
    if (!discovery || containsUnknown(inputs)) return inputs;
    try {
      const path = await discovery.path(objects.identityOf(inputs));
      await apply(path, inputs, { dryRun: true, force: isForced(inputs) });
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
    const { api: server, discovery: kinds } = cluster();
    const identity = await kinds.settle(objects.identityOf(inputs));
    const path = await kinds.path(identity);
    const applied = await apply(path, inputs, { dryRun: false, force: isForced(inputs) });
    const { live, problems } = await waitUntilReady(server, path, applied, {
      timeoutSeconds: change.timeout ?? timeoutOf(inputs) ?? defaultTimeoutSeconds,
      signal: change.signal,
      status: change.status,
    });
    const id = objects.idOf(identity);
    const outputs = objects.outputsOf(live);
    if (problems.length) throw new NotReadyError(id, outputs, problems);
    return { id, outputs };
  }

  async function get(path: string): Promise<Properties | undefined> {
    try {
      return await cluster().api.request("GET", path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Asks for a deletion, dependents first; false when there is nothing (or nothing of ours) to delete. */
  async function requestDeletion(path: string, uid: string | undefined): Promise<boolean> {
    const options = { propagationPolicy: "Foreground", ...(uid ? { preconditions: { uid } } : {}) };
    try {
      await cluster().api.request("DELETE", path, { apiVersion: "v1", kind: "DeleteOptions", ...options });
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) return false;
      // 409: another object has its name by now, or (a namespace) it is being deleted already.
      if (error.status === 409) return !/precondition/i.test(error.message);
      throw error;
    }
  }

  /** An object that others made is not taken over by accident: it would be deleted with our stack. */
  async function refuseForeign(inputs: Properties): Promise<void> {
    if (behavior.adopt || !discovery || containsUnknown(objects.metadataOf(inputs))) return;
    const identity = objects.identityOf(inputs);
    const lookUp = async (): Promise<Properties | undefined> => get(await discovery.path(identity));
    const existing = await lookUp().catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return undefined; // no such kind yet
      throw error;
    });
    const managers = objects
      .listAt(existing, "metadata", "managedFields")
      .map((entry) => objects.textAt(entry, "manager") ?? "");
    if (!existing || managers.includes(fieldManager)) return;
    throw new Error(
      `${objects.describe(identity)} exists already, made by ${[...new Set(managers)].join(", ") || "somebody else"}: ` +
        `delete it, name yours differently, or set the provider's upsertExistingObjects`,
    );
  }

  return {
    check(subject, { olds, news }) {
      const failures = problemsOf(subject, news);
      const inputs = failures.length
        ? news
        : objects.normalize(news, olds, subject.name, randomBytes(4).toString("hex"));
      return Promise.resolve({ inputs, failures });
    },

    diff: (_subject, { oldInputs, newInputs }) => Promise.resolve(compare(oldInputs, newInputs, behavior)),

    async create(_subject, { inputs, ...change }) {
      if (!change.preview || api) await refuseForeign(inputs);
      return change.preview ? { id: "", outputs: await dryRun(inputs) } : applyAndWait(inputs, change);
    },

    async update(_subject, { newInputs, ...change }) {
      return change.preview ? { outputs: await dryRun(newInputs) } : applyAndWait(newInputs, change);
    },

    async delete(subject, { inputs, outputs, ...change }) {
      try {
        const path = await cluster().discovery.path(identityFrom(subject, inputs));
        const uid = objects.textAt(outputs, "metadata", "uid");
        if (!(await requestDeletion(path, uid))) return;
        const timeoutSeconds = change.timeout ?? defaultTimeoutSeconds;
        const { signal, status } = change;
        await waitUntilGone(cluster().api, path, uid, { timeoutSeconds, signal, status });
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return; // its kind is gone, and it with it
        if (!(error instanceof UnreachableError) || !behavior.deleteUnreachable) throw error;
        change.status("the cluster does not answer: counted as deleted");
      }
    },

    async read(subject, { inputs }) {
      let path: string;
      try {
        path = await cluster().discovery.path(identityFrom(subject, inputs));
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return undefined; // its kind is gone, and it with it
        throw error;
      }
      const live = await get(path);
      if (!live || objects.textAt(live, "metadata", "deletionTimestamp")) return undefined;
      const outputs = objects.outputsOf(live);
      // `X.get(…)` and objects of imports have no inputs to compare with.
      if (!isObject(inputs["metadata"])) return { id: subject.id, inputs, outputs };
      const applied = await apply(path, inputs, { dryRun: true, force: true });
      return { id: subject.id, inputs: liveInputs(inputs, live, applied), outputs };
    },

    invoke: (token) => Promise.reject(new Error(`the embedded engine has no function ${token}`)),
    close: () => api?.close(),
  };
}

const isForced = (inputs: Properties): boolean =>
  objects.annotationOf(inputs, "pulumi.com/patchForce") === "true";

function identityFrom(subject: Subject, inputs: Properties): objects.Identity {
  const [first = "", second] = subject.id.split("/");
  const { apiVersion, kind } =
    inputs["kind"] === undefined ? objects.kindOfType(subject.type) : objects.identityOf(inputs);
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
    ...(objects.metadataOf(news)["generateName"] === undefined
      ? []
      : [
          {
            property: "metadata.generateName",
            reason: "server-side apply needs a name: give one, or leave both out",
          },
        ]),
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

/** Names who owns a field that we may not change, and lists everything that is invalid. */
function readableError(error: ApiError): Error {
  const conflict =
    error.status === 409 && error.causes.some((cause) => cause.reason === "FieldManagerConflict");
  if (!conflict) return error;
  const lines = error.causes.map(({ field, message }) => `  - ${field ?? "?"}: ${message ?? ""}`);
  return new ApiError(409, {
    reason: "Conflict",
    message:
      `others own fields that this object sets:\n${lines.join("\n")}\n` +
      `Leave those fields to their owner, or take them over once with the annotation pulumi.com/patchForce: "true"`,
  });
}
