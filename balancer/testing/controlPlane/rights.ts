// What an account may do on a test's real control plane: every verb on every resource.
import assert from "node:assert/strict";
import type { KubeClient } from "../../kube/client.ts";

export interface Resource {
  group: string;
  /** With its subresource: `pods/eviction`. */
  name: string;
  namespaced: boolean;
}

export const verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
/** Of special meaning to some resources (RBAC, impersonation, certificates, node proxies). */
const specialVerbs = ["escalate", "bind", "impersonate", "approve", "sign", "use", "proxy"];

/** @param resource `group/name`, the group of the core API being empty */
export async function may(
  client: KubeClient,
  verb: string,
  resource: string,
  namespace: string,
  name?: string,
) {
  const [group, main, subresource] = resource.split("/");
  const resourceAttributes = { verb, group, resource: main, subresource, namespace, name };
  const { status } = await client.send<{ status: { allowed: boolean } }>({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes },
    },
  });
  return status.allowed;
}

interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
}

/** Whether a right is among all that the API server says of a namespace: one request instead of a thousand. */
async function rulesIn(client: KubeClient, namespace: string) {
  const { status } = await client.send<{ status: { resourceRules: Rule[]; incomplete: boolean } }>({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectRulesReview",
      spec: { namespace },
    },
  });
  assert.equal(status.incomplete, false);
  const has = (list: string[] = [], ...names: string[]) =>
    ["*", ...names].some((name) => list.includes(name));
  return (verb: string, { group, name }: Resource) =>
    status.resourceRules.some(
      ({ verbs, apiGroups, resources, resourceNames = [] }) =>
        resourceNames.length === 0 &&
        has(verbs, verb) &&
        has(apiGroups, group) &&
        has(resources, name, name.replace(/.*\//, "*/")),
    );
}

/**
 * Everything that an account may do in a namespace, less what every account may (ask for its own rights, mostly).
 * @param namespace empty: in all of them, and with objects that are in none; that is asked one by one
 * @returns `verb group/resource`, sorted
 */
export async function allowedIn(
  namespace: string,
  account: KubeClient,
  nobody: KubeClient,
  resources: Resource[],
): Promise<string[]> {
  const rightsOf = async (client: KubeClient) =>
    namespace === ""
      ? (verb: string, { group, name }: Resource) => may(client, verb, `${group}/${name}`, "")
      : rulesIn(client, namespace);
  const [isOurs, isAnyones] = [await rightsOf(account), await rightsOf(nobody)];
  const questions = resources
    .filter(({ namespaced }) => namespace === "" || namespaced)
    .flatMap((resource) => [...verbs, ...specialVerbs].map((verb) => [verb, resource] as const))
    .values();
  const found: string[] = [];
  const ask = async () => {
    for (const [verb, resource] of questions) {
      if (!(await isOurs(verb, resource)) || (await isAnyones(verb, resource))) continue;
      found.push(`${verb} ${resource.group}/${resource.name}`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, ask));
  return found.sort();
}

/** Every resource that the API server serves. */
export async function discover(admin: KubeClient): Promise<Resource[]> {
  const { groups } = await admin.send<{ groups: { preferredVersion: { groupVersion: string } }[] }>({
    path: "/apis",
  });
  const versions = ["v1", ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const lists = await Promise.all(
    versions.map(async (version) => {
      const path = version === "v1" ? "/api/v1" : `/apis/${version}`;
      const { resources } = await admin.send<{ resources: { name: string; namespaced: boolean }[] }>({
        path,
      });
      const group = version.includes("/") ? version.split("/")[0]! : "";
      return resources.map(({ name, namespaced }) => ({ group, name, namespaced }));
    }),
  );
  // `impersonate` is a verb on these, which are no resources of the API.
  const people = ["users", "groups", "userextras"].map((name) => ({ group: "", name, namespaced: false }));
  return [...lists.flat(), ...people];
}
