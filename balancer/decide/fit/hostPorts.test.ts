import assert from "node:assert/strict";
import type { HostPort } from "../../model.ts";
import { areInConflict } from "./hostPorts.ts";

describe("ports of a node", () => {
  const udp = (hostIP: string): HostPort => ({ port: 53, protocol: "UDP", hostIP });
  const cases: [what: string, a: HostPort, b: HostPort, conflict: boolean][] = [
    ["the same", 80, 80, true],
    ["another one", 80, 81, false],
    ["another protocol", 53, udp(""), false],
    ["the same, spelled out", 53, { port: 53, protocol: "TCP", hostIP: "0.0.0.0" }, true],
    ["two addresses", udp("10.0.0.1"), udp("10.0.0.2"), false],
    ["one address twice", udp("10.0.0.1"), udp("10.0.0.1"), true],
    ["one address and all of them", udp("10.0.0.1"), udp("::"), true],
  ];
  for (const [what, a, b, conflict] of cases) {
    it(`${what}: ${conflict ? "in conflict" : "no conflict"}`, () => {
      assert.equal(areInConflict([a], [1, b]), conflict);
      assert.equal(areInConflict([1234, b], [a]), conflict);
    });
  }
});
