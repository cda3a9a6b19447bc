// The ledger's own bookkeeping: what is taken back leaves no trace, however often, and who is seen where.
import assert from "node:assert/strict";
import { workloadKey } from "../../model.ts";
import { buildNode, buildPolicy, buildSnapshot, buildWorkload, noon } from "../../testing/builders.ts";
import { appIs } from "../../testing/refusals/case.ts";
import { buildWorld } from "../world.ts";
import { Ledger } from "./ledger.ts";

const apart = (from: string) => ({ podAntiAffinity: [{ topologyKey: "kubernetes.io/hostname", selector: appIs(from), namespaces: [] }] }); // prettier-ignore

describe("room that is booked", () => {
  const [web, db, api] = [buildWorkload("web", { template: apart("web") }), buildWorkload("db", { template: apart("api") }), buildWorkload("api")]; // prettier-ignore
  const labels = { "kubernetes.io/hostname": "r1" };
  const nodes = [buildNode("regular", "r1", { labels: { ...buildNode("regular", "").labels, ...labels } })];
  const place = (ledger: Ledger, workload: typeof web) =>
    ledger.place({ key: workloadKey(workload), workload, template: workload.template, priority: "regular", count: 1, leaving: [] }); // prettier-ignore
  const open = () => new Ledger(buildWorld(buildSnapshot({ nodes, workloads: [web, db, api] }), buildPolicy(), noon)); // prettier-ignore

  it("and taken back, booked again and taken back once more is as free as before", () => {
    const ledger = open();
    const placed = place(ledger, web);
    assert.ok("nodes" in placed);
    assert.ok("misfit" in place(ledger, web));
    placed.undo();
    placed.redo();
    assert.ok("misfit" in place(ledger, web));
    placed.undo();
    assert.ok("nodes" in place(ledger, web));
  });

  it("is refused by what is planned of those who refuse it, and of nobody else", () => {
    const planned = (first: typeof web) => {
      const ledger = open();
      assert.ok("nodes" in place(ledger, first));
      return "nodes" in place(ledger, api);
    };
    assert.deepEqual([web, db].map(planned), [true, false]);
  });
});
