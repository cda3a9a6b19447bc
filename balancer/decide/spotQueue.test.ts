import assert from "node:assert/strict";
import type { Pod, PodTemplate } from "../model.ts";
import {
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  minute,
  noon,
  spotToleration,
} from "../testing/builders.ts";
import { type Running, planFor, running } from "../testing/deciding.ts";
import { appIs } from "../testing/refusals/case.ts";
import { buildWorld } from "./world.ts";

describe("pods that wait for room on spot", () => {
  const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1"), buildNode("spot", "s2")];
  const nodeSelector = { "kubernetes.azure.com/scalesetpriority": "spot" };

  /** What is said of an idle `web` on regular, while a pod of `batch` waits. */
  function said(
    template: Partial<PodTemplate>,
    changes: Partial<Pod> = {},
    waits = 5,
    hasAgents = false,
  ): string {
    const batch = buildWorkload("batch", {
      ...{ namespace: "other", placement: "spot", replicas: 3, status: { available: 2 } },
      template: { nodeSelector, ...template },
    });
    const agent = buildWorkload("agent", { kind: "DaemonSet", namespace: "kube-system" });
    const { workloads, pods } = running(
      [buildWorkload("web"), ["r1"]],
      ...(hasAgents ? [[agent, ["s1", "s2"]] satisfies Running] : []),
    );
    const waiting = { unschedulableSince: noon - waits * minute, ...changes };
    const plan = planFor({
      nodes,
      workloads: [...workloads, batch],
      pods: [
        ...pods,
        ...buildPods(batch, ["s1", "s2"]),
        ...buildPods(batch, [undefined], { name: "batch-new", ...waiting }),
      ],
    });
    return [...plan.moves, ...plan.refusals].map(({ reason }) => reason).join();
  }
  const podAntiAffinity = [
    { topologyKey: "kubernetes.io/hostname", selector: appIs("batch"), namespaces: [] },
  ];
  const topologySpread = [{ topologyKey: "kubernetes.io/hostname", maxSkew: 1, selector: appIs("batch") }];

  it("hold back what would take it from them", () => {
    assert.equal(said({}), "SpotQueue");
    assert.equal(said({ topologySpread }), "SpotQueue", "its own pods stay, and one more fits between them");
  });

  it("do not when no room would help: by what they ask for, or in the scheduler's own words", () => {
    assert.equal(said({ podAntiAffinity }), "Idle");
    assert.equal(said({ nodeSelector: { ...nodeSelector, disk: "ssd" } }), "Idle");
    assert.equal(said({ volumes: { emptyDir: false, local: false, exclusive: true, zones: ["z"] } }), "Idle");
    assert.equal(said({}, { needsNoRoom: true }), "Idle");
    assert.equal(said({ requests: { cpu: 1950, memory: 1000 } }), "SpotQueue");
    // Beside a DaemonSet it fits on no node; its brothers fill them.
    assert.equal(said({ requests: { cpu: 1950, memory: 1000 } }, {}, 5, true), "AboveWaterMark");
  });

  it("are none that only keep room", () => {
    assert.equal(said({ priority: -1 }), "Idle");
  });

  it("are also those that nothing stands behind, such as a CI runner's", () => {
    const web = running([buildWorkload("web"), ["r1"]]);
    const bare = (asks: Pod["asks"]) => {
      const waiting = { name: "job", workload: undefined, unschedulableSince: noon - minute, asks };
      const pods = [...web.pods, ...buildPods(buildWorkload("job"), [undefined], waiting)];
      const plan = planFor({ nodes, workloads: web.workloads, pods });
      return [...plan.moves, ...plan.refusals].map(({ reason }) => reason).join();
    };
    const placing = { nodeAffinity: [], tolerations: [spotToleration] };
    assert.equal(bare({ ...placing, nodeSelector }), "SpotQueue");
    assert.equal(bare({ ...placing, nodeSelector: {} }), "Idle", "it could run on regular");
    assert.equal(bare(undefined), "Idle");
  });

  it("count by their number and by what they ask for together", () => {
    const waiting = { unschedulableSince: noon - minute };
    const batch = buildWorkload("batch", { namespace: "other", template: { nodeSelector, requests: { cpu: 300, memory: 1 }, tolerations: [spotToleration] } }); // prettier-ignore
    const large = buildWorkload("large", { namespace: "other", template: { nodeSelector, requests: { cpu: 500, memory: 1 }, tolerations: [spotToleration] } }); // prettier-ignore
    const pods = [...buildPods(batch, [undefined, undefined, undefined], waiting), ...buildPods(large, [undefined], waiting)]; // prettier-ignore
    const { spotQueue } = buildWorld(buildSnapshot({ nodes, workloads: [batch, large], pods }), buildPolicy(), noon); // prettier-ignore
    assert.deepEqual(spotQueue, { pods: 4, cpu: 1400 });
  });

  it("are believed for half an hour: until then a pool has grown, or does not", () => {
    assert.equal(said({}, {}, 30), "SpotQueue");
    assert.equal(said({}, {}, 31), "Idle");
  });
});
