import assert from "node:assert/strict";
import { type Snapshot, type Workload, emptyState, workloadKey } from "../model.ts";
import {
  type WorkloadChanges,
  buildNode,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  minute,
  noon,
} from "../testing/builders.ts";
import { policyWarnings } from "./warnings.ts";

describe("warnings about the policy", () => {
  const label = "spot-balancer/tier";
  const nodes = [buildNode("regular", "r1"), buildNode("spot", "s1")];
  const demo = [{ name: "demo", labels: {} }];
  const warn = (parts: Partial<Snapshot>, policy?: string) =>
    policyWarnings(buildSnapshot({ nodes, namespaces: demo, ...parts }), buildPolicy(policy), noon).join(
      "\n",
    );

  it("says nothing of a cluster that the policy fits", () => assert.equal(warn({}), ""));

  it("says that no namespace is listed", () => assert.match(warn({}, "{}"), /lists no namespace/));

  it("names labels that no node has", () => {
    const plain = buildNode("regular", "r1", { labels: { "kubernetes.azure.com/priority": "" } });
    assert.match(
      warn({ nodes: [plain, nodes[1]!] }),
      /pools\.regular\.nodeLabels \(kubernetes\.azure\.com\/priority=regular, .*nothing could come back/,
    );
    assert.match(
      warn({ nodes: [nodes[0]!] }),
      /^no node has the labels of pools\.spot\.nodeLabels \(.*=spot\)/,
    );
    assert.equal(
      warn({ nodes: [nodes[0]!] }, "{ namespaces: { demo: }, pools: { spot: { nodeLabels: {} } } }"),
      "",
      "a cluster without spot is meant to be so",
    );
  });

  it("names what another balancer has moved, whose state is elsewhere", () => {
    const warned = (
      minutesAgo: number,
      triedAt: number | undefined,
      placement: "spot" | "regular" = "spot",
    ) => {
      const lastMovedAt = noon - minutesAgo * minute;
      const memory = { lastMovedAt, lastMove: "ToSpot" as const, lastReason: "Idle" as const, recentMoves: [], failedReturns: 0 }; // prettier-ignore
      const web = buildWorkload("web", { placement, memory });
      const tried = { at: noon - triedAt! * minute, placement: "spot" as const, failed: 0 };
      const state = { ...emptyState, ...(triedAt !== undefined && { tries: { [workloadKey(web)]: tried } }) };
      return warn({ workloads: [web, buildWorkload("other", { placement: "spot" })], state });
    };
    assert.match(
      warned(59, undefined),
      /^moved within the last hour by a balancer whose .*: demo\/web; where/,
    );
    assert.match(warned(58, 59), /demo\/web/, "ours was another move, before");
    for (const said of [
      warned(59, 59),
      warned(59, 58),
      warned(60, undefined),
      warned(5, undefined, "regular"),
    ])
      assert.equal(said, "");
  });

  it("names what counts spot nodes as empty ones, so that each regular node takes few of its pods", () => {
    const spread = (changes = {}, more: WorkloadChanges = {}) =>
      buildWorkload("web", {
        replicas: 2,
        ...more,
        template: {
          topologySpread: [{ topologyKey: "kubernetes.io/hostname", maxSkew: 1, selector: [], ...changes }],
          ...more.template,
        },
      });
    const told = (web: Workload, parts: Partial<Snapshot> = {}) => warn({ workloads: [web], ...parts });
    assert.match(told(spread()), /^spread over nodes, .*: demo\/web; .*`nodeTaintsPolicy: Honor`/);
    assert.match(told(spread({}, { namespace: "other" })), /: other\/web;/, "it keeps nodes as well");
    const silent: [what: string, web: Workload, parts?: Partial<Snapshot>][] = [
      ["it does not count them", spread({ honorsTaints: true })],
      ["it spreads over something else", spread({ topologyKey: "topology.kubernetes.io/zone" })],
      ["it counts others' pods", spread({ selector: [{ key: "app", operator: "In", values: ["other"] }] })],
      ["it may be so far ahead", spread({ maxSkew: 2 })],
      ["it may go to spot", spread({}, { placement: "spot" })],
      ["its selector leaves them out", spread({}, { template: { nodeSelector: { agentpool: "regular" } } })],
      ["there is none", spread(), { nodes: [nodes[0]!, buildNode("regular", "r2")] }],
    ];
    for (const [what, web, parts] of silent) assert.doesNotMatch(told(web, parts), /spread over/, what);
    const ignoring = spread(
      { ignoresAffinity: true },
      { template: { nodeSelector: { agentpool: "regular" } } },
    );
    assert.match(told(ignoring), /spread over/);
    assert.doesNotMatch(told(ignoring, { nodes: [nodes[0]!] }), /spread over/);
  });

  it("names spot nodes that take what nobody has placed", () => {
    const open = [...nodes, buildNode("spot", "s3", { taints: [] }), buildNode("spot", "s2", { taints: [] })];
    assert.match(
      warn({ nodes: open }),
      /^spot nodes without the taint .*=spot\), .*: s2, s3; .*`taint: null`$/,
    );
    assert.equal(warn({ nodes: open }, "{ namespaces: { demo: }, pools: { spot: { taint: null } } }"), "");
  });

  it("names listed namespaces that do not exist", () => {
    assert.equal(
      warn({}, "namespaces: { demo: , dmeo: , shpo: }"),
      "the policy lists namespaces that do not exist: dmeo, shpo",
    );
    assert.match(warn({}, "namespaces: { e: , d: , c: , b: , a: }"), /exist: a, b, c, d, e$/);
    assert.match(warn({}, "namespaces: { f: , e: , d: , c: , b: , a: }"), /exist: a, b, c, d, e and 1 more$/);
    assert.equal(warn({ namespaces: [] }), "", "they could not be listed");
  });

  it("names what is placed on spot in a namespace that was taken off the list", () => {
    const workloads = ["shop", "demo"].map((namespace) =>
      buildWorkload("web", { namespace, placement: "spot" }),
    );
    assert.match(warn({ workloads }), /^placed on spot in namespaces .* left there: shop\/web; .*--release/);
  });

  it("names tiers that do not exist, in listed namespaces, and what they are taken for", () => {
    const tier = (name: string, value: string, namespace = "demo") =>
      buildWorkload(name, { namespace, labels: { [label]: value } });
    const workloads = [tier("a", "crtical"), tier("b", "Critical"), tier("c", "IGNORE"), tier("d", "?", "x")];
    assert.equal(
      warn({ workloads }),
      `label ${label} knows only ignore, critical, standard, low: demo/a (crtical, taken for standard)`,
    );
  });
});
