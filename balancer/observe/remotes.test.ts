// Remotes that do not answer, or answer for ever: the round must have time left to act, and say what was the matter.
import assert from "node:assert/strict";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { KubeConfig } from "@kubernetes/client-node";
import { connect } from "../kube/client.ts";
import { emptyState } from "../model.ts";
import { observe } from "../observe.ts";
import { connectPrometheus } from "../prometheus.ts";
import { addDemo } from "../testing/apiObjects.ts";
import { listening } from "../testing/listening.ts";
import { type FakeApiServer, startApiServer } from "../testing/apiServer.ts";
import { capturedPolicy } from "../testing/prometheus.ts";

type Respond = (request: IncomingMessage, response: ServerResponse) => void;

/** Accepts, and never says a word. */
const hangs: Respond = () => undefined;

/** Says a little every few milliseconds, and never comes to an end. */
const drips =
  (beginning: string): Respond =>
  (_request, response) => {
    response.write(beginning);
    const timer = setInterval(() => response.write(" "), 10);
    response.on("close", () => clearInterval(timer));
  };

/** As much as is taken off it. */
const floods =
  (piece: string): Respond =>
  (_request, response) => {
    response.write('{"status":"success","data":{"resultType":"vector","result":[');
    const pour = () => {
      while (!response.destroyed && response.write(piece));
    };
    response.on("drain", pour);
    pour();
  };

const serve = (respond: Respond) => listening(createServer(respond));

describe("remotes that do not come to an end", () => {
  const signal = new AbortController().signal;
  const series = (name: string) => `{"metric":{"namespace":"demo","pod":"${name}"},"value":[1,"1"]},`;

  describe("Prometheus", () => {
    let cluster: FakeApiServer;
    beforeEach(async () => addDemo((cluster = await startApiServer())));
    afterEach(() => cluster.stop());

    const cases: [what: string, respond: Respond, says: RegExp][] = [
      ["hangs", hangs, /not all \d+ queries were answered within 0.3 s/],
      ["drips", drips('{"status":"success",'), /not all \d+ queries were answered within 0.3 s/],
      ["drips spaces before anything else", drips(" "), /not all \d+ queries were answered within 0.3 s/],
      ["sends series without end", floods(series("x").repeat(100)), /its answer was cut after 1000 series/],
      ["sends bytes without end", floods(" ".repeat(10_000)), /its answer was cut after 500000 bytes/],
      ["sends one endless series", floods(`"${"x".repeat(9000)}",`), /its answer was cut after 500000 bytes/],
    ];
    for (const [what, respond, says] of cases) {
      it(`${what}: the cluster is seen all the same, within the budget, and usage is doubt`, async () => {
        const server = await serve(respond);
        try {
          // A flood ends by itself; only what does not has to wait for the budget.
          const budgetMs = says.source.includes("0.3 s") ? 300 : 10_000;
          const caps = { budgetMs, maxBytes: 500_000, maxSeries: 1000, backoffMs: 1 };
          const prometheus = connectPrometheus(server.url, { signal, ...caps });
          const client = connect(cluster.kubeconfig(), { signal });
          const start = performance.now();
          const { snapshot } = await observe(client, prometheus, capturedPolicy, emptyState);
          assert.ok(performance.now() - start < 25_000, "a part of a round's 50 s");
          assert.match(snapshot.usageProblem!, says);
          assert.deepEqual([snapshot.nodes.length, snapshot.pods.length], [2, 2]);
        } finally {
          server.stop();
        }
      });
    }

    it("has one budget for all queries, however many of them are tried again", async () => {
      const server = await serve(hangs);
      try {
        const prometheus = connectPrometheus(server.url, {
          signal,
          timeoutMs: 50,
          budgetMs: 400,
          backoffMs: 1,
        });
        for (let i = 0; i < 10; i++) {
          await assert.rejects(
            prometheus.query("up", () => undefined),
            { name: "UnreachableError" },
          );
        }
        assert.ok(
          prometheus.queries <= 10,
          "ten times three attempts would be 1.5 s: nothing is asked once it is used up",
        );
      } finally {
        server.stop();
      }
    });
  });

  describe("the API server", () => {
    const cases: [what: string, respond: Respond][] = [
      ["hangs", hangs],
      ["drips", drips('{"items":[')],
    ];
    for (const [what, respond] of cases) {
      it(`${what}: the round ends in time, and says so`, async () => {
        const server = await serve(respond);
        try {
          const config = new KubeConfig();
          config.loadFromClusterAndUser(
            { name: "c", server: server.url, skipTLSVerify: true },
            { name: "u" },
          );
          const client = connect(config, { signal, timeoutMs: 100, retries: 1, backoffMs: 1 });
          const prometheus = connectPrometheus(server.url, { signal, budgetMs: 100 });
          await assert.rejects(observe(client, prometheus, capturedPolicy, emptyState), {
            name: "UnreachableError",
            message: /cannot be reached: no answer in time/,
          });
        } finally {
          server.stop();
        }
      });
    }
  });
});
