import assert from "node:assert/strict";
import type { Node } from "../model.ts";
import { buildNode, buildPolicy, minute, noon } from "../testing/builders.ts";
import { planFor, running } from "../testing/deciding.ts";
import { buildWorkload } from "../testing/builders.ts";
import { announcementOn } from "./announcements.ts";
import { type Standing, priorityOf, viewNode } from "./nodeView.ts";

describe("what a node is to the balancer", () => {
  const all = buildPolicy("{ namespaces: { demo: }, pools: { regular: { nodeLabels: {} } } }");
  const karpenter = buildPolicy("{ preset: karpenter, namespaces: { demo: } }");
  const taintOf = (effect: "NoSchedule" | "PreferNoSchedule") =>
    buildNode("system", "n", { taints: [{ key: "node-role.kubernetes.io/control-plane", effect }] });

  it("is regular by its labels, or by being no spot node where policy names none", () => {
    const system = buildNode("system", "n");
    assert.equal(priorityOf(system, buildPolicy()), undefined);
    assert.equal(priorityOf(system, all), "regular");
    assert.equal(priorityOf(buildNode("spot", "n"), all), "spot");
  });

  it("is regular by any of the values that policy lists: capacity of its own kind is no spot", () => {
    const of = (value: string) =>
      priorityOf(buildNode("system", "n", { labels: { "karpenter.sh/capacity-type": value } }), karpenter);
    assert.deepEqual(["on-demand", "reserved", "spot", "other"].map(of), [
      "regular",
      "regular",
      "spot",
      undefined,
    ]);
  });

  it("is not regular when it is of a control plane that keeps pods away", () => {
    assert.equal(priorityOf(taintOf("NoSchedule"), all), undefined);
    assert.equal(priorityOf(taintOf("PreferNoSchedule"), all), "regular");
  });

  it("is neither when it is virtual: some hundred CPUs that no ordinary pod can have", () => {
    const labels = { type: "virtual-kubelet" };
    assert.equal(priorityOf(buildNode("regular", "n", { labels }), all), undefined);
    const taints = [{ key: "virtual-kubelet.io/provider", value: "azure", effect: "NoSchedule" as const }];
    assert.equal(priorityOf(buildNode("regular", "n", { taints }), all), undefined);
  });
});

it("Of two words for the same end the first condition's is told", () => {
  const announcements = ["a", "b"].map((type) => ({ type, reason: "", message: `Preempt by ${type}` }));
  const node = buildNode("spot", "s1", { conditions: ["a", "b"], announcements });
  assert.equal(announcementOn(node, ["a", "b"])?.text, "condition a (Preempt by a)");
});

describe("whether a node can be counted on", () => {
  const event = (message: string, reason = "VMEventScheduled", type = "VMEventScheduled"): Partial<Node> => ({
    conditions: [type],
    announcements: [{ type, reason, message }],
  });
  const taint = (key: string): Partial<Node> => ({ taints: [{ key, effect: "NoSchedule" }] });
  const born = (age: number, readyAfter?: number): Partial<Node> => ({
    ready: false,
    createdAt: noon - age * minute,
    readySince: readyAfter === undefined ? undefined : noon - age * minute + readyAfter * minute,
  });
  const cases: [what: string, changes: Partial<Node>, standing: Standing][] = [
    ["is ready", {}, "usable"],
    [
      "will be preempted",
      event("Preempt Scheduled: Wed, 26 Feb 2025 10:13:13 GMT. DurationInSeconds: -1"),
      "lost",
    ],
    [
      "will be preempted, in the new words",
      event("deadline 10:13", "SpotEvictionIncoming", "PreemptionScheduled"),
      "lost",
    ],
    ["will be deleted", event("Terminate Scheduled: in 5 minutes"), "lost"],
    ["has an event that nobody names", { conditions: ["VMEventScheduled"] }, "lost"],
    ["will freeze for seconds", event("Freeze Scheduled: DurationInSeconds: 9, no reboot"), "usable"],
    ["will freeze, as its reason says", event("in 6 s", "FreezeScheduled"), "usable"],
    ["will be rebooted", event("Reboot Scheduled: Wed, 26 Feb 2025"), "interrupted"],
    [
      "will be moved to another host",
      event("Redeploy Scheduled: after a fault; do not terminate"),
      "interrupted",
    ],
    ...(
      [
        ["Freeze", "Reboot", "interrupted"],
        ["Redeploy", "Terminate", "lost"],
        ["Freeze", "Preempt", "lost"],
      ] as const
    ).flatMap(([a, b, standing]): [string, Partial<Node>, Standing][] =>
      [
        [a, b],
        [b, a],
      ].map(([first, second]) => [
        `is told ${first}, and in other words ${second}`,
        {
          conditions: ["VMEventScheduled", "PreemptionScheduled"],
          announcements: [
            { type: "VMEventScheduled", reason: "", message: `${first} Scheduled` },
            { type: "PreemptionScheduled", reason: `${second}Scheduled`, message: "Preempt" },
          ],
        },
        standing,
      ]),
    ),
    ["is shut down", taint("node.cloudprovider.kubernetes.io/shutdown"), "lost"],
    ["is being deleted", { deletingAt: noon }, "lost"],
    ["was ready, and is not", born(60, 59), "lost"],
    ["was ready for a moment after its start", born(5, 1), "lost"],
    ["was made just now", born(1, 0), "starting"],
    ["has said nothing yet", born(1), "starting"],
    ["did not come up in a quarter of an hour", born(16, 0), "lost"],
    ["starts, and will be preempted", { ...born(1, 0), ...event("Preempt Scheduled") }, "lost"],
    ["is drained by the autoscaler", taint("ToBeDeletedByClusterAutoscaler"), "retiring"],
    ["is drained by Karpenter", taint("karpenter.sh/disrupted"), "retiring"],
    [
      "is drained by Karpenter, since the cloud takes it back",
      { ...taint("karpenter.sh/disrupted"), reclaimed: true },
      "lost",
    ],
    ["is drained by Karpenter before its v1", taint("karpenter.sh/disruption"), "retiring"],
    ["is emptied by Escalator", taint("atlassian.com/escalator"), "retiring"],
    ["is emptied by Escalator for somebody", taint("atlassian.com/escalator-force"), "retiring"],
    [
      "has an event that AKS may drain it for",
      taint("remediator.kubernetes.azure.com/unschedulable"),
      "usable",
    ],
    ["is cordoned by whoever will drain it", { cordoned: true }, "retiring"],
    ...(
      [
        "node.cloudprovider.kubernetes.io/uninitialized",
        "node.kubernetes.io/network-unavailable",
        "karpenter.sh/unregistered",
        "disk.csi.azure.com/agent-not-ready",
        "cni.istio.io/not-ready",
        "node.gardener.cloud/critical-components-not-ready",
        "nidhogg.uswitch.com/kube-system.node-local-dns",
        "readiness.k8s.io/network-agent",
        "startup-taint.cluster-autoscaler.kubernetes.io/a",
        "ignore-taint.cluster-autoscaler.kubernetes.io/b",
      ] as const
    ).map((key): [string, Partial<Node>, Standing] => [
      `has still the taint ${key}`,
      { ...born(5, 4), ready: true, ...taint(key) },
      "starting",
    ]),
    [
      "has still a taint of its own",
      { ...born(5, 4), ready: true, ...taint("example.com/special") },
      "usable",
    ],
    ["has a startup taint that only advises", { ...born(5, 4), ready: true, taints: [{ key: "karpenter.sh/unregistered", effect: "PreferNoSchedule" }] }, "usable"], // prettier-ignore
    ["says nothing for a quarter of an hour", born(15), "lost"],
    ["was ready within fifteen seconds of its start", born(5, 0.25), "starting"],
    ["was ready a moment later", born(5, 0.2501), "lost"],
    ["is cordoned, and being restarted", { ...born(60, 59), cordoned: true }, "interrupted"],
    ["is drained, and will be deleted by its owner", { cordoned: true, ...event("Terminate Scheduled") }, "interrupted"], // prettier-ignore
    ["is ready, and its network is not", { ...born(5, 4), ready: true, ...taint("node.cilium.io/agent-not-ready") }, "starting"], // prettier-ignore
    ["has lost its network's agent again", { ...born(60, 59), ready: true, ...taint("node.cilium.io/agent-not-ready") }, "usable"], // prettier-ignore
    ["is cordoned, and will be preempted", { cordoned: true, ...event("Preempt Scheduled") }, "lost"],
  ];
  for (const [what, changes, standing] of cases) {
    it(`${what}: ${standing}`, () => {
      assert.equal(viewNode(buildNode("spot", "s1", changes), 0, buildPolicy(), noon).standing, standing);
    });
  }

  const regular = buildNode("regular", "r1");
  const around = ["s2", "s3"].map((name) => buildNode("spot", name));
  const api = running([buildWorkload("api", { placement: "spot", replicas: 3 }), ["s1", "s2", "s3"]]);
  const planWith = (changes: Partial<Node>) =>
    planFor({ nodes: [regular, buildNode("spot", "s1", changes), ...around], ...api });

  it("counts as lost what has ended, or will; no plan of people does, nor a restart", () => {
    for (const [what, changes, standing] of cases) {
      const { state } = planWith(changes);
      assert.deepEqual(
        state.spotLosses.map(({ node }) => node),
        standing === "lost" ? ["s1"] : [],
        what,
      );
      if (standing !== "usable")
        assert.ok(!state.spotNodesByPool["spot"]?.includes("s1") || standing === "lost", what);
    }
  });

  it("gets single pods off what stops for a while, and nothing else moves", () => {
    const { moves } = planWith({ ...born(60, 59), cordoned: true });
    assert.deepEqual(
      moves.map(({ kind, evictions, message }) => [kind, evictions.map(({ nodeName }) => nodeName), message]),
      [
        [
          "Rebalance",
          ["s1"],
          "1 of its 3 pods are on spot nodes that are about to stop (s1 cordoned and not ready)",
        ],
      ],
    );
    const announced = planWith(event("Reboot Scheduled: at noon"));
    assert.deepEqual(announced.moves, []);
    assert.match(
      announced.refusals[0]!.message,
      /^1 of its 3 pods .*Reboot Scheduled: at noon.*; the nodes still accept pods/,
    );
    assert.deepEqual(planWith({ cordoned: true }).moves, [], "who cordoned it drains it");
    const [interrupted] = planWith({ ...taint("karpenter.sh/disrupted"), reclaimed: true }).moves;
    assert.deepEqual(
      interrupted?.evictions.map(({ nodeName }) => nodeName),
      ["s1"],
      "Karpenter's taint lets none come back",
    );
  });
});
