// Where objects of a kind live in the API: asked of the server once per API version.
import { isObject, type Properties } from "../../values.ts";
import { ApiError, type KubeApi } from "./api.ts";
import { describe, listAt, textAt, type Identity } from "./objects.ts";

export interface KindLocation {
  plural: string;
  namespaced: boolean;
}

export class Discovery {
  readonly #api: KubeApi;
  readonly #known = new Map<string, Promise<Map<string, KindLocation>>>();

  constructor(api: KubeApi) {
    this.#api = api;
  }

  /** Path of an object. A namespaced one without a namespace goes to `default`. */
  async path(identity: Identity): Promise<string> {
    const { plural, namespaced } = await this.locate(identity);
    const namespace = namespaced ? `/namespaces/${identity.namespace ?? "default"}` : "";
    return `${rootOf(identity.apiVersion)}${namespace}/${plural}/${identity.name}`;
  }

  /** The identity with what the kind decides about the namespace. */
  async settle(identity: Identity): Promise<Identity> {
    const { apiVersion, kind, name, namespace } = identity;
    const { namespaced } = await this.locate(identity);
    return namespaced
      ? { apiVersion, kind, name, namespace: namespace ?? "default" }
      : { apiVersion, kind, name };
  }

  async locate(identity: Identity): Promise<KindLocation> {
    const { apiVersion, kind } = identity;
    const found = (await this.#kinds(apiVersion)).get(kind);
    if (found) return found;
    this.#known.delete(apiVersion); // a CRD may have been added since
    const location = (await this.#kinds(apiVersion)).get(kind);
    if (!location) throw notFound(identity);
    return location;
  }

  async #kinds(apiVersion: string): Promise<Map<string, KindLocation>> {
    const asked = this.#known.get(apiVersion) ?? this.#ask(apiVersion);
    this.#known.set(apiVersion, asked);
    try {
      return await asked;
    } catch (error) {
      this.#known.delete(apiVersion);
      if (error instanceof ApiError && error.status === 404) return new Map();
      throw error;
    }
  }

  async #ask(apiVersion: string): Promise<Map<string, KindLocation>> {
    const reply = await this.#api.request("GET", rootOf(apiVersion));
    const resources = listAt(reply, "resources").filter(
      (resource) => !textAt(resource, "name")?.includes("/"),
    );
    return new Map(resources.map((resource) => [textAt(resource, "kind") ?? "", locationOf(resource)]));
  }
}

const locationOf = (resource: Properties): KindLocation => ({
  plural: textAt(resource, "name") ?? "",
  namespaced: isObject(resource) && resource["namespaced"] === true,
});

const rootOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

/** As the server answers a request for an object that is not there. */
function notFound(identity: Identity): ApiError {
  const { apiVersion, kind } = identity;
  const message =
    `${describe(identity)}: the cluster has no kind ${kind} in ${apiVersion}; ` +
    "is its CustomResourceDefinition installed?";
  return new ApiError(`GET ${rootOf(apiVersion)}`, 404, JSON.stringify({ reason: "NotFound", message }));
}
