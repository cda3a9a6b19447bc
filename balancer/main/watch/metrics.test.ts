import assert from "node:assert/strict";
import type { Ended } from "./pace.ts";
import { WatchMetrics } from "./metrics.ts";

describe("the watcher's numbers", () => {
  const valueOf = (text: string, series: string) => {
    const line = text.split("\n").find((each) => each.startsWith(`spot_balancer_${series} `));
    return line === undefined ? undefined : Number(line.split(" ").at(-1));
  };
  const rounds = (text: string) =>
    (["Done", "More", "Held", "Failed"] satisfies Ended[]).map((ended) =>
      valueOf(text, `watch_rounds_total{ended="${ended}"}`),
    );

  it("are all there before the first round", () => {
    const text = new WatchMetrics().text(0);
    assert.deepEqual(rounds(text), [0, 0, 0, 0]);
    assert.deepEqual([valueOf(text, "watch_current"), valueOf(text, "watch_nodes")], [0, 0]);
    assert.equal(valueOf(text, "watch_reaction_seconds_count"), undefined);
  });

  it("count rounds by how they ended, and the seconds until those that did something", () => {
    const metrics = new WatchMetrics();
    metrics.isCurrent = true;
    metrics.roundEnded({ causes: ["Lost"], ended: "More", tookMs: 1500 });
    metrics.roundEnded({ causes: ["Lost"], ended: "Done" });
    metrics.roundEnded({ causes: ["Came"], ended: "Done", tookMs: 500 });
    metrics.roundEnded({ causes: ["Lost"], ended: "Held", tookMs: 9000 });
    metrics.roundEnded({ causes: ["Lost"], ended: "Failed", tookMs: 9000 });
    const text = metrics.text(7);
    assert.deepEqual(rounds(text), [2, 1, 1, 1]);
    const seconds = ["count", "sum"].map((part) => valueOf(text, `watch_reaction_seconds_${part}`));
    assert.deepEqual(seconds, [2, 2]);
    assert.deepEqual([valueOf(text, "watch_current"), valueOf(text, "watch_nodes")], [1, 7]);
  });
});
