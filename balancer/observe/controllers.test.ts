import assert from "node:assert/strict";
import { workloadKey } from "../model.ts";
import { addObject, buildApiDeployment, buildApiPod } from "../testing/apiObjects.ts";
import { useApiServer } from "../testing/apiServer/use.ts";
import { buildPolicy, buildWorkload } from "../testing/builders.ts";
import { assignPods } from "./controllers.ts";
import { podReader } from "./pods.ts";
import { noClaims } from "./volumes.ts";

describe("whose pods they are", () => {
  const api = useApiServer();
  const context = { namespaces: [], priorityClasses: [], policy: buildPolicy() };
  type RawPod = ReturnType<typeof buildApiPod>;
  const assign = async (raw: RawPod[], ...names: string[]) => {
    const reader = podReader(context);
    const pods = raw.map((each) => reader.read(each)!);
    const listed = names.map((name) => ({ workload: buildWorkload(name), claims: noClaims }));
    const added = await assignPods(api.client, pods, listed, reader, context);
    return { of: pods.map(({ pod }) => pod.workload), added: added.map(({ workload }) => workload) };
  };
  const owned = (name: string, owner: object, labels?: Record<string, string>, namespace = "demo"): RawPod => {
    const pod = buildApiPod(name, "n", namespace);
    pod.metadata!.ownerReferences = [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: `${name}-7d9f`, uid: `rs-${name}`, controller: true, ...owner }]; // prettier-ignore
    if (labels) pod.metadata!.labels = labels;
    return pod;
  }; // prettier-ignore
  const addReplicaSet = (name: string, owner?: object) =>
    addObject(api.server, "apps/v1/replicasets", {
      metadata: { name: `${name}-7d9f`, namespace: "demo", uid: `rs-${name}`, ownerReferences: owner ? [{ apiVersion: "apps/v1", kind: "Deployment", uid: "u", controller: true, ...owner }] : [] },
      spec: { replicas: 3, template: buildApiDeployment(name).spec!.template },
      status: { replicas: 2 },
    }); // prettier-ignore

  it("are told by the names of their ReplicaSets, without reading one", async () => {
    assert.deepEqual((await assign([owned("web", {})], "web")).of, ["Deployment/demo/web"]);
    assert.equal(api.server.requests.length, 0);
  });

  it("are of a Deployment in their own namespace only", async () => {
    assert.deepEqual((await assign([owned("web", {}, undefined, "other")], "web")).of, [undefined]);
  });

  it("are told by the ReplicaSet where its name does not: cut off, or without the hash", async () => {
    addReplicaSet("web", { name: "much-longer" });
    for (const labels of [{ "pod-template-hash": "other" }, {}]) {
      const pods = [owned("web", {}, labels as never), owned("web", {}, labels as never)];
      assert.deepEqual((await assign(pods, "much-longer")).of, Array(2).fill("Deployment/demo/much-longer"));
    }
  });

  it("are not told by names of other kinds that look alike", async () => {
    const { of, added } = await assign([owned("web", { apiVersion: "x.io/v1", kind: "CloneSet" })], "web");
    assert.deepEqual([of, added.map(workloadKey)], [["CloneSet/demo/web-7d9f"], ["CloneSet/demo/web-7d9f"]]);
    assert.equal(api.server.requests.length, 0, "no ReplicaSet is asked for");
  });

  it("are the ReplicaSet's own where nobody stands above it, once however many they are", async () => {
    addReplicaSet("web");
    const { of, added } = await assign([owned("web", {}), owned("web", {})]);
    assert.deepEqual(of, ["ReplicaSet/demo/web-7d9f", "ReplicaSet/demo/web-7d9f"]);
    assert.deepEqual(added.map(({ replicas, status }) => [replicas, status.replicas]), [[3, 2]]); // prettier-ignore
  });

  it("are the ReplicaSet's where what stands above it is none of ours, or gone", async () => {
    addReplicaSet("web", { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", name: "web" });
    const { of, added } = await assign([owned("web", {})], "other");
    assert.deepEqual([of, added[0]?.controlledBy], [["ReplicaSet/demo/web-7d9f"], "Rollout/web"]);
  });

  it("are nobody's while their ReplicaSet is gone, or when they have no owner", async () => {
    const bare = owned("bare", {});
    bare.metadata!.ownerReferences = [];
    const { of, added } = await assign([owned("web", {}), bare, owned("app", {})], "app");
    assert.deepEqual([of, added], [[undefined, undefined, "Deployment/demo/app"], []]);
  });

  it("are the ReplicaSet's that cannot be read, which says so", async () => {
    addReplicaSet("web", { name: 7 });
    const { added } = await assign([owned("web", {})], "web-other");
    assert.match(added[0]?.fault ?? "", /^the ReplicaSet cannot be read: /);
  });

  it("are counted for controllers that nobody lists", async () => {
    const job = { apiVersion: "batch/v1", kind: "Job", name: "job", uid: "job" };
    const { of, added } = await assign([owned("a", job), owned("b", job), owned("c", job), owned("d", { ...job, uid: "x", name: "x" })]); // prettier-ignore
    assert.deepEqual(of, ["Job/demo/job", "Job/demo/job", "Job/demo/job", "Job/demo/x"]);
    const counts = added.map(({ name, replicas, status }) => [name, replicas, status.replicas, status.updated, status.available, status.generation]); // prettier-ignore
    assert.deepEqual(counts, [["job", 3, 3, 3, 3, 0], ["x", 1, 1, 1, 1, 0]]); // prettier-ignore
  });
});
