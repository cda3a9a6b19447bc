// Who may look for drift of deploy: every object of the stack is read on a real API server, with exactly the rights of
// .github/roles. The provider's Read fails on any answer but 404 (pulumi-kubernetes, provider/pkg/await).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { isStatus } from "../../balancer/kube/apiError.ts";
import { connect, type KubeClient } from "../../balancer/kube/client.ts";
import type { Manifest } from "../../stacks/deploy/manifests.ts";
import { record } from "../../stacks/record.ts";
import { configFile } from "../../stacks/testing/configFiles.ts";
import { bareControlPlane, eventually, projectRoot, type BareControlPlane } from "../local/index.ts";
import type { Role } from "./testing/rights.ts";

const clusters = "Microsoft.ContainerService/managedClusters/";

/** `…/apps/deployments/read` as a rule; a `*` stands for every group and resource. */
function ruleOf(action: string) {
  const [verb, resource = "*", group = ""] = action.slice(clusters.length).split("/").reverse();
  assert.equal(verb, "read", action);
  const all = resource === "*";
  return { apiGroups: [all ? "*" : group], resources: [resource], verbs: ["get", "list", "watch"] };
}

/** Of the built-in role: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/containers */
const rbacReader = [
  ...["apps/daemonsets", "apps/deployments", "apps/replicasets", "apps/statefulsets"],
  ...["autoscaling/horizontalpodautoscalers", "batch/cronjobs", "batch/jobs", "configmaps", "endpoints"],
  ...[
    "events",
    "limitranges",
    "namespaces",
    "networking.k8s.io/ingresses",
    "networking.k8s.io/networkpolicies",
  ],
  ...[
    "persistentvolumeclaims",
    "pods",
    "policy/poddisruptionbudgets",
    "replicationcontrollers",
    "resourcequotas",
  ],
  ...["serviceaccounts", "services"],
].map((resource) => `${clusters}${resource}/read`);

const actionsOf = (name: string) =>
  (JSON.parse(readFileSync(join(projectRoot, `.github/roles/${name}.json`), "utf8")) as Role).DataActions;

/** Azure takes what a role excludes away again, which Kubernetes cannot say: only the roles without that are tried. */
const roles: Record<string, string[]> = { drift: actionsOf("drift"), "rbac-reader": rbacReader };

const plural = (kind: string): string => {
  const name = kind.toLowerCase();
  if (name.endsWith("y")) return `${name.slice(0, -1)}ies`;
  return name.endsWith("s") ? `${name}es` : `${name}s`;
};

function pathOf({ apiVersion, kind, metadata: { namespace, name } }: Manifest): string {
  const place = namespace === undefined ? "" : `/namespaces/${namespace}`;
  return `/${apiVersion.includes("/") ? "apis" : "api"}/${apiVersion}${place}/${plural(kind)}/${name}`;
}

describe("drift of deploy, looked for on a real control plane", function () {
  let server: BareControlPlane;
  let objects: Manifest[];
  const clients = new Map<string, KubeClient>();

  before(async () => {
    const { resources } = await record("deploy-dev", { config: configFile("deploy-dev") });
    objects = resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ inputs }) => inputs as unknown as Manifest);
    const { startBareControlPlane } = await bareControlPlane();
    server = await startBareControlPlane((line) => process.stderr.write(`${line}\n`));
    const admin = new KubeConfig();
    admin.loadFromFile(server.kubeconfig);
    const client = connect(admin);
    clients.set("admin", client);
    for (const [name, actions] of Object.entries(roles)) await give(client, name, actions);
    for (const name of Object.keys(roles)) {
      const { status } = await client.send<{ status: { token: string } }>({
        method: "POST",
        path: `/api/v1/namespaces/default/serviceaccounts/${name}/token`,
        body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
      });
      const own = new KubeConfig();
      own.loadFromOptions({
        clusters: admin.clusters,
        users: [{ name, token: status.token }],
        contexts: [{ name, cluster: admin.clusters[0]!.name, user: name }],
        currentContext: name,
      });
      clients.set(name, connect(own));
      // The API server takes a new role up a moment later.
      const inDefault = { path: "/api/v1/namespaces/default/configmaps" };
      await eventually(() => clients.get(name)!.send(inDefault));
    }
  });
  after(async () => {
    for (const client of clients.values()) await client.close();
    await server?.stop();
  });

  async function give(client: KubeClient, name: string, actions: string[]): Promise<void> {
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    const post = (path: string, body: object) => client.send({ method: "POST", path, body });
    await post("/api/v1/namespaces/default/serviceaccounts", {
      ...{ apiVersion: "v1", kind: "ServiceAccount", metadata: { name } },
    });
    await post(`${rbac}/clusterroles`, {
      ...{
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: `may-${name}` },
      },
      rules: actions.map(ruleOf),
    });
    await post(`${rbac}/clusterrolebindings`, {
      ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name } },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: `may-${name}` },
      subjects: [{ kind: "ServiceAccount", name, namespace: "default" }],
    });
  }

  /** Kinds that the role may not read: all others are there, or answer 404. */
  async function forbidden(name: string): Promise<string[]> {
    const client = clients.get(name)!;
    const kinds = new Set<string>();
    for (const object of objects) {
      try {
        await client.send({ path: pathOf(object) });
      } catch (error) {
        if (isStatus(error, 403)) kinds.add(object.kind);
        else assert.ok(isStatus(error, 404), `${pathOf(object)}: ${String(error)}`);
      }
    }
    return [...kinds].sort();
  }

  it("can be told by the drift identity, of every object", async () => {
    assert.ok(objects.length > 150);
    assert.deepEqual(await forbidden("drift"), []);
  });

  it("cannot be told by RBAC Reader", async () => {
    const kinds = await forbidden("rbac-reader");
    for (const kind of ["Secret", "Role", "RoleBinding", "PriorityClass", "HTTPRoute", "Gateway"])
      assert.ok(kinds.includes(kind), `${kind} among ${kinds.join(", ")}`);
  });

  it("cannot be brought about by the drift identity", async () => {
    const drift = clients.get("drift")!;
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "any" } };
    await assert.rejects(
      drift.send({ method: "POST", path: "/api/v1/namespaces/default/configmaps", body }),
      (error: unknown) => isStatus(error, 403),
    );
  });
});
