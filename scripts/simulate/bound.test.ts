import assert from "node:assert/strict";
import { asOne, cheapestPerHour } from "./bound.ts";

const size = { cpu: 1000, memory: 4000, pods: 10, max: 10 };
const pools = {
  regular: { ...size, min: 0, pricePerHour: 5 },
  spot: { ...size, min: 0, pricePerHour: 1 },
};
const pods = (cpu: number, memory = 0, count = 1) => ({ cpu, memory, pods: count });
const none = pods(0, 0, 0);

describe("the bound on what any plan costs", () => {
  const cases: [
    what: string,
    demand: Parameters<typeof cheapestPerHour>[0],
    available: number,
    price: number,
  ][] = [
    ["nothing runs", { pinned: none, movable: none }, 5, 0],
    ["what may move is on spot, on whole nodes", { pinned: none, movable: pods(1001) }, 5, 2],
    ["what may not is on regular", { pinned: pods(1001), movable: none }, 5, 10],
    [
      "what may move fills regular nodes that are needed anyway",
      { pinned: pods(500), movable: pods(500) },
      5,
      5,
    ],
    ["and the rest of it goes to spot", { pinned: pods(500), movable: pods(1600) }, 5, 5 + 2],
    ["the cloud has no more spot nodes", { pinned: none, movable: pods(3000) }, 1, 1 + 10],
    ["memory is what counts", { pinned: none, movable: pods(10, 8001) }, 5, 3],
    ["the number of pods is what counts", { pinned: none, movable: pods(10, 10, 21) }, 5, 3],
  ];
  for (const [what, demand, available, price] of cases) {
    it(`is ${price} when ${what}`, () => assert.equal(cheapestPerHour(demand, pools, available), price));
  }

  it("takes several spot pools for one with all their nodes, the largest and the cheapest", () => {
    const [large, cheap] = [{ ...size, cpu: 2000, min: 1, pricePerHour: 3 }, { ...size, min: 0, pricePerHour: 1 }]; // prettier-ignore
    const one = asOne([{ spec: large, available: 12 }, { spec: cheap, available: 2 }]); // prettier-ignore
    assert.deepEqual(one, {
      spec: { cpu: 2000, memory: 4000, pods: 10, min: 0, max: 12, pricePerHour: 1 },
      available: 12,
    });
    assert.equal(asOne([{ spec: cheap, available: Infinity }]).available, 10);
  });

  it("counts regular's minimum, and takes regular where spot is dearer", () => {
    const atLeastTwo = { ...pools, regular: { ...pools.regular, min: 2 } };
    assert.equal(cheapestPerHour({ pinned: none, movable: pods(100) }, atLeastTwo, 5), 10);
    const dear = { ...pools, spot: { ...pools.spot, pricePerHour: 6 } };
    assert.equal(cheapestPerHour({ pinned: none, movable: pods(1500) }, dear, 5), 10);
  });
});
