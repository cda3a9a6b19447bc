import assert from "node:assert/strict";
import type { Namespace } from "../model.ts";
import { readAutoscaler, readNamespace, readPriorityClass } from "./budgets.ts";

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
