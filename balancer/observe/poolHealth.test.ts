import assert from "node:assert/strict";
import { ApiError } from "../kube/apiError.ts";
import { type KubeClient, connect } from "../kube/client.ts";
import { addObject } from "../testing/apiObjects.ts";
import { startApiServer } from "../testing/apiServer.ts";
import { parsePoolHealth, readPoolHealth } from "./poolHealth.ts";

/** As Cluster Autoscaler 1.30 and later write it, shortened. */
const status = `
time: 2026-11-21 09:00:00 +0000 UTC
autoscalerStatus: Running
clusterWide:
  health: { status: Healthy }
nodeGroups:
- name: aks-regular-12345678-vmss
  health:
    status: Healthy
    cloudProviderTarget: 2
    minSize: 1
    maxSize: 5
  scaleUp:
    status: NoActivity
- name: aks-spot-12345678-vmss
  health:
    status: Unhealthy
  scaleUp:
    status: Backoff
    lastTransitionTime: "2026-11-21T08:55:00Z"
`;

describe("the cluster autoscaler's status", () => {
  it("tells each pool's health, back-off and bounds", () => {
    assert.deepEqual(parsePoolHealth(status), [
      {
        pool: "aks-regular-12345678-vmss",
        health: "Healthy",
        backoff: false,
        since: undefined,
        minSize: 1,
        maxSize: 5,
      },
      {
        pool: "aks-spot-12345678-vmss",
        health: "Unhealthy",
        backoff: true,
        since: Date.UTC(2026, 10, 21, 8, 55),
      },
    ]);
  });

  it("tells nothing in the prose of older versions, or when it is broken", () => {
    for (const text of [
      "",
      "Cluster-autoscaler status at 2023-01-01:\nCluster-wide:\n  Health: Healthy (ready=3)\n",
      "{",
      "nodeGroups: 7",
      "nodeGroups: { a: b }",
      "nodeGroups: [null, 7, {}, { name: [] }, []]",
      "a: &a [{ name: x }]\nnodeGroups: *a",
      "text",
      "null",
      "autoscalerStatus: Initializing\nnodeGroups: null",
    ]) {
      assert.deepEqual(parsePoolHealth(text), []);
    }
  });

  it("tells of a group that says nothing of itself that nothing is known to be wrong", () => {
    const group = { pool: "x", health: "Healthy", backoff: false, since: undefined };
    for (const says of ["", ", health: {}, scaleUp: {}", ", health: { nodeCounts: {} }"])
      assert.deepEqual(parsePoolHealth(`nodeGroups: [{ name: x${says} }]`), [group]);
  });

  it("tells of a group at 0 nodes, as 1.36 writes it, and how many are registered", () => {
    const text = `nodeGroups:
- name: np-spot-zone-a
  health: { lastTransitionTime: null, minSize: 0, maxSize: 2, nodeCounts: { registered: { total: 0 } }, status: Healthy }
  scaleUp: { backoffInfo: {}, lastTransitionTime: null, status: NoActivity }`;
    assert.deepEqual(parsePoolHealth(text), [
      {
        pool: "np-spot-zone-a",
        health: "Healthy",
        backoff: false,
        since: undefined,
        minSize: 0,
        maxSize: 2,
        nodes: 0,
      },
    ]);
  });

  it("ends no round where it may not be read", async () => {
    const server = await startApiServer();
    try {
      server.fail({
        path: /cluster-autoscaler-status/,
        fault: { status: 403, file: "kubernetes-403-rbac.json" },
      });
      const { pools, problem = "" } = await readPoolHealth(connect(server.kubeconfig()));
      assert.deepEqual(pools, []);
      assert.match(problem, /^the cluster autoscaler's status cannot be read, .*cannot list resource/);
    } finally {
      await server.stop();
    }
  });

  it("is none where there is no autoscaler, or nothing in it yet, and ends a round where nobody answers", async () => {
    const answers = (send: () => Promise<unknown>) => readPoolHealth({ now: () => 0, send } as unknown as KubeClient); // prettier-ignore
    assert.deepEqual(await answers(() => Promise.reject(new ApiError("GET", 404, "{}"))), { pools: [] });
    for (const empty of [{}, { metadata: {} }, { data: {} }])
      assert.deepEqual(await answers(() => Promise.resolve(empty)), { pools: [] });
    await assert.rejects(
      answers(() => Promise.reject(new Error("gone"))),
      /^Error: gone$/,
    );
  });

  describe("that nobody has updated for minutes", () => {
    const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000).toISOString();
    const inGo = (time: string) => `${time.slice(0, 10)} ${time.slice(11, 19)}.313211711 +0000 UTC`;
    async function read(text: string, annotation?: string) {
      const server = await startApiServer();
      try {
        const annotations = annotation && { "cluster-autoscaler.kubernetes.io/last-updated": annotation };
        const metadata = { name: "cluster-autoscaler-status", namespace: "kube-system", annotations };
        addObject(server, "configmaps", { metadata, data: { status: text } });
        const signal = new AbortController().signal;
        const { pools, problem } = await readPoolHealth(connect(server.kubeconfig(), { signal }));
        if (problem !== undefined) assert.deepEqual(pools, []);
        return problem ?? pools.length;
      } finally {
        await server.stop();
      }
    }
    const groups = status.slice(status.indexOf("autoscalerStatus"));

    it("is no status, and says so", async () => {
      assert.equal(await read(`time: ${inGo(at(1))}\n${groups}`), 2);
      assert.match(
        String(await read(`time: ${inGo(at(8))}\n${groups}`)),
        /has not updated its status for 8 min/,
      );
      assert.match(String(await read(groups, inGo(at(8)))), /for 8 min/);
      assert.equal(await read(`time: ${inGo(at(8))}\n${groups}`, inGo(at(1))), 2, "the later one counts");
      assert.equal(await read(groups), 2, "one that names no time is believed");
      for (const odd of ["soon", "7", "[]"]) assert.equal(await read(`time: ${odd}\n${groups}`), 2, odd);
      assert.equal(await read("{"), 0);
    });
  });
});
