import assert from "node:assert/strict";
import type { V1Container } from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import { largestRequest, otherResources, podLimits, podRequests } from "./requests.ts";

const mebi = 2 ** 20;

function buildContainer(
  cpu?: string,
  memory?: string,
  rest: Partial<Json<V1Container>> = {},
): Json<V1Container> {
  const requests = { ...(cpu && { cpu }), ...(memory && { memory }) };
  return { name: "c", resources: { requests }, ...rest };
}

describe("what the scheduler counts for a pod", () => {
  it("is the sum of its containers", () => {
    const containers = [buildContainer("100m", "64Mi"), buildContainer("1.5", "1Gi"), buildContainer()];
    assert.deepEqual(podRequests({ containers }), { cpu: 1600, memory: 1088 * mebi });
  });

  it("is the largest init container where that is more", () => {
    const initContainers = [buildContainer("500m", "10Mi"), buildContainer("50m", "200Mi")];
    assert.deepEqual(podRequests({ containers: [buildContainer("100m", "64Mi")], initContainers }), {
      cpu: 500,
      memory: 200 * mebi,
    });
  });

  it("has sidecars beside the containers, and beside the init containers after them", () => {
    const sidecar = buildContainer("200m", "10Mi", { restartPolicy: "Always" });
    const containers = [buildContainer("100m", "10Mi")];
    assert.deepEqual(podRequests({ containers, initContainers: [sidecar] }), { cpu: 300, memory: 20 * mebi });
    const initContainers = [buildContainer("250m"), sidecar, buildContainer("400m")];
    assert.equal(podRequests({ containers, initContainers }).cpu, 600);
    assert.equal(podRequests({ containers, initContainers: [sidecar, sidecar] }).cpu, 500, "each of them");
    const before = [buildContainer("900m"), sidecar];
    assert.equal(podRequests({ containers, initContainers: before }).cpu, 900, "before them");
  });

  it("takes limits for requests that are not given", () => {
    const resources = { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "100m" } };
    assert.deepEqual(podRequests({ containers: [{ name: "c", resources }] }), {
      cpu: 100,
      memory: 1024 * mebi,
    });
  });

  it("adds the overhead, and prefers requests of the whole pod", () => {
    const containers = [buildContainer("100m", "64Mi")];
    const overhead = { cpu: "50m", memory: "36Mi" };
    assert.deepEqual(podRequests({ containers, overhead }), { cpu: 150, memory: 100 * mebi });
    const resources = { requests: { cpu: "2" } };
    assert.deepEqual(podRequests({ containers: [buildContainer()], resources }), { cpu: 2000, memory: 0 });
    assert.deepEqual(podRequests({ containers, overhead, resources }), { cpu: 2050, memory: 100 * mebi });
  });

  it("takes a limit of the whole pod only where no container requests anything", () => {
    const resources = { limits: { cpu: "4", memory: "1Gi" } };
    assert.deepEqual(podRequests({ containers: [buildContainer("100m")], resources }), {
      cpu: 100,
      memory: 1024 * mebi,
    });
  });

  it("counts the larger of what a pod asks for and what it holds while it is resized", () => {
    const containers = [buildContainer("100m", "64Mi")];
    const held = (cpu: string) => ({
      containerStatuses: [{ name: "c", allocatedResources: { cpu } }] as never,
    });
    assert.equal(podRequests({ containers }, held("1900m")).cpu, 1900, "smaller one day");
    assert.equal(podRequests({ containers }, held("50m")).cpu, 100, "larger one day");
    const resources = { requests: { memory: "1Gi" } };
    const actual = { containerStatuses: [{ name: "c", resources }] as never };
    assert.deepEqual(podRequests({ containers }, actual), { cpu: 100, memory: 1024 * mebi });
  });

  it("counts what a pod holds, and not what its node can never give it (kubernetes/kubernetes#122602)", () => {
    const containers = [buildContainer("100", "100Gi")];
    const allocatedResources = { cpu: "100m", memory: "64Mi" };
    const containerStatuses = [{ name: "c", allocatedResources }] as never;
    const pending = (reason: string, status = "True") => ({
      ...{ containerStatuses, conditions: [{ type: "PodResizePending", status, reason }] },
    });
    const held = { cpu: 100, memory: 64 * mebi };
    const asked = { cpu: 100_000, memory: 100 * 1024 * mebi };
    assert.deepEqual(podRequests({ containers }, pending("Infeasible")), held);
    assert.deepEqual(podRequests({ containers }, { containerStatuses, resize: "Infeasible" }), held, "1.27–1.32");
    assert.deepEqual(podRequests({ containers }, pending("Deferred")), asked, "it waits for room");
    const scratch = [buildContainer("100", "100Gi", { resources: { requests: { cpu: "100", memory: "100Gi", "ephemeral-storage": "1Gi" } } })];
    assert.deepEqual(podRequests({ containers: scratch }, pending("Infeasible")), { ...held, storage: 1024 * mebi }, "never resized");
    assert.deepEqual(podRequests({ containers }, pending("Infeasible", "False")), asked);
    assert.equal(podRequests({ containers }, { conditions: pending("Infeasible").conditions }).cpu, 100_000);
    const silent = { ...pending("Infeasible"), containerStatuses: [{ name: "c" }] as never };
    assert.deepEqual(podRequests({ containers }, silent), asked, "nobody says what it holds");
    const other = [{ type: "Other", status: "True", reason: "Infeasible" }];
    assert.deepEqual(podRequests({ containers }, { containerStatuses, conditions: other }), asked);
    const sidecar = buildContainer("100", "100Gi", { restartPolicy: "Always" });
    const ofSidecar = { ...pending("Infeasible"), containerStatuses: [], initContainerStatuses: containerStatuses };
    assert.deepEqual(podRequests({ containers: [], initContainers: [sidecar] }, ofSidecar), held, "of sidecars, too");
  }); // prettier-ignore

  it("counts what a pod as a whole holds while it is resized (kubernetes/kubernetes#132919)", () => {
    const containers = [buildContainer("50m")];
    const resources = { requests: { cpu: "100m" } };
    const held = { allocatedResources: { cpu: "1900m" }, resources: { requests: { cpu: "1" } } } as never;
    assert.equal(podRequests({ containers, resources }, held).cpu, 1900, "smaller one day");
    assert.equal(podRequests({ containers, resources: { requests: { cpu: "2" } } }, held).cpu, 2000);
  });

  it("counts scratch space that is requested, of sidecars and overhead too", () => {
    const scratch = (amount: string) => ({
      name: "c",
      resources: { limits: { "ephemeral-storage": amount } },
    });
    const spec = {
      containers: [scratch("1Gi"), scratch("1Gi")],
      initContainers: [{ ...scratch("1Gi"), restartPolicy: "Always" }, scratch("512Mi")],
      overhead: { "ephemeral-storage": "1Mi" },
    };
    assert.deepEqual(podRequests(spec), { cpu: 0, memory: 0, storage: (3 * 1024 + 1) * mebi });
  });

  it("keeps scratch space of its containers beside requests of the whole pod", () => {
    const containers = [{ name: "c", resources: { requests: { "ephemeral-storage": "1Mi" } } }];
    const resources = { requests: { cpu: "1" } };
    assert.deepEqual(podRequests({ containers, resources }), { cpu: 1000, memory: 0, storage: mebi });
  });

  it("is nothing where nothing is requested", () => {
    assert.deepEqual(podRequests({ containers: [buildContainer("0", "0")] }), { cpu: 0, memory: 0 });
  });

  it("is never absurd: sums of anything stay exact, and nothing is below zero", () => {
    const containers = ["1e66", "1e66", "-5", "9".repeat(400)].map((cpu) => buildContainer(cpu, "100Ei"));
    const { cpu, memory } = podRequests({ containers });
    assert.deepEqual([cpu, memory], [largestRequest, largestRequest]);
    assert.equal(2000 - cpu + cpu, 2000, "taken off a node and given back");
  });

  it("says which field is none of its kind", () => {
    assert.throws(
      () => podRequests({ containers: {} as never }),
      /expected a list in containers, got object/,
    );
    assert.throws(() => podRequests({ containers: [buildContainer("lots")] }), /quantity .* got "lots"/);
  });
});

describe("the limits of a pod", () => {
  it("are those of the whole pod before those of its containers, and none where there are none", () => {
    const limited = { name: "c", resources: { limits: { cpu: "2", memory: "1Mi" }, requests: { cpu: "1" } } };
    assert.deepEqual(podLimits({ containers: [limited, limited] }), { cpu: 4000, memory: 2 * mebi });
    const resources = { limits: { cpu: "3" }, requests: { cpu: "1", memory: "1Mi" } };
    assert.deepEqual(podLimits({ containers: [limited], resources }), { cpu: 3000, memory: mebi });
    assert.equal(podLimits({ containers: [buildContainer("1")] }), undefined);
  });
});

describe("what a pod asks for besides", () => {
  const plain = buildContainer("1", "1Mi");
  const asks = (which: "requests" | "limits") => ({ name: "g", resources: { [which]: { gpu: "1" } } });
  const cases: [what: string, spec: object, names: string[]][] = [
    ["is nothing by what is counted here", { containers: [plain], initContainers: [plain], resources: { limits: { cpu: "1" } } }, []],
    ["is requested by one of its containers", { containers: [plain, asks("requests")] }, ["gpu"]],
    ["is a limit of one of its containers", { containers: [plain, asks("limits")] }, ["gpu"]],
    ["is for its beginning", { containers: [plain], initContainers: [plain, asks("requests")] }, ["gpu"]],
    ["is for the whole pod", { containers: [plain], resources: { requests: { "hugepages-2Mi": "1Mi" } } }, ["hugepages-2Mi"]],
    ["is nothing where none of it is asked for", { containers: [plain, { name: "g", resources: { requests: { gpu: "0" }, limits: { gpu: "0" } } }] }, []],
    ["is claimed from a driver", { containers: [plain], resourceClaims: [{ name: "a" }] }, ["claim a"]],
    ["is told once, by name", { containers: [asks("limits"), asks("requests")], initContainers: [{ name: "i", resources: { limits: { fpga: "1" } } }] }, ["fpga", "gpu"]],
  ]; // prettier-ignore
  for (const [what, spec, names] of cases)
    it(what, () => assert.deepEqual(otherResources(spec as never), names));
});
