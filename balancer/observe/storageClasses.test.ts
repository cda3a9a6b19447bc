import assert from "node:assert/strict";
import { buildWorkload } from "../testing/builders.ts";
import { addObject } from "../testing/apiObjects.ts";
import { useApiServer } from "../testing/apiServer/use.ts";
import { bindVolumes } from "./bound.ts";
import type { ClaimNames } from "./volumes.ts";

describe("volumes that each pod makes anew", () => {
  const api = useApiServer();
  const zone = "topology.kubernetes.io/zone";
  const term = (places: Record<string, string[]>) => ({
    matchLabelExpressions: Object.entries(places).map(([key, values]) => ({ key, values })),
  });
  const add = (name: string, more: object, isDefault?: string, creationTimestamp?: string) => {
    const annotations = { "storageclass.kubernetes.io/is-default-class": isDefault };
    addObject(api.server, "storage.k8s.io/v1/storageclasses", { metadata: { name, annotations, creationTimestamp }, ...more });
  }; // prettier-ignore
  const bind = async (fresh: ClaimNames["fresh"], shared: string[] = []) => {
    const observed = { workload: buildWorkload("web"), claims: { shared, perReplica: [], fresh } };
    const { workloads } = await bindVolumes(api.client, [observed], []);
    const { emptyDir: _, ...volumes } = workloads[0]!.template.volumes;
    return { ...volumes, fault: workloads[0]!.fault };
  };
  const nothing = { local: false, zones: [], exclusive: false, fault: undefined };

  const places: [what: string, terms: object[] | undefined, expected: object][] = [
    ["anywhere, where it does not say", undefined, {}],
    ["in a zone", [term({ [zone]: ["a"] })], { zones: ["a"] }],
    ["in a zone, by the driver's own name for it", [term({ "topology.disk.csi.azure.com/zone": ["a", "b"] })], { zones: ["a", "b"] }],
    ["in the zones of all alternatives", [term({ [zone]: ["a"] }), term({ [zone]: ["b", "a"] })], { zones: ["a", "b"] }],
    ["on nodes of one sort", [term({ "eks.amazonaws.com/compute-type": ["auto"] })], { demands: [{ key: "eks.amazonaws.com/compute-type", operator: "In", values: ["auto"] }] }],
    ["in a zone of a rack", [term({ [zone]: ["a"], rack: ["1", "2"] })], { zones: ["a"], demands: [{ key: "rack", operator: "In", values: ["1", "2"] }] }],
    ["anywhere, where alternatives ask about different things", [term({ [zone]: ["a"] }), term({ rack: ["1"] })], {}],
    ["anywhere, where one alternative asks about nothing", [term({ [zone]: ["a"] }), {}], {}],
  ]; // prettier-ignore
  for (const [what, allowedTopologies, expected] of places)
    it(`are ${what}, by their class`, async () => {
      add("disk", { allowedTopologies });
      assert.deepEqual(await bind(["disk"]), { ...nothing, ...expected });
    });

  it("are where a claim is that it shares, too", async () => {
    add("disk", { allowedTopologies: [term({ [zone]: ["a", "b"] })] });
    addObject(api.server, "persistentvolumeclaims", { metadata: { name: "files", namespace: "demo" }, spec: { volumeName: "pv", accessModes: ["ReadWriteMany"] } });
    addObject(api.server, "persistentvolumes", { metadata: { name: "pv", labels: { [zone]: "b" } }, spec: {} });
    assert.deepEqual(await bind(["disk"], ["files"]), { ...nothing, zones: ["b"] });
  }); // prettier-ignore

  it("are of the youngest default class where they name none, and else of nobody knows what", async () => {
    add("old", { allowedTopologies: [term({ [zone]: ["a"] })] }, "true", "2026-01-01T00:00:00Z");
    add("none", { allowedTopologies: [term({ [zone]: ["c"] })] }, "false", "2026-03-01T00:00:00Z");
    assert.deepEqual((await bind([null])).zones, ["a"]);
    add("young", { allowedTopologies: [term({ [zone]: ["b"] })] }, "true", "2026-02-01T00:00:00Z");
    assert.deepEqual((await bind([null])).zones, ["b"]);
    add("older", { allowedTopologies: [term({ [zone]: ["d"] })] }, "true", "2025-01-01T00:00:00Z");
    assert.deepEqual((await bind([null])).zones, ["b"], "in any order");
    api.server.remove("/apis/storage.k8s.io/v1/storageclasses/older");
    api.server.remove("/apis/storage.k8s.io/v1/storageclasses/old");
    api.server.remove("/apis/storage.k8s.io/v1/storageclasses/young");
    assert.deepEqual(await bind([null]), nothing);
  });

  it("are of the first by name of default classes that are equally old", async () => {
    for (const name of ["b", "a", "c"])
      add(name, { allowedTopologies: [term({ [zone]: [name] })] }, "true", "2026-01-01T00:00:00Z");
    assert.deepEqual((await bind([null])).zones, ["a"]);
  });

  it("never come where their class is gone, unless some volume of it is there for the taking", async () => {
    const volume = (name: string, phase: string) =>
      addObject(api.server, "persistentvolumes", { metadata: { name }, spec: { storageClassName: "by-hand" }, status: { phase } });
    volume("taken", "Bound");
    assert.equal((await bind(["by-hand"])).ending, "StorageClass by-hand is gone");
    volume("free", "Available");
    assert.deepEqual(await bind(["by-hand"]), nothing);
  }); // prettier-ignore

  it("are unknown where nobody may read classes, or one cannot be read", async () => {
    add("odd", { allowedTopologies: 7 });
    assert.deepEqual(await bind(["odd"]), nothing);
    for (const status of [403, 404]) {
      api.server.fail({ path: /storageclasses/, fault: { status } });
      assert.deepEqual(await bind(["gone"]), nothing, String(status));
    }
    api.server.fail({ path: /storageclasses/, fault: { status: 400 } });
    await assert.rejects(bind(["gone"]), /storageclasses: 400/);
  });

  it("are asked after only where there are any", async () => {
    await bind(undefined, ["files"]);
    assert.ok(!api.server.requests.some(({ path }) => path.includes("storageclasses")));
  });
});
