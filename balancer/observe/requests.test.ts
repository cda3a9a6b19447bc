import assert from "node:assert/strict";
import type { V1Container } from "@kubernetes/client-node";
import type { Json } from "../kube/json.ts";
import { podRequests } from "./requests.ts";

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
    assert.deepEqual(podRequests({ containers, overhead, resources }), { cpu: 2050, memory: 100 * mebi });
  });
});
