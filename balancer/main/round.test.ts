import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../kube/client.ts";
import { connectPrometheus } from "../prometheus.ts";
import { addObject } from "../testing/apiObjects.ts";
import { startApiServer } from "../testing/apiServer.ts";
import { buildPolicy } from "../testing/builders.ts";
import { createLog } from "../report.ts";
import { runRound } from "./round.ts";

describe("a round that is stopped", () => {
  it("before it reads gives the Lease back, and what is cut off behind it ends no process", async () => {
    const server = await startApiServer();
    try {
      const [stop, cut] = [new AbortController(), new AbortController()];
      addObject(server, "coordination.k8s.io/v1/leases", {
        metadata: { name: "spot-balancer", namespace: "monitoring" },
      });
      server.fail({ path: /configmaps/, fault: "hang", times: 99 });
      server.onRequest = ({ method }) => {
        if (method === "PUT") stop.abort(new Error("Stopped by SIGTERM"));
      };
      const unheard: unknown[] = [];
      const hear = (reason: unknown) => unheard.push(reason);
      process.on("unhandledRejection", hear);
      try {
        const round = runRound({
          client: connect(server.kubeconfig(), { signal: cut.signal, backoffMs: 1 }),
          prometheus: connectPrometheus("http://127.0.0.1:9", { signal: cut.signal }),
          ...{
            policy: buildPolicy(),
            namespace: "monitoring",
            dryRun: false,
            identity: "a",
            stop: stop.signal,
          },
          log: createLog("silent"),
        });
        await assert.rejects(round, /Stopped by SIGTERM/);
        cut.abort();
        await delay(20);
      } finally {
        process.off("unhandledRejection", hear);
      }
      assert.deepEqual(unheard, []);
      const holders = server
        .writes()
        .map(({ body }) => (body as { spec: { holderIdentity: string } }).spec.holderIdentity);
      assert.deepEqual(holders, ["a", ""]);
    } finally {
      await server.stop();
    }
  });
});
