import assert from "node:assert/strict";
import { type CpuProfile, timeByPart } from "./roundProfile.ts";

const frame = (id: number, functionName: string, url: string, children: number[] = []) => ({
  ...{ id, callFrame: { functionName, url }, children },
});

describe("where a round's time goes", () => {
  const profile: CpuProfile = {
    nodes: [
      frame(1, "(root)", "", [2, 3, 4, 5, 8]),
      frame(2, "(idle)", ""),
      frame(3, "(garbage collector)", ""),
      frame(4, "onStreamRead", "node:internal/stream_base_commons"),
      frame(5, "push", "file:///work/balancer/kube/elements.ts", [6]),
      frame(6, "readPod", "file:///work/balancer/observe/pods.ts", [7]),
      frame(7, "parse", "node:url"),
      frame(8, "decide", "file:///work/balancer/decide.ts"),
    ],
    samples: [2, 3, 4, 5, 6, 7, 8, 8],
    timeDeltas: [9000, 100, 200, 300, 200, 100, 50, 50],
  };

  it("counts a sample for the part of the program nearest to it, and waiting for none", () => {
    assert.deepEqual(timeByPart(profile), [
      ["reading JSON", 0.3],
      ["slim records", 0.3],
      ["HTTP and TLS", 0.2],
      ["garbage collection", 0.1],
      ["deciding", 0.1],
    ]);
  });
});
