import assert from "node:assert/strict";
import type { Pod } from "../model.ts";
import { buildNode, buildPods, buildWorkload } from "../testing/builders.ts";
import { planFor, running } from "../testing/deciding.ts";

describe("headroom on spot", () => {
  const policy =
    "{ namespaces: { demo: }, headroom: { replicas: 2, cpuMillicores: 500, memoryMebibytes: 3 } }";
  const nodes = [buildNode("regular", "r1"), ...["s1", "s2"].map((name) => buildNode("spot", name))];
  const keeper = buildWorkload("keeper", {
    namespace: "placeholder",
    template: { requests: { cpu: 500, memory: 3 * 2 ** 20 } },
  });
  const pods = buildPods(keeper, ["s1", undefined], {
    workload: undefined,
    labels: { "spot-balancer/placeholder": "true" },
  });
  const idle = running([buildWorkload("web"), ["r1"]]);
  const asked = (there: Pod[], moving: boolean) => {
    const parts = moving ? { workloads: idle.workloads, pods: [...there, ...idle.pods] } : { pods: there };
    const { ask, moves } = planFor({ nodes, ...parts }, policy);
    return [
      moves.map(({ reason }) => reason).join(),
      ask!.create.map(({ requests, count }) => `${count} x ${requests.cpu}`).join(),
      ask!.remove.map(({ name }) => name).join(),
    ];
  };

  it("is made where it is missing, and stays while it is wanted", () => {
    assert.deepEqual(asked([], false), ["", "2 x 500", ""]);
    assert.deepEqual(asked(pods.slice(0, 1), false), ["", "1 x 500", ""]);
    assert.deepEqual(asked(pods, false), ["", "", ""]);
  });

  it("stays while something arrives, but for what only waits; and no more is made meanwhile", () => {
    assert.deepEqual(asked(pods, true), ["Idle", "", "keeper-1"]);
  });

  it("goes where it has another size", () => {
    const odd = pods.map((pod) => ({ ...pod, requests: { cpu: 500, memory: 3_000_000 } }));
    assert.deepEqual(asked(odd, false), ["", "2 x 500", "keeper-0,keeper-1"]);
  });
});
