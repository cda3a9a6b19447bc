// Tests for balancer.cluster.test.ts: off again, with the rights that are shipped; nothing of ours is left.
import assert from "node:assert/strict";
import { AppsV1Api, CoreV1Api, type KubernetesObject, type V1ObjectMeta } from "@kubernetes/client-node";
import { until } from "../controlPlane.ts";
import type { Stage } from "./stage.ts";

const policy = `
namespaces: { demo: {}, floored: { regularFloor: 1 } }
priorities: { default: low }
statefulSets: { enabled: true }
usage: { rateMinutes: 0.5 }
score: { threshold: 0 }
pools: { spot: { stableMinutes: 0 } }
cooldown: { minutes: 0, autoscalerMinutes: 0 }
`;

/** Of each pod: little, as others are there. */
const cpu = "20m";

/** To be called in `describe`, with namespace `floored`. */
export function releaseTests(current: () => Stage): void {
  let stage: Stage;
  const names = ["web", "split", "bare", "disk"];

  before(async () => {
    stage = await current().anew(policy);
    const { workloads } = stage;
    await workloads.add(["web"], { cpu, podSpec: { terminationGracePeriodSeconds: 1 } });
    await workloads.add(["split"], { cpu, namespace: "floored", replicas: 2 });
    await workloads.add(["bare"], { cpu, kind: "ReplicaSet", replicas: 2 });
    await workloads.create(statefulSet("disk"));
    await workloads.settled("disk");
    await workloads.take(...names);
  });
  after(() => stage?.usage.stop());

  /** All of it but what every change of the template counts up, and what controllers tell of it. */
  async function asItIs(name: string): Promise<unknown> {
    const { metadata, spec, kind } = (await stage.workloads.read(name)) as KubernetesObject & {
      spec: object;
    };
    const {
      generation,
      resourceVersion,
      managedFields = [],
      annotations,
      ...rest
    } = metadata as V1ObjectMeta;
    assert.ok(generation && resourceVersion);
    const revision = "deployment.kubernetes.io/revision";
    const others = Object.entries(annotations ?? {}).filter(([key]) => key !== revision);
    const owners = managedFields
      .filter(({ subresource, manager }) => !subresource && manager !== "kube-controller-manager")
      .map(({ manager, operation, fieldsV1 }) => ({ manager, operation, fields: fieldsV1 as unknown }));
    return { kind, metadata: { ...rest, others, owners }, spec };
  }

  it("leaves each workload as it was before the balancer came, but for its generation and revision", async () => {
    const { workloads, cluster } = stage;
    const before = await Promise.all(names.map(asItIs));
    const { moves, outcomes, stderr } = await stage.round();
    assert.equal(moves.length, 4, `${moves.join("; ")} ${stderr}`);
    assert.ok(outcomes.every((outcome) => outcome.includes(" Done ")), outcomes.join()); // prettier-ignore
    for (const name of names) await workloads.settled(name);
    assert.deepEqual(
      await workloads.placements(...names),
      names.map(() => "spot"),
    );
    assert.notDeepEqual(await Promise.all(names.map(asItIs)), before);
    await stage.round(); // the pods of the ReplicaSet follow, one a round

    const released = await stage.release();
    assert.deepEqual([released.code, released.stderr], [0, ""]);
    assert.match(released.stdout, /4 of 4 workloads released, .* 0 workloads left/);
    for (const name of names) await workloads.settled(name);
    assert.deepEqual(await Promise.all(names.map(asItIs)), before);

    // Not in what controllers made of them, either: replica sets, pods.
    const [apps, core] = [cluster.admin.makeApiClient(AppsV1Api), cluster.admin.makeApiClient(CoreV1Api)];
    await until("no pod to be placed on spot", async () => {
      const { items } = await core.listPodForAllNamespaces();
      return items.every(({ metadata }) => !JSON.stringify(metadata!.annotations ?? {}).includes("spot-balancer/"));
    }); // prettier-ignore
    const { items } = await apps.listReplicaSetForAllNamespaces();
    const annotated = items.filter(({ metadata }) => JSON.stringify(metadata!.annotations ?? {}).includes("spot-balancer/")); // prettier-ignore
    assert.deepEqual(annotated.map(({ metadata }) => metadata!.name), []); // prettier-ignore
    const state = await core.readNamespacedConfigMap({
      namespace: "monitoring",
      name: "spot-balancer-state",
    });
    assert.equal(state.data, undefined);
  });

  it("keeps rounds away until its Lease ends, and finds nothing any more", async () => {
    const { stats } = await stage.round();
    assert.equal(stats.skipped, "LeaseHeld");
    const again = await stage.release("--dry-run");
    assert.equal(again.stdout, "0 workloads have something of ours (dry run: nothing was written)\n");
  });
}

function statefulSet(name: string): KubernetesObject {
  const resources = { requests: { cpu, memory: "16Mi" } };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name, namespace: "demo", labels: { app: name } },
    spec: {
      ...{ replicas: 2, serviceName: name, selector: { matchLabels: { app: name } } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "main", image: "none", resources }] },
      },
    },
  } as KubernetesObject;
}
