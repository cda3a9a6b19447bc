// The order of deletion holds on any graph.
import assert from "node:assert/strict";
import fc from "fast-check";
import { dependentsOf, removeInOrder, standsOn } from "./graph.ts";
import type { ResourceState } from "./model.ts";

const buildResource = (urn: string, dependencies: string[] = []): ResourceState => ({
  urn,
  type: "memory:index:Thing",
  custom: true,
  id: urn,
  inputs: {},
  outputs: {},
  dependencies,
  propertyDependencies: {},
});

/** Any graph without circles: each resource stands on some of those before it. */
const graphs = fc
  .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 25 })
  .map((lists) =>
    lists.map((list, index) =>
      buildResource(`r${index}`, index ? [...new Set(list.map((pick) => `r${pick % index}`))] : []),
    ),
  );

describe("removeInOrder", () => {
  it("removes everything, and nothing before what stands on it", async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async (resources) => {
        const standing = new Set(resources);
        const { kept } = await removeInOrder([...resources].reverse(), async (resource) => {
          for (const other of standing)
            assert.ok(!standsOn(other, resource), `${other.urn} stands on ${resource.urn}`);
          await new Promise((resolve) => setImmediate(resolve));
          standing.delete(resource);
          return true;
        });
        assert.deepEqual([kept, standing.size], [[], 0]);
      }),
      { numRuns: 30 },
    );
  });

  it("keeps exactly what cannot go and what that stands on", async () => {
    await fc.assert(
      fc.asyncProperty(graphs, fc.nat(), async (resources, pick) => {
        const stuck = resources[pick % resources.length]!;
        const expected = resources.filter(
          (resource) => resource === stuck || dependentsOf(resource.urn, resources).includes(stuck),
        );
        const { kept } = await removeInOrder(resources, (resource) => Promise.resolve(resource !== stuck));
        assert.deepEqual(kept.map(({ urn }) => urn).sort(), expected.map(({ urn }) => urn).sort());
      }),
      { numRuns: 50 },
    );
  });

  it("does not count among a resource's dependents what it was before, when it stood on one of them", () => {
    const [now, before] = [buildResource("x"), buildResource("x", ["y"])];
    const [direct, indirect] = [buildResource("y", ["x"]), buildResource("z", ["y"])];
    assert.deepEqual(dependentsOf("x", [indirect, direct, before, now]), [direct, indirect]);
  });

  it("counts parents, providers and properties as foundations", () => {
    const foundation = buildResource("f");
    const cases: Partial<ResourceState>[] = [
      { parent: "f" },
      { provider: "f::id" },
      { propertyDependencies: { a: ["f"] } },
    ];
    for (const over of cases)
      assert.ok(standsOn({ ...buildResource("x"), ...over }, foundation), JSON.stringify(over));
  });
});
