// Tests for rbac.cluster.test.ts: what the balancer's account may change within what RBAC grants; everything else is tried.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { applyMove } from "../../act/apply.ts";
import { askSpot } from "../../act/ask.ts";
import { type KubeClient, type KubeRequest, connect } from "../../kube/client.ts";
import { buildMove } from "../acting.ts";
import { buildPolicy } from "../builders.ts";
import { type TestCluster, manifests, placeholderFiles, until } from "../controlPlane.ts";
import { guardedWorkload, meddling, otherPods, placeholder } from "./admissionCases.ts";

/** To be called in `describe`; with the balancer and its placeholders installed. */
export function admissionTests(current: () => TestCluster): void {
  const kinds = ["Deployment", "StatefulSet", "ReplicaSet"] as const;
  const pathOf = (kind: string, name = "guarded") =>
    `/apis/apps/v1/namespaces/demo/${kind.toLowerCase()}s/${name}`;
  const patch = (body: object, kind = "Deployment"): KubeRequest => ({
    ...{ method: "PATCH", path: pathOf(kind), body },
    contentType: "application/strategic-merge-patch+json",
  });
  let cluster: TestCluster;
  let balancer: KubeClient;

  before(async () => {
    cluster = current();
    const { signal } = new AbortController();
    balancer = connect((await cluster.identity("monitoring", "spot-balancer")).config, { signal });
    await cluster.create(
      ...kinds.map((kind) => guardedWorkload(kind, "guarded")),
      ...kinds.map((kind) => guardedWorkload(kind, "ours", { isOurs: true })),
    );
    // The API server takes a policy up a moment after it was made.
    const isRefused = (request: KubeRequest) =>
      balancer.send(request).then(
        () => false,
        (error: unknown) => /ValidatingAdmissionPolicy/.test(String(error)),
      );
    await until("the policies to be in force", async () => {
      const meddles = patch({ metadata: { annotations: { unguarded: String(Date.now()) } } });
      const pod = await placeholder(balancer, { inContainer: { image: "registry.example/early" } });
      return (await isRefused(meddles)) && (await isRefused(pod));
    });
  });

  for (const [what, body, field] of meddling)
    it(`spot-balancer cannot give a workload ${what}`, () =>
      assert.rejects(balancer.send(patch(body)), (error: Error) => {
        assert.match(error.message, /ValidatingAdmissionPolicy .* the balancer may not change/);
        assert.ok(error.message.includes(field), error.message);
        return true;
      }));

  for (const kind of kinds) {
    it(`spot-balancer cannot mount a Secret in a ${kind}, nor by server-side apply`, async () => {
      const volumes = [{ name: "stolen", secret: { secretName: "theirs" } }];
      const stolen = { spec: { template: { spec: { volumes } } } };
      const applied: KubeRequest = {
        ...{ method: "PATCH", path: pathOf(kind), query: { fieldManager: "spot-balancer" } },
        contentType: "application/apply-patch+yaml",
        body: { apiVersion: "apps/v1", kind, metadata: { name: "guarded", namespace: "demo" }, ...stolen },
      };
      for (const request of [patch(stolen, kind), applied])
        await assert.rejects(balancer.send(request), /may not change spec\.template\.spec\.volumes/);
    });

    it(`spot-balancer moves a ${kind}, splits it, takes it back, and lets go of it`, async () => {
      const attempt = async (placement: "spot" | "regular", changes: object) => {
        const { metadata } = await balancer.send<{ metadata: { uid: string; generation: number } }>({
          path: pathOf(kind, "ours"),
        });
        const { memory, ...rest } = buildMove();
        const workload = { kind, namespace: "demo", name: "ours" };
        const { uid, generation } = metadata;
        return applyMove(balancer, buildPolicy(), {
          ...{ ...rest, memory: memory!, workload, uid, generation, placement, ...changes },
        });
      };
      // Its controller writes its status meanwhile, and then the next round would try again.
      const move = (placement: "spot" | "regular", changes = {}) =>
        until(`the move to ${placement}`, async () => {
          const answer = await attempt(placement, changes);
          if (answer.reason !== "Changed") assert.equal(answer.result, "Done", answer.message);
          return answer.result === "Done";
        });
      await move("spot");
      const split = { topologyKey: "priority", maxSkew: 2, regular: 1, spot: 2 };
      // ReplicaSets are never split: their pods bear no label of a revision.
      if (kind !== "ReplicaSet") await move("spot", { renews: true, split });
      await move("regular");
      const release: KubeRequest = {
        ...{ method: "PATCH", path: pathOf(kind, "ours"), query: { fieldManager: "spot-balancer" } },
        contentType: "application/apply-patch+yaml",
        body: { apiVersion: "apps/v1", kind, metadata: { name: "ours", namespace: "demo" } },
      };
      const { metadata } = await balancer.send<{ metadata: { annotations: object } }>(release);
      assert.ok(!("spot-balancer/memory" in metadata.annotations), "its own annotations are gone");
      assert.ok("spot-balancer/note" in metadata.annotations);
    });
  }

  it("spot-balancer makes placeholders, of any size", async () => {
    const create = [{ requests: { cpu: 700, memory: 2 ** 30 }, count: 2 }];
    const { signal } = new AbortController();
    assert.deepEqual(await askSpot(balancer, { create, remove: [] }, buildPolicy(), signal), []);
  });

  for (const [what, changes] of otherPods)
    it(`spot-balancer cannot make a pod ${what}`, async () => {
      await assert.rejects(balancer.send(await placeholder(balancer, changes)), /PodTemplate placeholder/);
    });

  it("others are not asked: who deploys changes what he likes", async () => {
    const { signal } = new AbortController();
    await connect(cluster.admin, { signal }).send(patch({ spec: { replicas: 2 } }));
  });

  it("others' pods are made, whatever of this is missing, or was made anew", async () => {
    const { signal } = new AbortController();
    const admin = connect(cluster.admin, { signal });
    const policies = "/apis/admissionregistration.k8s.io/v1";
    const template = "/api/v1/namespaces/placeholder/podtemplates/placeholder";
    const others = [
      `${policies}/validatingadmissionpolicybindings/spot-balancer-placeholders`,
      `${policies}/validatingadmissionpolicies/spot-balancer-placeholders`,
      template,
    ];
    const makePods = async () => {
      const spec = { containers: [{ name: "c", image: "registry.example/app:1" }] };
      for (let i = 0; i < 10; i++) {
        for (const namespace of ["demo", "placeholder"]) {
          const body = { apiVersion: "v1", kind: "Pod", metadata: { generateName: "theirs-" }, spec };
          await admin.send({ method: "POST", path: `/api/v1/namespaces/${namespace}/pods`, body });
        }
        await delay(300); // the API server takes up what has changed a moment later
      }
    };
    await admin.send({ method: "DELETE", path: template, body: {} });
    await makePods();
    for (const path of others.slice(0, 2)) await admin.send({ method: "DELETE", path, body: {} });
    for (const file of placeholderFiles.filter((name) => /^(podtemplate|validating)/.test(name)))
      await cluster.create(...manifests(`placeholder/${file}.yaml`));
    await makePods();
  });
}
