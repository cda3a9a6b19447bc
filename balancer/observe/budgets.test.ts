import assert from "node:assert/strict";
import type { Namespace } from "../model.ts";
import { readAutoscaler, readDisruptionBudget, readNamespace, readPriorityClass } from "./budgets.ts";

describe("an autoscaler", () => {
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  const read = (spec: object, status?: object) =>
    readAutoscaler({
      metadata: { namespace: "demo", name: "web" },
      spec: { scaleTargetRef, maxReplicas: 9, ...spec },
      ...(status && { status }),
    } as never)!;

  it("goes down to one replica where it does not say how far, and wants none before it has looked", () => {
    const { minReplicas, currentReplicas, desiredReplicas, lastScaleAt } = read({});
    assert.deepEqual([minReplicas, currentReplicas, desiredReplicas, lastScaleAt], [1, 0, 0, undefined]);
    assert.equal(read({ minReplicas: 3 }).minReplicas, 3);
    assert.deepEqual(
      readAutoscaler({ metadata: { namespace: "demo", name: "x" }, spec: {} } as never),
      undefined,
    );
  });

  it("computes nothing where one of its conditions says so", () => {
    const conditions = [
      { type: "AbleToScale", status: "True", reason: "ReadyForNewScale" },
      { type: "ScalingActive", status: "False", reason: "ScalingDisabled" },
    ];
    assert.equal(read({}, { currentReplicas: 3, desiredReplicas: 0, conditions }).desiredReplicas, 3);
  });

  it("scales a kind of its own group, as of when", () => {
    const kruise = { apiVersion: "apps.kruise.io/v1alpha1", kind: "StatefulSet", name: "db" };
    const { target, lastScaleAt } = read(
      { scaleTargetRef: kruise },
      { lastScaleTime: "2026-01-01T00:00:00Z" },
    );
    assert.deepEqual(target, { kind: "StatefulSet.apps.kruise.io", name: "db" });
    assert.equal(lastScaleAt, Date.UTC(2026, 0, 1));
  });

  const conditions: [type: string, status: string, reason: string, inactive: string | undefined][] = [
    ["ScalingActive", "False", "FailedGetResourceMetric", "FailedGetResourceMetric"],
    ["AbleToScale", "False", "FailedGetScale", "FailedGetScale"],
    ["AbleToScale", "False", "", "AbleToScale"],
    ["ScalingActive", "True", "ValidMetricFound", undefined],
    ["ScalingActive", "Unknown", "x", undefined],
    ["ScalingLimited", "False", "DesiredWithinRange", undefined],
    ["AbleToScale", "False", "BackoffBoth", undefined],
    ["AbleToScale", "False", "BackoffDownscale", undefined],
    ["AbleToScale", "False", "BackoffUpscale", undefined],
  ];
  for (const [type, status, reason, inactive] of conditions)
    it(`${inactive ? "computes nothing" : "wants what it says"} with ${type}=${status} ${reason}`, () => {
      const found = read(
        {},
        { currentReplicas: 2, desiredReplicas: 5, conditions: [{ type, status, reason }] },
      );
      assert.deepEqual([found.desiredReplicas, found.inactive], [inactive ? 2 : 5, inactive]);
    });
});

describe("a disruption budget", () => {
  const read = (spec?: object, status?: object, generation = 2) =>
    readDisruptionBudget({ metadata: { namespace: "demo", name: "b", generation }, spec, status })!;
  const status = { observedGeneration: 2, disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2 };
  const allowed: [what: string, status: object | undefined, generation: number, allowed: number][] = [
    ["as many as it says", status, 2, 1],
    ["as many as it says where nobody counts its changes", { disruptionsAllowed: 1 }, 2, 1],
    ["none before its controller has seen its last change", status, 3, 0],
    ["none before its controller has seen it", undefined, 1, 0],
    ["none where it says none", { ...status, disruptionsAllowed: 0 }, 2, 0],
  ]; // prettier-ignore
  for (const [what, status, generation, expected] of allowed)
    it(`allows ${what}`, () => assert.equal(read({}, status, generation).disruptionsAllowed, expected));

  it("counts what is healthy, and what has to be", () => {
    const { currentHealthy, desiredHealthy } = read({}, status);
    assert.deepEqual([currentHealthy, desiredHealthy], [3, 2]);
    assert.deepEqual([read({}).currentHealthy, read({}).desiredHealthy], [0, 0]);
  });

  it("holds for nobody without a selector, and for all by an empty one", () => {
    assert.equal(read({}).selector.length, 2, "a contradiction");
    assert.deepEqual(read({ selector: {} }).selector, []);
  });

  it("lets unhealthy pods go only where it says so", () => {
    const policy = (unhealthyPodEvictionPolicy?: string) =>
      read({ unhealthyPodEvictionPolicy }).evictsUnhealthy;
    assert.deepEqual(
      [policy("AlwaysAllow"), policy("IfHealthyBudget"), policy()],
      [true, undefined, undefined],
    );
  });

  it("that cannot be read holds for its whole namespace, and allows nothing", () => {
    const odd = read({ selector: { matchLabels: 7 } }, status);
    assert.deepEqual(odd, { namespace: "demo", name: "b", selector: [], disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0 }); // prettier-ignore
  });
});

describe("a namespace", () => {
  const selector = (text: unknown) => {
    const annotations = { "scheduler.alpha.kubernetes.io/node-selector": text };
    const seen: Namespace | undefined = readNamespace({ metadata: { name: "demo", annotations } } as never);
    return seen?.nodeSelector;
  };
  const cases: [text: unknown, selector: object | undefined][] = [
    ["a=b", { a: "b" }],
    ["a=b, c == d ,", { a: "b", c: "d" }],
    ["a", { a: "" }],
    ["  ", undefined],
    ["", undefined],
    [7, undefined],
  ];
  it("has its labels, and says since when it goes", () => {
    const metadata = { name: "demo", labels: { a: "b" }, deletionTimestamp: "2026-01-01T00:00:00Z" };
    assert.deepEqual(readNamespace({ metadata }), { name: "demo", labels: { a: "b" }, deletingAt: Date.UTC(2026, 0, 1) }); // prettier-ignore
    assert.deepEqual(readNamespace({ metadata: { name: "demo", labels: 7 } } as never), { name: "demo", labels: {} }); // prettier-ignore
  });

  it("makes no pod with another toleration than it lists, if it lists any (kubernetes/kubernetes#64616)", () => {
    const allowed = (text: unknown) => {
      const annotations = { "scheduler.alpha.kubernetes.io/tolerationsWhitelist": text };
      const metadata = { name: "demo", labels: { a: "b" }, annotations };
      const read: Namespace | undefined = readNamespace({ metadata } as never);
      assert.deepEqual(read?.labels, { a: "b" });
      return read?.allowedTolerations;
    };
    assert.deepEqual(allowed('[{"operator":"Exists","key":"a"},null]'), [{ operator: "Exists", key: "a" }]);
    for (const nothing of ["", "[]", "null", "{}", "[", 7]) assert.equal(allowed(nothing), undefined);
  });

  for (const [text, expected] of cases)
    it(`gives its pods ${JSON.stringify(expected ?? "nothing")} by ${JSON.stringify(text)}`, () =>
      assert.deepEqual(selector(text), expected));
});

describe("a priority class", () => {
  it("is worth nothing where it does not say, and not everybody's", () => {
    const read = (rest: object) => readPriorityClass({ metadata: { name: "a" }, ...rest });
    assert.deepEqual(read({}), { name: "a", value: 0, globalDefault: false });
    assert.deepEqual(read({ value: -5, globalDefault: true }), { name: "a", value: -5, globalDefault: true });
  });
});
