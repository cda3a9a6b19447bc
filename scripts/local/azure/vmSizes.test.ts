// VM sizes by name, and what AKS leaves of them.
import assert from "node:assert/strict";
import { nodeSize, vmSize } from "./vmSizes.ts";

describe("VM sizes", () => {
  const cases: [name: string, cpus: number, memoryGiB: number, spot: boolean][] = [
    ["Standard_D2as_v5", 2, 8, true],
    ["Standard_D4s_v6", 4, 16, true],
    ["Standard_D8pls_v5", 8, 16, true],
    ["Standard_E4ads_v5", 4, 32, true],
    ["Standard_F4s_v2", 4, 8, true],
    ["Standard_B2s", 2, 4, false],
    ["Standard_B4als_v2", 4, 8, false],
  ];
  for (const [name, cpus, memoryGiB, spot] of cases) {
    it(`knows ${name}`, () => {
      const size = vmSize(name);
      assert.deepEqual([size?.cpus, size?.memoryGiB, size?.spot], [cpus, memoryGiB, spot]);
    });
  }

  it("knows no size that is not sold", () => {
    for (const name of ["Standard_D3s_v5", "Standard_D2", "D2as_v5", "Standard_Z4s_v5", ""]) {
      assert.equal(vmSize(name), undefined, name);
    }
  });

  it("leaves of a node what AKS leaves", () => {
    const { capacity, allocatable } = nodeSize(vmSize("Standard_D2as_v5")!, 110, 32);
    assert.equal(allocatable.cpu, 1900); // Microsoft Learn: 100 millicores reserved of 2 cores
    // 25 % of memory is less than 20 MiB for each of 110 pods; 100 MiB hard eviction besides.
    assert.equal(allocatable.memory, Math.floor(capacity.memory - capacity.memory / 4 - 100 * 1024 ** 2));
    const few = nodeSize(vmSize("Standard_D8as_v5")!, 30, 128);
    assert.equal(few.allocatable.memory, few.capacity.memory - (20 * 30 + 50 + 100) * 1024 ** 2);
    assert.equal(few.allocatable.pods, 30);
  });
});
