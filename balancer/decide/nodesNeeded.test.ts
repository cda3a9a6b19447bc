import assert from "node:assert/strict";
import fc from "fast-check";
import type { Resources } from "../model.ts";
import { nodesNeeded } from "./nodesNeeded.ts";

const of = (cpu: number, memory = 1): Resources => ({ cpu, memory });
const many = (count: number, one: Resources) => Array.from({ length: count }, () => one);

describe("how many nodes pods need", () => {
  const ten = many(10, of(1000, 8000));
  const cases: [what: string, rooms: Resources[], pods: Resources[], nodes: number][] = [
    ["none for none", ten, [], 0],
    ["one each for what is larger than half a node", ten, many(8, of(550)), 8],
    ["one for what fills it", ten, many(4, of(250)), 1],
    ["one more for what is left over", ten, many(9, of(250)), 3],
    ["as many as memory needs", ten, many(3, of(1, 4001)), 3],
    ["no more for what fits beside the large", ten, [...many(8, of(100)), ...many(8, of(550))], 8],
    ["the large ones first, whatever the order", ten, [of(400), of(600), of(600), of(400)], 2],
    ["large nodes before small ones", [of(100, 10), of(100, 10), of(1000, 100)], many(10, of(100)), 1],
    ["large ones by all that they have, not CPU alone", [of(4, 4), of(3, 16)], many(2, of(1, 4)), 1],
    ["large ones by all that they have, not memory alone", [of(4, 4), of(16, 3)], many(2, of(4, 1)), 1],
    ["all, where a pod has no place", ten, [of(10), of(1001)], 10],
    ["one for pods that request nothing", ten, many(500, of(0, 0)), 1],
    ["none where there are none", [], [], 0],
  ];
  for (const [what, rooms, pods, nodes] of cases)
    it(`is ${what}`, () => assert.equal(nodesNeeded(rooms, pods), nodes));

  const resources = (most: number) =>
    fc.record({ cpu: fc.integer({ min: 0, max: most }), memory: fc.integer({ min: 0, max: most }) });

  it("is what putting one pod after the other on the first node with room finds", () => {
    fc.assert(
      fc.property(
        resources(20).map(({ cpu, memory }) => of(cpu + 1, memory + 1)),
        fc.integer({ min: 0, max: 8 }),
        fc.array(resources(12), { maxLength: 20 }),
        (room, count, pods) => {
          const nodes = many(count, room).map((each) => ({ ...each, used: false }));
          const share = ({ cpu, memory }: Resources) => Math.max(cpu / room.cpu, memory / room.memory);
          // Alike ones next to each other, as they are counted.
          const bySize = Map.groupBy(pods, ({ cpu, memory }) => `${cpu}/${memory}`);
          const sorted = [...bySize.values()].sort(([a], [b]) => share(b!) - share(a!)).flat();
          let isPlaced = true;
          for (const pod of sorted) {
            const node = nodes.find(({ cpu, memory }) => cpu >= pod.cpu && memory >= pod.memory);
            if (!node) isPlaced = false;
            else
              Object.assign(node, { cpu: node.cpu - pod.cpu, memory: node.memory - pod.memory, used: true });
          }
          const needed = nodesNeeded(many(count, room), pods);
          const least = Math.max(...(["cpu", "memory"] as const).map((each) => pods.reduce((sum, pod) => sum + pod[each], 0) / room[each])); // prettier-ignore
          if (isPlaced) assert.ok(needed >= least && needed <= count);
          assert.equal(needed, isPlaced ? nodes.filter(({ used }) => used).length : count);
        },
      ),
    );
  });
});
