// What an account may do on a test's real control plane: every verb on every resource, asked one by one.
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

/**
 * Everything that an account may do in a namespace, less what every account may (ask for its own rights, mostly).
 * @param namespace empty: in all of them, and with objects that are in none
 * @returns `verb group/resource`, sorted
 */
export async function allowedIn(
  namespace: string,
  account: KubeClient,
  nobody: KubeClient,
  resources: Resource[],
): Promise<string[]> {
  const questions = resources
    .filter(({ namespaced }) => namespace === "" || namespaced)
    .flatMap(({ group, name }) =>
      [...verbs, ...specialVerbs].map((verb) => [verb, `${group}/${name}`] as const),
    )
    .values();
  const found: string[] = [];
  const ask = async () => {
    for (const [verb, resource] of questions) {
      if (!(await may(account, verb, resource, namespace))) continue;
      if (!(await may(nobody, verb, resource, namespace))) found.push(`${verb} ${resource}`);
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
