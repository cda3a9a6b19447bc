// Each namespace's quota has room for everything in it at its most replicas, while all of it rolls: an autoscaler that a
// quota stops would say so only in an event.
import assert from "node:assert/strict";
import type {
  V1Container,
  V1Deployment,
  V1ResourceQuota,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import type { Manifest } from "./manifests.ts";
import { recordedObjects, runningOf, type Running } from "./testing/recorded.ts";

const units: Record<string, number> = { m: 1e-3, "": 1, Mi: 2 ** 20, Gi: 2 ** 30 };

function amount(quantity: string): number {
  const [, number = "", unit = "none"] = /^([\d.]+)(\D*)$/.exec(quantity) ?? [];
  assert.ok(units[unit] !== undefined, `expected a unit of ${Object.keys(units).join(", ")}: ${quantity}`);
  return Number(number) * units[unit];
}

const as = <Typed>(object: Manifest) => object as unknown as Typed;

/** Pods that a rollout adds to `replicas`; Kubernetes rounds up. */
function surge({ object }: Running, replicas: number): number {
  const { strategy } = as<V1Deployment>(object).spec ?? {};
  if (object.kind !== "Deployment" || strategy?.type === "Recreate") return 0;
  const most = String(strategy?.rollingUpdate?.maxSurge ?? "25%");
  return most.endsWith("%") ? Math.ceil((replicas * parseInt(most)) / 100) : Number(most);
}

const sumOf = (containers: V1Container[], side: "requests" | "limits", resource: string): number =>
  containers.reduce((sum, { resources }) => sum + amount(resources?.[side]?.[resource] ?? "0"), 0);

describe("the quota of each namespace", () => {
  let objects: Manifest[];
  before(async () => (objects = await recordedObjects()));

  /** Replicas that an autoscaler may ask for, else those that are there always. */
  function most({ object }: Running): number {
    const autoscaler = objects
      .filter(
        ({ kind, metadata }) =>
          kind === "HorizontalPodAutoscaler" && metadata.namespace === object.metadata.namespace,
      )
      .map((each) => as<V2HorizontalPodAutoscaler>(each).spec)
      .find((spec) => spec?.scaleTargetRef.name === object.metadata.name);
    return autoscaler?.maxReplicas ?? as<V1Deployment>(object).spec?.replicas ?? 1;
  }

  function needed(namespace: string): Record<string, number> {
    const sum: Record<string, number> = {
      pods: 0,
      "requests.cpu": 0,
      "requests.memory": 0,
      "limits.memory": 0,
    };
    for (const running of runningOf(objects).filter(
      ({ object }) => object.metadata.namespace === namespace,
    )) {
      const pods = most(running) + surge(running, most(running));
      const containers = running.template.spec?.containers ?? [];
      sum["pods"]! += pods;
      sum["requests.cpu"]! += pods * sumOf(containers, "requests", "cpu");
      sum["requests.memory"]! += pods * sumOf(containers, "requests", "memory");
      sum["limits.memory"]! += pods * sumOf(containers, "limits", "memory");
    }
    return sum;
  }

  it("holds what may be in it", () => {
    const quotas = objects
      .filter(({ kind }) => kind === "ResourceQuota")
      .map((object) => as<V1ResourceQuota>(object));
    assert.ok(quotas.length >= 6, `${quotas.length} quotas`);
    const short = quotas.flatMap(({ metadata, spec }) =>
      Object.entries(needed(metadata?.namespace ?? "")).flatMap(([name, need]) => {
        const hard = spec?.hard?.[name];
        assert.ok(hard !== undefined, `${metadata?.namespace}: no quota of ${name}`);
        return need > amount(hard)
          ? [`${metadata?.namespace}: ${name} is ${hard}, and ${need} are needed`]
          : [];
      }),
    );
    assert.deepEqual(short, []);
  });

  it("is there wherever workloads scale", () => {
    const limited = new Set(
      objects.filter(({ kind }) => kind === "ResourceQuota").map(({ metadata }) => metadata.namespace),
    );
    const scaling = objects.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
    assert.ok(scaling.length > 0);
    for (const { metadata } of scaling) assert.ok(limited.has(metadata.namespace), `${metadata.namespace}`);
  });
});
