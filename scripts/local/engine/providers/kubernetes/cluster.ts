// One cluster: looking up, applying and deleting objects, and the errors that say who or what is in the way.
import type { Properties } from "../../values.ts";
import { ApiError, type KubeApi } from "./api.ts";
import { Discovery } from "./discovery.ts";
import { annotationOf, describe, listAt, textAt, type Identity } from "./objects.ts";

/** Field manager of what we apply; Pulumi's own provider uses the same name, with a suffix. */
const fieldManager = "pulumi-kubernetes";

export class Cluster {
  readonly api: KubeApi;
  readonly discovery: Discovery;

  constructor(api: KubeApi) {
    this.api = api;
    this.discovery = new Discovery(api);
  }

  /** The object, or undefined when it, or its kind, does not exist. */
  async find(identity: Identity): Promise<{ path: string; live: Properties } | undefined> {
    try {
      const path = await this.discovery.path(identity);
      return { path, live: await this.api.request("GET", path) };
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Server-side apply. Without `force` the fields of others are a conflict, whose error names them. */
  async apply(
    path: string,
    inputs: Properties,
    { dryRun = false, force = isForced(inputs) } = {},
  ): Promise<Properties> {
    const query = new URLSearchParams({ fieldManager, fieldValidation: "Strict", force: String(force) });
    if (dryRun) query.set("dryRun", "All");
    try {
      return await this.api.request(
        "PATCH",
        `${path}?${query.toString()}`,
        inputs,
        "application/apply-patch+yaml",
      );
    } catch (error) {
      throw error instanceof ApiError ? readableError(error) : error;
    }
  }

  /** Asks for a deletion, dependents first; false when there is nothing to delete. */
  async requestDeletion(path: string, uid: string | undefined): Promise<boolean> {
    const options = { propagationPolicy: "Foreground", ...(uid ? { preconditions: { uid } } : {}) };
    try {
      await this.api.request("DELETE", path, { apiVersion: "v1", kind: "DeleteOptions", ...options });
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) return false;
      // Another object has its name by now, or (a namespace) it is being deleted already: who waits for its end sees that.
      if (error.status === 409) return true;
      throw error;
    }
  }

  /** An object that others made is not taken over by accident: it would be deleted with our stack. */
  async refuseForeign(identity: Identity): Promise<void> {
    const found = await this.find(identity);
    const managers = listAt(found?.live, "metadata", "managedFields").map(
      (entry) => textAt(entry, "manager") ?? "",
    );
    // One of ours, from a run that was killed before it could record it, is taken up again.
    if (!found || managers.includes(fieldManager)) return;
    throw new Error(
      `${describe(identity)} exists already, made by ${[...new Set(managers)].join(", ") || "somebody else"}: ` +
        `delete it, or name yours differently`,
    );
  }
}

const isForced = (inputs: Properties): boolean => annotationOf(inputs, "pulumi.com/patchForce") === "true";

/** Names who owns the fields that we may not change. */
function readableError(error: ApiError): Error {
  const conflict =
    error.status === 409 && error.causes.some((cause) => cause.reason === "FieldManagerConflict");
  if (!conflict) return error;
  const lines = error.causes.map(({ field, message }) => `  - ${field || "?"}: ${message}`);
  return new Error(
    `others own fields that this object sets:\n${lines.join("\n")}\n` +
      `Leave those fields to their owner, or take them over once with the annotation pulumi.com/patchForce: "true"`,
    { cause: error },
  );
}
