// Which IDs are one, and which lie in another.
import assert from "node:assert/strict";
import { isSame, isWithin } from "./ids.ts";

const network = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/vnet";

describe("ARM's IDs", () => {
  const within: [id: string, scope: string, expected: boolean][] = [
    [network, network, true],
    [`${network}/subnets/nodes`, network, true],
    [`${network}/subnets/nodes`, `${network.toUpperCase()}/`, true],
    [`${network}2`, network, false],
    [network, `${network}/subnets/nodes`, false],
  ];
  for (const [id, scope, expected] of within)
    it(`${id} ${expected ? "lies" : "does not lie"} in ${scope}`, () =>
      assert.equal(isWithin(id, scope), expected));

  it("are the same in any case, and none is the same as none", () => {
    assert.ok(isSame(network, network.toLowerCase()));
    assert.ok(!isSame(network, `${network}2`));
    assert.ok(!isSame(undefined, undefined) && !isSame(network, undefined));
  });
});
