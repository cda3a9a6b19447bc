import assert from "node:assert/strict";
import { saysNoRoomHelps } from "./unscheduled.ts";

describe("in the scheduler's words", () => {
  const of = (reasons: string) => `0/5 nodes are available: ${reasons}`;
  const cases: [what: string, message: string | undefined, noRoomHelps: boolean][] = [
    ["some nodes are full", of("2 Insufficient cpu, 3 node(s) had untolerated taint {a: b, c}."), false],
    ["some are full in two ways", of("1 Too many pods, 2 Insufficient memory, 3 node(s) didn't match Pod's node affinity/selector."), false], // prettier-ignore
    [
      "one is full, and all others refuse it",
      of("1 Insufficient cpu, 4 node(s) had untolerated taint {a: b}."),
      false,
    ],
    ["GPUs and cards are missing on the same ones, and CPU on others", of("2 Insufficient cpu, 3 Insufficient nvidia.com/gpu, 3 Insufficient rdma/hca."), false], // prettier-ignore
    ["volumes fill them", of("5 node(s) exceed max volume count."), false],
    [
      "words of preemption follow",
      of("5 Insufficient cpu. preemption: 0/5 nodes are available: 5 No preemption victims found for incoming pod."), // prettier-ignore
      false,
    ],
    ["none is full", of("5 node(s) didn't match pod anti-affinity rules."), true],
    ["a GPU is missing everywhere, and CPU as well", of("1 Insufficient cpu, 2 node(s) had untolerated taint {a: }, 3 Insufficient nvidia.com/gpu."), true], // prettier-ignore
    ["a GPU is missing on some, and CPU on others", of("3 Insufficient cpu, 2 Insufficient nvidia.com/gpu, 2 Insufficient rdma/hca."), false], // prettier-ignore
    ["a claim is missing", of('persistentvolumeclaim "data" not found.'), true],
    ["a claim is missing, as it was told once", 'persistentvolumeclaim "data" not found', true],
    ["there is no node", "no nodes available to schedule pods", false],
    ["nothing is said", undefined, false],
    ["they are another scheduler's", "pod group is not ready, 2 Pending, 3 minAvailable", false],
  ];
  for (const [what, message, noRoomHelps] of cases) {
    it(`${what}: ${noRoomHelps ? "no room would help" : "room may help"}`, () => {
      assert.equal(saysNoRoomHelps(message), noRoomHelps);
    });
  }
});
