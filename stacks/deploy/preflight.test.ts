// What is said of a cluster before anything is created in it.
import assert from "node:assert/strict";
import { checkCluster, examine } from "./preflight.ts";
import type { ClusterFacts, Wanted } from "./preflight.ts";
import { serveCluster } from "./testing/apiServer.ts";

const buildFacts = (changes: Partial<ClusterFacts> = {}): ClusterFacts => ({
  groups: ["apps", "metrics.k8s.io", "gateway.networking.k8s.io"],
  hasNode: { system: true, regular: true, spot: true },
  storageClasses: ["standard"],
  ...changes,
});
const wanted: Wanted = {
  nodeLabels: { system: {}, regular: { pool: "stable" }, spot: { pool: "cheap", kind: "spot" } },
};

describe("the preflight", () => {
  it("finds nothing to say of a cluster that has everything", () => {
    assert.deepEqual(examine(buildFacts(), wanted), { problems: [], warnings: [] });
    assert.deepEqual(examine(buildFacts(), { ...wanted, storageClass: "standard" }).problems, []);
  });

  it("names each thing that is missing, with what to do", () => {
    const { problems } = examine(buildFacts({ groups: ["apps"] }), { ...wanted, storageClass: "fast" });
    assert.equal(problems.length, 3);
    assert.match(problems[0] ?? "", /no metrics API.*install metrics-server/);
    assert.match(problems[1] ?? "", /no Gateway API.*install its standard channel/);
    assert.match(problems[2] ?? "", /no storage class fast: expected one of those it has \(standard\)/);
  });

  const pools: [string, Partial<ClusterFacts["hasNode"]>, Wanted["nodeLabels"]["spot"], RegExp][] = [
    [
      "spot",
      { spot: false },
      { pool: "cheap" },
      /spotNodeLabels \(pool=cheap\): the balancer moves nothing until/,
    ],
    ["a spot pool", {}, {}, /there is no spot pool: the balancer says so and moves nothing/],
    ["regular", { regular: false }, { pool: "cheap" }, /regularNodeLabels \(pool=stable\).*moves nothing/],
    ["system", { system: false }, { pool: "cheap" }, /Prometheus and the balancer wait until/],
  ];
  for (const [name, changes, spot, expected] of pools) {
    it(`warns of a cluster without ${name}, which may still come`, () => {
      const facts = buildFacts({ hasNode: { ...buildFacts().hasNode, ...changes } });
      const { problems, warnings } = examine(facts, { nodeLabels: { ...wanted.nodeLabels, spot } });
      assert.deepEqual(problems, []);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? "", expected);
    });
  }

  it("asks the cluster itself, and refuses it with everything that is wrong in one message", async () => {
    const { kubeconfig, stop } = await serveCluster({ groups: ["apps"], nodes: [{ pool: "stable" }] });
    try {
      await assert.rejects(checkCluster(kubeconfig, wanted), (error: Error) => {
        assert.match(
          error.message,
          /nothing was created:\n- it has no metrics API.*\n- it has no Gateway API/,
        );
        return true;
      });
    } finally {
      stop();
    }
  });

  const stopped = async () => {
    const { kubeconfig, stop } = await serveCluster({});
    stop();
    return { kubeconfig };
  };
  const broken: [string, () => Promise<{ kubeconfig: string; stop?: () => void }>, RegExp][] = [
    ["refuses the connection", stopped, /asked what it has: .*ECONNREFUSED/],
    ["does not let us in", () => serveCluster({ status: 401 }), /asked what it has: it answered 401$/],
    [
      "has a kubeconfig that is none",
      () => Promise.resolve({ kubeconfig: "kubeconfig: [" }),
      /cannot be asked what it has: /,
    ],
  ];
  for (const [name, build, expected] of broken) {
    it(`says why it cannot ask a cluster that ${name}`, async () => {
      const { kubeconfig, stop } = await build();
      try {
        await assert.rejects(checkCluster(kubeconfig, wanted), expected);
      } finally {
        stop?.();
      }
    });
  }
});
