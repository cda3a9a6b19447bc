// What `watch` says, and how often.
import assert from "node:assert/strict";
import type { ClusterView, Decision } from "../scenario/clusterView.ts";
import { watch } from "./watch.ts";

const buildDecision = (over: Partial<Decision> = {}): Decision => ({
  at: Date.UTC(2026, 10, 21, 9, 12, 33),
  namespace: "demo",
  workload: "nginx-demo",
  action: "MoveToSpot",
  isMove: true,
  reason: "Idle",
  message: "it used 2 % of its requests",
  ...over,
});

/** A view that answers each look with the next list, and stops the watch after the last one. */
function buildView(looks: Decision[][], stop: AbortController): ClusterView {
  const rest = [...looks];
  return {
    decisions: () => {
      const answer = rest.shift() ?? [];
      if (rest.length === 0) stop.abort();
      return Promise.resolve(answer);
    },
    pods: () => Promise.resolve([]),
    spotPods: () => Promise.resolve([]),
    replicas: () => Promise.resolve(0),
  };
}

describe("watch", () => {
  it("says a decision once, and again when it is repeated later", async () => {
    const stop = new AbortController();
    const first = buildDecision();
    const later = buildDecision({ at: first.at + 60_000 });
    const lines: string[] = [];
    const view = buildView([[], [first], [first], [later]], stop);
    await watch({ view, say: (line) => lines.push(line), signal: stop.signal, intervalMs: 0 });
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? "", /demo\/nginx-demo {2}MoveToSpot {2}Idle {2}it used 2 % of its requests$/);
  });

  it("begins with now: of earlier decisions it says only how many there are", async () => {
    const stop = new AbortController();
    const [old, now] = [buildDecision(), buildDecision({ workload: "api" })];
    const lines: string[] = [];
    const view = buildView([[old], [old], [old, now]], stop);
    await watch({ view, say: (line) => lines.push(line), signal: stop.signal, intervalMs: 0 });
    assert.equal(lines.length, 2);
    assert.match(lines[0]!, /^1 decisions were made before/);
    assert.match(lines[1]!, /demo\/api/);
  });

  it("ends with the cluster's error when it can no longer be read", async () => {
    const stop = new AbortController();
    const view = { ...buildView([], stop), decisions: () => Promise.reject(new Error("connection refused")) };
    await assert.rejects(watch({ view, say: () => undefined, signal: stop.signal }), /connection refused/);
  });
});
