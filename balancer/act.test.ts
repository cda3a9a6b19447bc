import assert from "node:assert/strict";
import { actDry } from "./act.ts";
import { type PodRef, emptyState } from "./model.ts";
import { memoryAnnotations } from "./state.ts";
import { actedAt, buildMove, short, useActing } from "./testing/acting.ts";
import { addObject, buildApiDeployment, buildApiPod } from "./testing/apiObjects.ts";
import type { ApiObject } from "./testing/apiServer.ts";

describe("acting", () => {
  const acting = useActing();

  it("applies toleration, preferred affinity and memory at once, as their owner", async () => {
    const version = acting.live.metadata.resourceVersion;
    assert.equal(await acting.outcomeOf(), "Done Applied");
    const [write, ...rest] = acting.server.writes();
    assert.deepEqual(rest, []);
    assert.equal(write!.headers["content-type"], "application/apply-patch+yaml");
    assert.equal(write!.query.get("fieldManager"), "spot-balancer");
    assert.equal(write!.query.get("force"), null);
    const { metadata, spec } = write!.body as { metadata: Record<string, unknown>; spec: unknown };
    assert.deepEqual([metadata["uid"], metadata["resourceVersion"]], ["uid-nginx-demo", version]);
    assert.match(
      JSON.stringify(metadata["annotations"]),
      /spot-balancer\/last-moved-at":"2026-11-21T12:00:00.000Z/,
    );
    const key = "kubernetes.azure.com/scalesetpriority";
    const preference = { matchExpressions: [{ key, operator: "In", values: ["spot"] }] };
    assert.deepEqual(spec, {
      template: {
        metadata: { annotations: { "spot-balancer/placed-at": "2026-11-21T12:00:00.000Z" } },
        spec: {
          tolerations: [
            { key, operator: "Equal", value: "spot", effect: "NoSchedule" },
            { key: "DeletionCandidateOfClusterAutoscaler", operator: "Exists", effect: "PreferNoSchedule" },
          ],
          affinity: {
            nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference }] },
          },
        },
      },
    });
  });

  it("says when, by the API server's clock", async () => {
    acting.server.clockOffset = 3_600_000;
    const { at } = await acting.runOne();
    assert.ok(Math.abs(at - Date.now() - 3_600_000) < 60_000, new Date(at).toISOString());
  });

  it("evicts placeholders that are in the way, and moves only once they are gone", async () => {
    const room = buildApiPod("room", "spot-1") as unknown as ApiObject;
    addObject(acting.server, "pods", room);
    const ref = (uid: string): PodRef => ({
      ...{ namespace: "demo", name: "room-1", uid, nodeName: "spot-1" },
    });
    assert.equal(
      await acting.outcomeOf(buildMove({ makesRoom: [ref(String(room.metadata.uid))] })),
      "Done Applied",
    );
    const written = acting.server
      .writes()
      .map(({ method, path }) => `${method} ${path.split("/").slice(-2).join("/")}`);
    assert.deepEqual(written, [
      "PATCH deployments/nginx-demo", // a dry run
      "POST room-1/eviction",
      "PATCH deployments/nginx-demo",
    ]);
    const dry = acting.server.writes().map(({ query }) => query.get("dryRun"));
    assert.deepEqual(dry, ["All", null, null]);
  });

  it("evicts no placeholder for a move that would be refused", async () => {
    const room = { namespace: "demo", name: "room-1", uid: "u", nodeName: "spot-1" };
    acting.server.fail({ method: "PATCH", path: /nginx-demo/, fault: { status: 400 }, times: 1 });
    assert.equal(await acting.outcomeOf(buildMove({ makesRoom: [room] })), "Failed Rejected");
    assert.deepEqual(
      acting.server.writes().map(({ method }) => method),
      ["PATCH"],
    );
  });

  it("evicts no pod for a placement that is refused, or is not what was planned any more", async () => {
    addObject(acting.server, "pods", buildApiPod("nginx-demo", "regular-1"));
    const pod = { namespace: "demo", name: "nginx-demo-1", uid: "uid-nginx-demo-1", nodeName: "regular-1" };
    const evicting = buildMove({ evictions: [pod] });
    const evictions = () => acting.server.writes().filter(({ path }) => path.endsWith("/eviction")).length;
    acting.server.fail({ method: "PATCH", path: /nginx-demo/, fault: { status: 422 } });
    assert.deepEqual([await acting.outcomeOf(evicting), evictions()], ["Failed Rejected", 0]);
    assert.deepEqual([await acting.outcomeOf({ ...evicting, generation: 9 }), evictions()], ["Skipped Changed", 0]); // prettier-ignore
    assert.deepEqual([await acting.outcomeOf(evicting), evictions()], ["Done Evicted", 1]);
  });

  it("adds the constraint that splits a workload, over its own selector and only its new pods", async () => {
    const split = { topologyKey: "priority", maxSkew: 2, regular: 1, spot: 2 };
    assert.equal(await acting.outcomeOf(buildMove({ split })), "Done Applied");
    const { spec } = acting.server.writes()[0]!.body as {
      spec: { template: { spec: Record<string, unknown> } };
    };
    assert.deepEqual(spec.template.spec["topologySpreadConstraints"], [
      {
        ...{ topologyKey: "priority", maxSkew: 2, whenUnsatisfiable: "DoNotSchedule" },
        ...{ nodeTaintsPolicy: "Honor", matchLabelKeys: ["pod-template-hash"] },
        labelSelector: { matchLabels: { app: "nginx-demo" } },
      },
    ]);
  });

  it("renews a placement that is there, and only that", async () => {
    assert.equal(await acting.outcomeOf(buildMove({ renews: true })), "Skipped Changed");
    acting.live.metadata["managedFields"] = [ownedBy("spot-balancer", "Apply")];
    assert.equal(await acting.outcomeOf(buildMove({ renews: true })), "Done Applied");
  });

  it("marks the template with the time that the workload remembers", async () => {
    const { memory } = buildMove();
    const move = buildMove({ memory: { ...memory!, placedAt: Date.UTC(2026, 10, 1) } });
    assert.equal(await acting.outcomeOf(move), "Done Applied");
    assert.match(JSON.stringify(acting.server.writes()[0]!.body), /placed-at":"2026-11-01T00:00:00.000Z/);
  });

  describe("where the placement is", () => {
    const annotations = { "spot-balancer/placed-at": "2026-11-01T00:00:00.000Z" };
    const toRegular = () => buildMove({ placement: "regular", kind: "ToRegular", destination: "regular" });
    const template = () => (acting.live["spec"] as { template: { metadata: object; spec: object } }).template;

    it("half ours, gives our part back by applying nothing, and places nothing over theirs", async () => {
      acting.live.metadata["managedFields"] = [ownedBy("spot-balancer", "Apply"), ownedBy("vpa", "Update")];
      assert.equal(await acting.outcomeOf(buildMove({ renews: true })), "Skipped ForeignOwner");
      assert.equal(await acting.outcomeOf(toRegular()), "Done Applied");
      const [write, ...rest] = acting.server.writes();
      assert.deepEqual([write!.headers["content-type"], rest], ["application/apply-patch+yaml", []]);
    });

    it("ours under another name, takes it out by its values first, and then writes what it remembers", async () => {
      acting.live.metadata["managedFields"] = [ownedBy("kubectl-rollout", "Update")];
      const theirs = { key: "theirs", operator: "Exists" };
      Object.assign(template().metadata, { annotations });
      Object.assign(template().spec, {
        tolerations: [theirs, { key: taint, operator: "Equal", value: "spot", effect: "NoSchedule" }],
      });
      assert.equal(await acting.outcomeOf(toRegular()), "Done Applied");
      const [first, second, ...rest] = acting.server.writes();
      assert.equal(first!.headers["content-type"], "application/merge-patch+json");
      assert.equal((first!.body as ApiObject).metadata.resourceVersion, "101");
      assert.deepEqual((first!.body as { spec: { template: { spec: object } } }).spec.template.spec, {
        ...{ tolerations: [theirs], affinity: null, topologySpreadConstraints: null },
      });
      assert.equal(second!.headers["content-type"], "application/apply-patch+yaml");
      assert.equal((second!.body as ApiObject)["spec"], undefined);
      // Its controller writes its status in between.
      assert.equal((second!.body as ApiObject).metadata.resourceVersion, undefined);
      assert.deepEqual(rest, []);
    });

    const carry = (...more: object[]) => {
      acting.live.metadata["managedFields"] = [ownedBy("kubectl-rollout", "Update")];
      Object.assign(template().metadata, { annotations });
      const ours = { key: taint, operator: "Equal", value: "spot", effect: "NoSchedule" };
      Object.assign(template().spec, { tolerations: [...more, ours] });
    };

    it("ours under another name, renews it where nothing of theirs would become ours", async () => {
      carry({ key: "theirs", operator: "Exists" });
      const refused = await acting.runOne(buildMove({ renews: true }));
      assert.equal(short(refused), "Skipped ForeignOwner");
      assert.match(refused.message, /kubectl-rollout$/);
      assert.deepEqual(acting.server.writes(), []);
      carry();
      assert.equal(await acting.outcomeOf(buildMove({ renews: true })), "Done Applied");
    });

    it("ours under another name, does not try what cannot be tried apart", async () => {
      carry();
      addObject(acting.server, "pods", buildApiPod("room", "spot-1"));
      const makesRoom = [{ namespace: "demo", name: "room-1", uid: "uid-room-1", nodeName: "spot-1" }];
      assert.equal(await acting.outcomeOf(buildMove({ renews: true, makesRoom })), "Done Applied");
      assert.deepEqual(acting.server.writes().map(({ method, query }) => `${method} ${query.get("dryRun")}`), ["POST null", "PATCH null", "PATCH null"]); // prettier-ignore
    });

    for (const [what, bare] of [
      ["a template", {}],
      ["none", undefined],
      ["one without annotations", { metadata: {}, spec: {} }],
    ] as const)
      it(`none, takes our annotations alone out of what others copied, with ${what}`, async () => {
        const fieldsV1 = { "f:metadata": { "f:annotations": { "f:spot-balancer/last-moved-at": {} } } };
        acting.live.metadata["managedFields"] = [{ manager: "copy", operation: "Update", fieldsV1 }];
        Object.assign(acting.live["spec"] as object, { template: bare });
        assert.equal(await acting.outcomeOf(), "Done Applied");
        const [first] = acting.server.writes();
        const { metadata, spec } = first!.body as ApiObject;
        assert.equal(first!.query.get("fieldManager"), "spot-balancer");
        assert.equal(spec, undefined);
        const taken = Object.entries(metadata["annotations"] as object);
        assert.ok(taken.length > 1);
        for (const entry of taken) assert.match(entry.join(), /^spot-balancer\/[a-z-]+,$/);
      });
  });

  it("takes the placement back by applying nothing of it", async () => {
    acting.live.metadata["managedFields"] = [ownedBy("spot-balancer", "Apply")];
    assert.equal(
      await acting.outcomeOf(buildMove({ kind: "ToRegular", placement: "regular" })),
      "Done Applied",
    );
    const body = acting.server.writes()[0]!.body as ApiObject;
    assert.deepEqual(Object.keys(body), ["apiVersion", "kind", "metadata"]);
  });

  const changes: [string, (live: ApiObject) => void, string][] = [
    ["was made anew", ({ metadata }) => (metadata["uid"] = "other"), "Skipped Changed"],
    ["is being deleted", ({ metadata }) => (metadata["deletionTimestamp"] = "2026-11-21T12:00:00Z"), "Skipped Changed"],
    ["has another spec now", ({ metadata }) => (metadata["generation"] = 2), "Skipped Changed"],
    ["is placed already", ({ metadata }) => (metadata["managedFields"] = [ownedBy("spot-balancer", "Apply")]), "Skipped Changed"],
    ["has an owner of its tolerations", ({ metadata }) => (metadata["managedFields"] = [ownedBy("helm", "Update")]), "Skipped ForeignOwner"],
  ]; // prettier-ignore
  for (const [name, change, expected] of changes) {
    it(`leaves a workload alone that ${name}`, async () => {
      change(acting.live);
      const outcome = await acting.runOne();
      assert.equal(short(outcome), expected, outcome.message);
      assert.deepEqual(acting.server.writes(), []);
    });
  }

  it("leaves a workload alone that is gone", async () => {
    acting.server.objects.clear();
    assert.equal(await acting.outcomeOf(), "Skipped Changed");
  });

  const internal = (message: string) => ({ status: 500, body: { message, reason: "InternalError", code: 500, details: { causes: [{ message: message.slice(25) }] } } }); // prettier-ignore
  const refusals: [string, { status: number; file?: string; body?: object }, string, RegExp][] = [
    ["a field of somebody else", { status: 409, file: "apply-409-field-conflict.json" }, "Skipped ForeignOwner", /"helm"/],
    ["a write in between", { status: 409, file: "apply-409-resource-version.json" }, "Skipped Changed", /has been modified/],
    ["a missing right", { status: 403, file: "kubernetes-403-rbac.json" }, "Failed Forbidden", /cannot list resource/],
    ["an admission webhook", { status: 403 }, "Failed Rejected", /Injected/],
    ["validation", { status: 422 }, "Failed Rejected", /Injected/],
    ["an API server without time", { status: 429 }, "Failed TooManyRequests", /429/],
    ["an API server in trouble", { status: 500 }, "Failed Unreachable", /500/],
    ["etcd in trouble", internal("Internal error occurred: etcdserver: request timed out"), "Failed Unreachable", /etcdserver/],
    // cert-manager/cert-manager#2319, NVIDIA/nodewright#571
    ["a webhook that does not answer", internal('Internal error occurred: failed calling webhook "v.kyverno.svc": failed to call webhook: Post "https://k.svc:443/v?timeout=10s": context deadline exceeded'), "Failed Rejected", /500 InternalError: Internal error occurred: failed calling webhook [^]*exceeded$/],
    ["a webhook that breaks", internal('admission webhook "x.example.com" denied the request: runtime error'), "Failed Rejected", /denied the request/],
    // kubernetes/kubernetes#121575
    ["an object that cannot be merged", internal('failed to create manager for existing fields: failed to convert new object (demo/a; apps/v1, Kind=Deployment) to smd typed: .spec.template.spec.containers[name="main"].env: duplicate entries for key [name="FOO"]'), "Failed Rejected", /duplicate entries/],
  ]; // prettier-ignore
  for (const [name, fault, expected, message] of refusals) {
    it(`gives a move up for ${name}, and goes on with the next one`, async () => {
      addObject(acting.server, "apps/v1/deployments", buildApiDeployment("second"));
      acting.server.fail({ method: "PATCH", path: /nginx-demo/, fault, times: 99 });
      const second = { kind: "Deployment", namespace: "demo", name: "second" };
      const outcomes = await acting.run(buildMove(), buildMove({ workload: second, uid: "uid-second" }));
      assert.deepEqual(outcomes.map(short), [expected, "Done Applied"]);
      assert.match(outcomes[0]!.message, message);
    });
  }

  it("does not take a placement for done that admission has overwritten: open-policy-agent/gatekeeper#1049", async () => {
    const overwrites: [(spec: { tolerations?: unknown; affinity?: unknown }) => void, RegExp | undefined][] =
      [
        [
          (spec) => (spec.tolerations = [{ key: "team", operator: "Exists" }]),
          /replaces its tolerations, so/,
        ],
        [(spec) => delete spec.affinity, /replaces its affinity\.nodeAffinity, so/],
        [(spec) => (spec.tolerations = spec.affinity = undefined), /tolerations and affinity\.nodeAffinity/],
        [(spec) => (spec.tolerations as object[]).push({ key: "team", operator: "Exists" }), undefined],
      ];
    for (const [overwrite, message] of overwrites) {
      addObject(acting.server, "apps/v1/deployments", buildApiDeployment("nginx-demo"));
      acting.server.onStored = ({ spec }) =>
        overwrite((spec as { template: { spec: Parameters<typeof overwrite>[0] } }).template.spec);
      const outcome = await acting.runOne();
      assert.equal(short(outcome), message ? "Failed Rejected" : "Done Applied", outcome.message);
      if (message) assert.match(outcome.message, message);
    }
  });

  it("tells fields of others from whatever else a conflict may be about", async () => {
    const causes = [
      { reason: "FieldManagerConflict", message: 'conflict with "helm"', field: ".spec" },
      { reason: "Other", message: "something else", field: ".x" },
    ];
    const conflict = (...causes: object[]) => ({ status: 409, body: { message: "no", reason: "Conflict", code: 409, details: { causes } } }); // prettier-ignore
    acting.server.fail({ method: "PATCH", path: /nginx-demo/, fault: conflict(...causes) });
    const owned = await acting.runOne();
    assert.equal(short(owned), "Skipped ForeignOwner");
    assert.match(owned.message, /: conflict with "helm"$/);
    acting.server.fail({ method: "PATCH", path: /nginx-demo/, fault: conflict(causes[1]!), times: 9 });
    assert.equal(await acting.outcomeOf(), "Skipped Changed");
    assert.equal(acting.server.writes().length, 4, "the other's conflict, and three readings");
  });

  it("reads again where only its status was written meanwhile (argoproj/argo-cd#21085), and not where its spec was", async () => {
    let written = 0;
    const meanwhile = (times: number, more: object) => {
      acting.server.onRequest = ({ method, path }) => {
        if (method !== "PATCH" || written++ >= times) return;
        const { metadata, ...rest } = acting.server.objects.get(path)!;
        acting.server.add(path, { ...rest, metadata: { ...metadata, resourceVersion: undefined, ...more } });
      };
    };
    meanwhile(1, { generation: 2 });
    const changed = await acting.runOne();
    assert.deepEqual([short(changed), changed.message, written], ["Skipped Changed", "its spec was changed", 1]); // prettier-ignore
    addObject(acting.server, "apps/v1/deployments", buildApiDeployment("nginx-demo"));
    written = 0;
    meanwhile(2, {});
    assert.deepEqual([await acting.outcomeOf(), written], ["Done Applied", 3]);
  });

  it("makes a move that cannot be tried, since a webhook there has no dry run (Azure/AKS#2197)", async () => {
    addObject(acting.server, "pods", buildApiPod("room", "spot-1"));
    const makesRoom = [{ namespace: "demo", name: "room-1", uid: "uid-room-1", nodeName: "spot-1" }];
    const body = { code: 400, message: 'admission webhook "x" does not support dry run' };
    acting.server.fail({ method: "PATCH", path: /dryRun=All/, fault: { status: 400, body } });
    assert.equal(await acting.outcomeOf(buildMove({ makesRoom })), "Done Applied");
  });

  it("finds out whether a write was done whose answer was lost", async () => {
    acting.server.fail({ method: "PATCH", path: /nginx-demo/, fault: "cut", afterDoing: true });
    assert.equal(await acting.outcomeOf(), "Done Applied");
    assert.equal(acting.server.writes().length, 1);
    addObject(acting.server, "apps/v1/deployments", buildApiDeployment("nginx-demo"));
    acting.server.fail({ method: "PATCH", path: /nginx-demo/, fault: "cut" });
    assert.equal(await acting.outcomeOf(), "Failed Unreachable");
    assert.equal(acting.server.writes().length, 2);
    // What it remembers of a move before is no sign of this one.
    const earlier = buildApiDeployment("nginx-demo") as unknown as ApiObject;
    const memory = { ...buildMove().memory!, lastMovedAt: actedAt - 60_000 };
    earlier.metadata["annotations"] = memoryAnnotations(memory);
    addObject(acting.server, "apps/v1/deployments", earlier);
    acting.server.fail({ method: "PATCH", path: /nginx-demo/, fault: "cut" });
    assert.equal(await acting.outcomeOf(), "Failed Unreachable");
  });

  it("writes nothing without the Lease, after a stop, and in a dry run", async () => {
    acting.writesUnderLease = 0;
    assert.equal(await acting.outcomeOf(), "Skipped LeaseLost");
    assert.deepEqual(acting.server.writes(), []);
    acting.server.requests.length = 0;
    acting.stop.abort();
    assert.equal(await acting.outcomeOf(), "Skipped Stopped");
    const [planned] = actDry({ moves: [buildMove()], refusals: [], state: emptyState }, actedAt);
    assert.equal(short(planned!), "Planned DryRun");
    assert.deepEqual(acting.server.requests, []);
  });

  it("stops at the write before which the Lease was lost, also in the middle of a move", async () => {
    const pod = buildApiPod("room", "spot-1") as unknown as ApiObject;
    addObject(acting.server, "pods", pod);
    const ref: PodRef = {
      ...{ namespace: "demo", name: "room-1", uid: String(pod.metadata["uid"]) },
      nodeName: "spot-1",
    };
    acting.writesUnderLease = 1;
    const rolled = await acting.runOne(buildMove({ evictions: [ref] }));
    assert.equal(short(rolled), "Done Applied");
    assert.match(rolled.message, /placed on spot; no pod was evicted yet: the Lease was lost/);
    assert.equal(acting.server.writes().length, 1);

    acting.writesUnderLease = 3;
    assert.equal(await acting.outcomeOf(buildMove({ makesRoom: [ref] })), "Skipped LeaseLost");
    assert.deepEqual(
      acting.server.writes().map(({ path }) => path.split("/").at(-1)),
      ["nginx-demo", "nginx-demo", "eviction"],
    );
  });
});

const taint = "kubernetes.azure.com/scalesetpriority";

function ownedBy(manager: string, operation: string) {
  return {
    manager,
    operation,
    fieldsV1: { "f:spec": { "f:template": { "f:spec": { "f:tolerations": {} } } } },
  };
}
