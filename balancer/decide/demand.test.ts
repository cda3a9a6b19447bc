import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../decide.ts";
import { type Plan, type PodTemplate, type Snapshot, workloadKey } from "../model.ts";
import { parsePolicy } from "../policy.ts";
import {
  type WorkloadChanges,
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  minute,
  noon,
  withCpu,
} from "../testing/builders.ts";
import { SimCluster } from "../testing/simCluster.ts";

const size = (cpu: number) => ({ requests: { cpu, memory: 2 ** 20 } });
const placeholder = (name: string, cpu: number, nodeName?: string) =>
  buildPods(buildWorkload(name, { namespace: "placeholder", template: size(cpu) }), [nodeName], {
    ...{ namespace: "placeholder", workload: undefined },
    labels: { "spot-balancer/placeholder": "true" },
  })[0]!;
const asked = ({ ask }: Plan) =>
  (ask?.create ?? []).map(({ requests, count }) => `${count} x ${requests.cpu}`);
const removed = ({ ask }: Plan) => (ask?.remove ?? []).map(({ name }) => name);

const large = { cpu: 8000, memory: 2 ** 36, pods: 50 };

describe("what spot is asked for", () => {
  const web = buildWorkload("web", { replicas: 2, template: size(700) });
  const cluster = (parts: Partial<Snapshot> = {}) =>
    buildSnapshot({
      nodes: [buildNode("regular", "r1"), buildNode("regular", "r2")],
      workloads: [web],
      ...parts,
      pods: [...withCpu(buildPods(web, ["r1", "r1"]), 0.02), ...(parts.pods ?? [])],
    });
  const plan = (snapshot: Snapshot, policy = buildPolicy()) => decide(snapshot, policy, noon);

  it("is as many and as large placeholders as what finds no room, and some for the water mark", () => {
    assert.deepEqual(asked(plan(cluster())), ["3 x 700"]);
    // 14000 are 95 % of 14737.
    const many = buildWorkload("web", { replicas: 20, template: size(700) });
    const nodes = ["r1", "r2"].map((name) => buildNode("regular", name, { allocatable: large }));
    const pods = withCpu(buildPods(many, nodes.flatMap(({ name }) => Array<string>(10).fill(name))), 0.02); // prettier-ignore
    assert.deepEqual(asked(plan(buildSnapshot({ nodes, workloads: [many], pods }))), ["22 x 700"]);
  });

  it("is nothing for what policy wants back, though its pods are away from spot and have no room to be placed anew", () => {
    const old = buildWorkload("web", { replicas: 2, template: size(950), placement: "spot" });
    const parts = { workloads: [old], pods: withCpu(buildPods(old, ["r1", "r2"]), 0.02) };
    const full = buildWorkload("full", { namespace: "other", replicas: 2, template: size(900) });
    const there = buildSnapshot({
      nodes: [buildNode("regular", "r1"), buildNode("regular", "r2"), buildNode("spot", "s1", { allocatable: { cpu: 100, memory: 2 ** 30, pods: 9 } })], // prettier-ignore
      workloads: [...parts.workloads, full],
      pods: [...parts.pods, ...withCpu(buildPods(full, ["r1", "r2"]), 0.02)],
    });
    assert.deepEqual(asked(plan(there)), ["3 x 950"]);
    const none = plan(there, buildPolicy("{ namespaces: { demo: { maxSpotShare: 0 } } }"));
    assert.deepEqual([none.moves, asked(none)], [[], []]);
  });

  it("is nothing where what stays keeps apart, so that each regular node is needed", () => {
    const hostname = { topologyKey: "kubernetes.io/hostname", selector: [] };
    const zone = "topology.kubernetes.io/zone";
    const asks = (template: Partial<PodTemplate>, replicas = 2, zones = ["1", "1"]) => {
      const apart = buildWorkload("apart", {
        ...{ namespace: "other", replicas },
        template: { ...size(10), ...template },
      });
      const nodes = ["r1", "r2"];
      return asked(
        plan(
          buildSnapshot({
            nodes: nodes.map((name, i) => {
              const node = buildNode("regular", name);
              return { ...node, labels: { ...node.labels, [zone]: zones[i]! } };
            }),
            workloads: [web, apart],
            pods: [
              ...withCpu(buildPods(web, nodes), 0.02),
              ...withCpu(buildPods(apart, nodes.slice(0, replicas)), 0.02),
            ],
          }),
        ),
      );
    };
    assert.deepEqual(asks({ topologySpread: [{ ...hostname, maxSkew: 1 }] }), []);
    assert.deepEqual(asks({ podAntiAffinity: [{ ...hostname, namespaces: [] }] }), []);
    const free = ["3 x 700"];
    assert.deepEqual(asks({}), free);
    assert.deepEqual(asks({ topologySpread: [{ ...hostname, maxSkew: 1 }] }, 1), free);
    assert.deepEqual(asks({ topologySpread: [{ ...hostname, maxSkew: 2 }] }), free);
    assert.deepEqual(asks({ topologySpread: [{ ...hostname, maxSkew: 1, honorsTaints: true }] }), free);
    const byZone = (maxSkew: number) => ({ topologySpread: [{ topologyKey: zone, selector: [], maxSkew }] });
    assert.deepEqual(asks(byZone(1), 2, ["1", "2"]), []);
    assert.deepEqual(asks(byZone(2), 2, ["1", "2"]), free);
    assert.deepEqual(asks(byZone(1), 1, ["1", "2"]), free);
    assert.deepEqual(asks(byZone(1)), free, "one zone holds both");
    const toRegular = { nodeSelector: { "kubernetes.azure.com/priority": "regular" } };
    assert.deepEqual(asks({ topologySpread: [{ ...hostname, maxSkew: 1 }], ...toRegular }), free);
  });

  it("is nothing where what stays needs each regular node, though all of it together would fill fewer", () => {
    // Of a node of 2000 millicores what requests 1001 takes the whole, as far as its like is concerned.
    const asks = (cpu: number) => {
      const large = buildWorkload("large", { namespace: "other", replicas: 4, template: size(cpu) });
      const nodes = ["r1", "r2", "r3", "r4"];
      const small = withCpu(buildPods(web, ["r1", "r2"]), 0.02);
      return asked(
        plan(
          buildSnapshot({
            nodes: nodes.map((name) => buildNode("regular", name)),
            workloads: [web, large],
            pods: [...small, ...withCpu(buildPods(large, nodes), 0.02)],
          }),
        ),
      );
    };
    assert.deepEqual(asks(1001), []);
    assert.deepEqual(asks(1000), ["3 x 700"]);
  });

  it("is nothing more while they are there, and nothing at all once nobody wants it", () => {
    const waiting = [1, 2, 3].map((n) => placeholder(`p${n}`, 700));
    const same = plan(cluster({ pods: waiting }));
    assert.deepEqual([asked(same), removed(same)], [[], []]);
    const busy = plan({
      ...cluster({ pods: waiting }),
      pods: [...withCpu(buildPods(web, ["r1", "r1"]), 0.6), ...waiting],
    });
    assert.deepEqual([asked(busy), removed(busy).length], [[], 3]);
    const [ending, ...others] = waiting;
    const less = plan(cluster({ pods: [{ ...ending!, deletingAt: noon }, ...others] }));
    assert.deepEqual([asked(less), removed(less)], [["1 x 700"], []], "one that goes already is none");
  });

  it("lets go of what has the wrong size, and of what waits while something moves", () => {
    const wrong = plan(cluster({ pods: [placeholder("p1", 300)] }));
    assert.deepEqual([asked(wrong), removed(wrong)], [["3 x 700"], ["p1-0"]]);
    const spot = [buildNode("regular", "r1"), buildNode("regular", "r2"), buildNode("spot", "s1")];
    const moving = plan(cluster({ nodes: spot, pods: [placeholder("p1", 700)] }));
    assert.deepEqual([moving.moves.length, asked(moving), removed(moving)], [1, [], ["p1-0"]]);
  });

  it("waits for what we have moved to arrive, and for no rollout of others", () => {
    const memory = { lastMovedAt: noon - minute, lastMove: "ToSpot" as const, lastReason: "Idle" as const, recentMoves: [], failedReturns: 0 }; // prettier-ignore
    const beside = (changes: WorkloadChanges) =>
      asked(plan(cluster({ workloads: [web, buildWorkload("new", { placement: "spot", status: { updated: 0 }, ...changes })] }))); // prettier-ignore
    assert.deepEqual([beside({ memory }), beside({})], [[], ["3 x 700"]]);
  });

  it("keeps the headroom of policy beside it", () => {
    const policy = parsePolicy(
      "{ namespaces: {}, headroom: { replicas: 2, cpuMillicores: 250, memoryMebibytes: 64 } }",
    );
    assert.deepEqual(asked(plan(cluster(), policy)), ["2 x 250"]);
  });

  it("is room for what an autoscaler may add, up to its maximum, where the workload is on spot", () => {
    const api = buildWorkload("api", { placement: "spot", replicas: 4, template: size(400) });
    const backingOff = [{ pool: "spot", health: "Healthy" as const, backoff: true }];
    const growing = (
      placement: "spot" | "regular",
      maxReplicas: number,
      on = "s1",
      poolHealth: Snapshot["poolHealth"] = [],
      policy?: string,
    ) => {
      const { kind, namespace, name } = api;
      const autoscaler = { currentReplicas: 4, desiredReplicas: 4, minReplicas: 2, maxReplicas };
      return plan(
        buildSnapshot({
          nodes: [buildNode("regular", "r1"), buildNode("spot", "s1")],
          poolHealth,
          workloads: [{ ...api, placement }],
          pods: withCpu(buildPods(api, [on, on, on, on]), 0.2),
          autoscalers: [{ namespace, name, target: { kind, name }, ...autoscaler }],
        }),
        buildPolicy(policy),
      );
    };
    assert.deepEqual(asked(growing("spot", 12)), ["2 x 400"]);
    assert.deepEqual(asked(growing("spot", 5)), ["1 x 400"]);
    assert.deepEqual(asked(growing("spot", 4)), []);
    assert.deepEqual(asked(growing("regular", 12, "r1")), []);
    assert.deepEqual(asked(growing("spot", 12, "s1", backingOff)), [], "no node would come");
    const full = "{ namespaces: { demo: { maxSpotShare: 0 } }, pressure: { regular: { highUtilization: 0.2, lowUtilization: 0.1 } } }"; // prettier-ignore
    const wantedBack = growing("spot", 12, "s1", [], full);
    assert.deepEqual(
      [wantedBack.moves, asked(wantedBack)],
      [[], []],
      "policy wants it back, as soon as there is room",
    );
  });

  it("is one pod's room where all of spot is gone, so that somebody sees when it is back", () => {
    const lost = { at: noon, spent: {}, losses: [{ at: noon - minute, share: 1 }] };
    const gone = cluster();
    const state = { ...gone.state, availability: lost };
    assert.deepEqual(asked(plan({ ...gone, state })), ["1 x 700"]);
    assert.deepEqual(asked(plan({ ...gone, state: { ...state, availability: { ...lost, losses: [] } } })), [
      "3 x 700",
    ]);
  });

  it("is nothing where policy, doubt or the autoscaler speak against the move", () => {
    const backoff = { pool: "spot", health: "Healthy" as const, backoff: true };
    const full = buildNode("spot", "s1", { allocatable: { cpu: 100, memory: 2 ** 30, pods: 10 } });
    const nodes = [buildNode("regular", "r1"), full];
    assert.deepEqual(asked(plan(cluster({ nodes, poolHealth: [backoff] }))), []);
    assert.deepEqual(asked(plan(cluster({ usageProblem: "Prometheus does not answer" }))), []);
  });

  it("is nothing for what has come to regular nodes that are needed anyway", () => {
    const stray = buildWorkload("web", { placement: "spot", template: size(300) });
    const critical = buildWorkload("vault", { namespace: "other", replicas: 2, template: size(900) });
    const decided = (...where: string[]) =>
      plan(
        buildSnapshot({
          nodes: ["r1", "r2"].map((name) => buildNode("regular", name)),
          workloads: [stray, critical],
          pods: [...withCpu(buildPods(stray, ["r1"]), 0.02), ...buildPods(critical, where)],
        }),
      );
    // 1800 of what stays need one node of 2000; 2 nodes are there for the sake of the stray.
    assert.deepEqual(asked(decided("r1", "r2")), ["2 x 300"]);
    const large = { ...critical, template: { ...critical.template, ...size(1100) } };
    const needed = buildSnapshot({
      nodes: ["r1", "r2"].map((name) => buildNode("regular", name)),
      workloads: [stray, large],
      pods: [...withCpu(buildPods(stray, ["r1"]), 0.02), ...buildPods(large, ["r1", "r2"])],
    });
    assert.deepEqual(asked(plan(needed)), []);
  });

  it("is one pod more where some are there already, with which the rollout of the others begins", () => {
    const stray = buildWorkload("web", { placement: "spot", replicas: 2, template: size(300) });
    const critical = buildWorkload("vault", { namespace: "other", replicas: 2, template: size(900) });
    const narrow = buildNode("spot", "s1", { allocatable: { cpu: 500, memory: 2 ** 30, pods: 9 } });
    const snapshot = buildSnapshot({
      nodes: [buildNode("regular", "r1"), buildNode("regular", "r2"), narrow],
      workloads: [stray, critical],
      pods: [...withCpu(buildPods(stray, ["s1", "r1"]), 0.02), ...buildPods(critical, ["r1", "r2"])],
    });
    // And one for the mark.
    assert.deepEqual(asked(plan(snapshot)), ["3 x 300"]);
  });

  it("is nothing for a node that busy work keeps, which has come there from spot and waits to come back", () => {
    const busy = buildWorkload("busy", { placement: "spot", template: size(300), memory: { lastMovedAt: noon - minute, lastMove: "ToSpot", lastReason: "Idle", recentMoves: [], failedReturns: 0 } }); // prettier-ignore
    const critical = buildWorkload("vault", { namespace: "other", replicas: 2, template: size(900) });
    const stray = buildWorkload("web", { placement: "spot", template: size(300) });
    const decided = (load: number) =>
      plan(
        buildSnapshot({
          nodes: ["r1", "r2"].map((name) => buildNode("regular", name)),
          workloads: [stray, critical, busy],
          pods: [
            ...withCpu(buildPods(stray, ["r1"]), 0.02),
            ...buildPods(critical, ["r1", "r2"]),
            ...withCpu(buildPods(busy, ["r2"]), load),
          ],
        }),
      );
    assert.deepEqual([decided(0.2), decided(0.9)].map(asked), [["2 x 300"], []]);
  });

  it("is a node for each pod that must not share one, as the room of such a node, where one more would do", () => {
    const asks = (template: Partial<PodTemplate>, changes: WorkloadChanges = {}, nodes = ["s1"]) => {
      const apart = buildWorkload("web", { replicas: 3, ...changes, template: { labels: { app: "web" }, ...size(300), ...template } }); // prettier-ignore
      const daemon = buildWorkload("agent", { kind: "DaemonSet", namespace: "other", template: size(150) });
      const snapshot = buildSnapshot({
        nodes: [
          ...["r1", "r2", "r3"].map((name) => buildNode("regular", name)),
          ...nodes.map((name) => buildNode("spot", name)),
        ],
        workloads: [apart, daemon],
        pods: [...withCpu(buildPods(apart, ["r1", "r2", "r3"]), 0.02), ...buildPods(daemon, nodes)],
      });
      return asked(plan(snapshot));
    };
    const selector = [{ key: "app", operator: "In" as const, values: ["web"] }];
    const spread = (topologyKey: string) => ({ topologySpread: [{ topologyKey, maxSkew: 1, selector }] });
    const apartBy = (topologyKey: string) => ({
      podAntiAffinity: [{ topologyKey, selector, namespaces: [] }],
    });
    const [node, zone] = ["kubernetes.io/hostname", "topology.kubernetes.io/zone"];
    // An empty node of 2000 has 1850 beside what runs on every node; one pod has its place on s1.
    for (const template of [spread(node), apartBy(node), { hostPorts: [8080] }])
      assert.deepEqual(asks(template), ["2 x 1850"]);
    assert.deepEqual(asks(apartBy(node), {}, ["s1", "s2"]), ["1 x 1850"]);
    assert.deepEqual(asks(apartBy(node), {}, ["s1", "s2", "s3"]), [], "it moves");
    assert.deepEqual(asks({ ...apartBy(node), nodeSelector: { none: "such" } }), []);
    assert.deepEqual(asks({ podAntiAffinity: [...apartBy(node).podAntiAffinity, ...apartBy(zone).podAntiAffinity] }), []); // prettier-ignore
    const memory = {
      lastMovedAt: noon - 600 * minute,
      lastMove: "ToSpot" as const,
      lastReason: "Idle" as const,
      recentMoves: [],
    };
    const back = (failedReturns: number) =>
      asks(apartBy(node), { placement: "spot", memory: { ...memory, failedReturns } });
    assert.deepEqual([back(0), back(1)], [["2 x 1850"], []], "its nodes were drained for little use");
  });

  it("is the room of the smallest node that could take such a pod, as long as it takes any", () => {
    const selector = [{ key: "app", operator: "In" as const, values: ["web"] }];
    const podAntiAffinity = [{ topologyKey: "kubernetes.io/hostname", selector, namespaces: [] }];
    const web = buildWorkload("web", { replicas: 3, template: { ...size(300), podAntiAffinity } });
    const spot = (name: string, cpu: number, changes = {}) =>
      buildNode("spot", name, { allocatable: { cpu, memory: 2 ** 33, pods: 30 }, ...changes });
    const [wide, narrow, leaving] = [
      spot("s1", 4000),
      spot("s2", 1500),
      spot("s3", 1000, { cordoned: true }),
    ];
    const small = spot("s4", 200);
    const asks = (...nodes: (typeof wide)[]) => {
      const regular = ["r1", "r2", "r3"].map((name) => buildNode("regular", name));
      const pods = withCpu(buildPods(web, ["r1", "r2", "r3"]), 0.02);
      return asked(plan(buildSnapshot({ nodes: [...regular, ...nodes], workloads: [web], pods })));
    };
    assert.deepEqual(asks(wide, narrow), ["1 x 1500"]);
    assert.deepEqual(asks(wide, narrow, leaving, small), ["1 x 1500"]);
  });

  it("is nothing for what comes back, and whose place on regular is taken", () => {
    const busy = buildWorkload("web", { placement: "spot", template: { ...size(300), hostPorts: [8080] } });
    // On two regular nodes, of which one would be enough: a spot node for it would be worth it.
    const other = buildWorkload("other", {
      namespace: "other",
      replicas: 2,
      template: { hostPorts: [8080] },
    });
    const { ask, moves, refusals } = plan(
      buildSnapshot({
        nodes: [buildNode("regular", "r1"), buildNode("regular", "r2"), buildNode("spot", "s1")],
        workloads: [busy, other],
        pods: [...withCpu(buildPods(busy, ["s1"]), 0.95), ...buildPods(other, ["r1", "r2"])],
      }),
    );
    assert.deepEqual([moves, refusals.map(({ reason }) => reason)], [[], ["HostPort"]]);
    assert.deepEqual(ask?.create, []);
  });

  it("is nothing for the sake of a node that a disruption budget keeps for ever", () => {
    const stray = buildWorkload("web", { placement: "spot", template: size(300) });
    const kept = buildWorkload("vault", { replicas: 2, template: size(600) });
    const selector = [{ key: "app", operator: "In" as const, values: ["vault"] }];
    const decided = (desiredHealthy: number) =>
      plan(
        buildSnapshot({
          nodes: ["r1", "r2"].map((name) => buildNode("regular", name)),
          workloads: [stray, { ...kept, template: { ...kept.template, labels: { app: "vault" } } }],
          pods: [...withCpu(buildPods(stray, ["r1"]), 0.02), ...withCpu(buildPods(kept, ["r1", "r2"]), 0.6)],
          disruptionBudgets: [
            {
              ...{ namespace: "demo", name: "vault", selector, desiredHealthy },
              disruptionsAllowed: 0,
              currentHealthy: 2,
            },
          ],
        }),
      );
    assert.deepEqual(asked(decided(1)), ["2 x 300"], "it allows none just now");
    assert.deepEqual(asked(decided(2)), []);
    const ours = { namespace: "demo", name: "web", selector: [{ key: "app", operator: "In" as const, values: ["web"] }] }; // prettier-ignore
    const ownBudget = { ...ours, desiredHealthy: 2, disruptionsAllowed: 0, currentHealthy: 2 };
    const apart = cluster({ disruptionBudgets: [ownBudget] });
    const pods = withCpu(buildPods(web, ["r1", "r2"]), 0.02);
    assert.deepEqual(
      asked(plan({ ...apart, pods })),
      ["3 x 700"],
      "it keeps no node that its own pods leave",
    );
  });

  it("is nothing for few pods that regular has room for, or of a node that others' pods keep: theirs would be drained first", () => {
    const stray = buildWorkload("web", { placement: "spot", template: size(300) });
    const autoscaled = { pool: "regular", health: "Healthy" as const, backoff: false, minSize: 1 };
    const decided = (
      vault: number,
      where: string[],
      on = "r2",
      poolHealth = [autoscaled],
      regular = ["r1", "r2"],
    ) => {
      const other = buildWorkload("vault", { namespace: "other", replicas: 2, template: size(vault) });
      const nodes = regular.map((name) => buildNode("regular", name));
      const pods = [...withCpu(buildPods(stray, [on]), 0.02), ...buildPods(other, where)];
      return asked(plan(buildSnapshot({ nodes, poolHealth, workloads: [stray, other], pods })));
    };
    assert.deepEqual(decided(600, ["r1", "r2"]), [], "800 are left");
    assert.deepEqual(decided(600, ["r1", "r2"], "r2", []), ["2 x 300"], "nobody drains anything");
    assert.deepEqual(decided(900, ["r1", "r1"]), ["2 x 300"], "200 are left, and r2 will be empty");
    assert.deepEqual(decided(600, ["r1", "r1"]), [], "800 are left for what is on r2, which goes by itself");
    assert.deepEqual(decided(900, ["r1", "r2"]), [], "vault keeps r2");
    assert.deepEqual(
      decided(900, ["r1", "r2"], "r2", [autoscaled], ["r1", "r2", "r3"]),
      [],
      "nobody leaves r3",
    );
  });

  it("goes nowhere where a spot node would be of little use, and is on none that goes", () => {
    const stray = buildWorkload("web", { placement: "spot", template: size(300) });
    const decided = (minSize: number, beside = 0) => {
      const other = buildWorkload("other", { namespace: "other", template: size(beside) });
      const { moves, refusals } = plan(
        buildSnapshot({
          nodes: [buildNode("regular", "r1"), buildNode("spot", "s1"), buildNode("spot", "s2")],
          poolHealth: [{ pool: "spot", health: "Healthy", backoff: false, minSize }],
          workloads: [stray, other],
          pods: [...withCpu(buildPods(stray, ["r1"]), 0.02), ...(beside > 0 ? buildPods(other, ["s1"]) : [])],
        }),
      );
      return moves[0]?.reason ?? refusals.find(({ workload }) => workload.name === "web")?.reason;
    };
    assert.deepEqual([decided(1), decided(2)], ["NotOnSpot", "BackToSpot"]);
    assert.deepEqual([decided(1, 999), decided(1, 1000)], ["NotOnSpot", "BackToSpot"]);
  });

  it("leaves what was drained alone away from nodes that came for others, however many regular ones it would save", () => {
    const decided = (failedReturns: number, hostPorts: number[], beside: number, ago = 600, minSize = 0) => {
      const memory = { lastMovedAt: noon - ago * minute, lastMove: "ToSpot" as const, lastReason: "Idle" as const, recentMoves: [], failedReturns }; // prettier-ignore
      const stray = buildWorkload("web", {
        placement: "spot",
        memory,
        template: { ...size(300), hostPorts },
      });
      const other = buildWorkload("other", { namespace: "other", template: size(beside) });
      const vault = buildWorkload("vault", { namespace: "other", template: size(1800) });
      // Its port is taken on s2, which has room for the other. Without it r2 would be empty.
      const port = buildWorkload("port", {
        namespace: "other",
        template: { ...size(100), hostPorts: [8080] },
      });
      const nodes = [buildNode("regular", "r1"), buildNode("regular", "r2"), buildNode("spot", "s1"), buildNode("spot", "s2")]; // prettier-ignore
      const pods = [...withCpu(buildPods(stray, ["r2"]), 0.02), ...buildPods(vault, ["r1"]), ...buildPods(other, ["s1"]), ...buildPods(port, ["s2"])]; // prettier-ignore
      const poolHealth = [{ pool: "spot", health: "Healthy" as const, backoff: false, minSize }];
      const { moves, refusals } = plan(
        buildSnapshot({ nodes, poolHealth, workloads: [stray, other, port, vault], pods }),
      );
      return moves[0]?.reason ?? refusals.find(({ workload }) => workload.name === "web")?.reason;
    };
    const ports = [8080];
    assert.deepEqual([decided(0, ports, 100), decided(1, ports, 100)], ["BackToSpot", "NotOnSpot"]);
    assert.equal(decided(1, [], 100), "BackToSpot", "it may share a node with its like, and so did");
    // 300 of its own count as well.
    assert.deepEqual([decided(1, ports, 699), decided(1, ports, 700)], ["NotOnSpot", "BackToSpot"]);
    assert.equal(
      decided(1, ports, 100, 600, 2),
      "NotOnSpot",
      "one node more for others, and it would be drained",
    );
    assert.deepEqual(
      [decided(1, ports, 100, 1439), decided(1, ports, 100, 1440)],
      ["NotOnSpot", "BackToSpot"],
    );
  });

  it("brings a pool from no node to the move, and ends with its cause", () => {
    const sim = new SimCluster(buildPolicy(), noon);
    for (const name of ["r1", "r2"]) sim.nodes.set(name, buildNode("regular", name));
    const key = workloadKey(web);
    sim.addWorkload(web, { cpu: 2, memory: 1000 });
    for (const node of ["r1", "r2"]) sim.addPod(key, node, noon - 600 * minute);
    sim.step(minute);
    const round = () => {
      const plan = decide(sim.snapshot(), sim.policy, sim.now);
      sim.carryOut(plan);
      sim.step(minute);
      return plan;
    };
    const placeholders = () =>
      [...sim.pods.values()].filter(({ pod }) => pod.namespace === "placeholder").length;
    assert.deepEqual(asked(round()), ["3 x 700"]);
    for (const name of ["s1", "s2"]) sim.nodes.set(name, buildNode("spot", name)); // the autoscaler's answer
    sim.step(minute);
    assert.deepEqual(round().moves.map(({ reason }) => reason), ["Idle"]); // prettier-ignore
    assert.equal(sim.runningOn(key, "spot"), 2);
    round();
    assert.equal(placeholders(), 0);
  });

  it("never exceeds what is wanted plus headroom and the room for the mark, on any cluster (law 16)", () => {
    const property = fc.property(
      fc.array(
        fc.record({
          replicas: fc.integer({ min: 1, max: 4 }),
          cpu: fc.constantFrom(100, 300, 700),
          idle: fc.boolean(),
        }),
        { minLength: 1, maxLength: 6 },
      ),
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 0, max: 3 }),
      (specs, spotNodes, present) => {
        const workloads = specs.map(({ replicas, cpu }, i) =>
          buildWorkload(`w${i}`, { replicas, template: size(cpu) }),
        );
        const nodes = [
          // So large that regular is never under pressure, which wants room on spot as well.
          ...Array.from({ length: 6 }, (_, i) => buildNode("regular", `r${i}`, { allocatable: large })),
          ...Array.from({ length: spotNodes }, (_, i) => buildNode("spot", `s${i}`)),
        ];
        const pods = workloads.flatMap((workload, i) =>
          withCpu(
            buildPods(workload, Array<string>(workload.replicas).fill(`r${i}`)),
            specs[i]!.idle ? 0.02 : 0.6,
          ),
        );
        const ours = Array.from({ length: present }, (_, i) => placeholder(`p${i}`, 300));
        const { ask, moves } = decide(
          buildSnapshot({ nodes, workloads, pods: [...pods, ...ours] }),
          buildPolicy(),
          noon,
        );
        const moved = new Set(moves.map(({ workload }) => workload.name));
        const idle = workloads.filter(({ name }, i) => specs[i]!.idle && !moved.has(name));
        const wanted = idle.reduce(
          (sum, { replicas, template }) => sum + replicas * template.requests.cpu,
          0,
        );
        const placed = workloads
          .filter(({ name }) => moved.has(name))
          .reduce((sum, { replicas, template }) => sum + replicas * template.requests.cpu, 0);
        const kept = (present - (ask?.remove.length ?? 0)) * 300;
        const total =
          kept + (ask?.create ?? []).reduce((sum, { requests, count }) => sum + requests.cpu * count, 0);
        // Up to the high-water mark of 95 %, in whole pods of at most 700.
        assert.ok(total <= wanted + (wanted + placed) * (1 / 0.95 - 1) + 700, `${total} for ${wanted}`);
        if (wanted === 0) assert.equal(total, 0);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});
