import assert from "node:assert/strict";
import type { V1Pod, V1PodSpec } from "@kubernetes/client-node";
import { nextBackoff } from "./backoff.ts";
import {
  adoptedContainers,
  podStatus,
  restarts,
  statusPatch,
  type ContainerRecord,
  type PodObservation,
} from "./podStatus.ts";
import { buildContainer, buildPod, buildRecord, terminated } from "./testing/build.ts";

const now = new Date("2026-11-21T10:00:00Z");

function observe(
  spec: Partial<V1PodSpec>,
  records: Record<string, ContainerRecord>,
  change: Partial<PodObservation> = {},
) {
  return podStatus({
    pod: buildPod(spec),
    conditions: [],
    containers: new Map(Object.entries(records)),
    podIP: "127.100.0.1",
    hostIP: "127.90.0.1",
    startTime: now,
    now,
    ...change,
  });
}

const running = buildRecord({ state: { running: { startedAt: now } }, ready: true, started: true });
const ended = (exitCode: number) => buildRecord({ state: terminated(exitCode) });
const crashing = buildRecord({
  state: { waiting: { reason: "CrashLoopBackOff" } },
  lastState: terminated(1),
  restartCount: 1,
});
const two = [buildContainer({ name: "a" }), buildContainer({ name: "b" })];

describe("phase of a pod", () => {
  const table: [what: string, spec: Partial<V1PodSpec>, records: Record<string, ContainerRecord>, phase: string][] = [
    ["nothing started", {}, {}, "Pending"],
    ["running", {}, { main: running }, "Running"],
    ["in back-off", {}, { main: crashing }, "Running"],
    ["ended, Always", { restartPolicy: "Always" }, { main: ended(0) }, "Running"],
    ["succeeded, OnFailure", { restartPolicy: "OnFailure" }, { main: ended(0) }, "Succeeded"],
    ["failed, OnFailure", { restartPolicy: "OnFailure" }, { main: ended(1) }, "Running"],
    ["failed, Never", { restartPolicy: "Never" }, { main: ended(3) }, "Failed"],
    ["one of two ended, Never", { restartPolicy: "Never", containers: two }, { a: ended(0), b: running }, "Running"],
    ["one of two failed, Never", { restartPolicy: "Never", containers: two }, { a: ended(0), b: ended(1) }, "Failed"],
    ["both succeeded, Never", { restartPolicy: "Never", containers: two }, { a: ended(0), b: ended(0) }, "Succeeded"],
  ]; // prettier-ignore
  for (const [what, spec, records, phase] of table)
    it(`${what}: ${phase}`, () => assert.equal(observe(spec, records).phase, phase));

  it("while it is deleted nothing will be restarted", () => {
    assert.equal(observe({}, { main: ended(0) }, { terminating: true }).phase, "Succeeded");
    assert.equal(observe({}, { main: ended(143) }, { terminating: true }).phase, "Failed");
  });
});

describe("conditions of a pod", () => {
  const ready = (status: ReturnType<typeof observe>) =>
    status.conditions?.find(({ type }) => type === "Ready");

  it("is ready when all containers are, and names those that are not", () => {
    assert.equal(ready(observe({}, { main: running }))?.status, "True");
    const status = observe({ containers: two }, { a: running, b: { ...running, ready: false } });
    assert.deepEqual([ready(status)?.status, ready(status)?.message], ["False", "containers not ready: b"]);
  });

  it("keeps the transition time of what did not change", () => {
    const first = observe({}, { main: running });
    const later = new Date(now.getTime() + 60_000);
    const same = observe({}, { main: running }, { conditions: first.conditions, now: later });
    assert.deepEqual(ready(same)?.lastTransitionTime, now);
    const changed = observe({}, { main: crashing }, { conditions: first.conditions, now: later });
    assert.deepEqual(ready(changed)?.lastTransitionTime, later);
  });

  it("clears by patch what an earlier status may have left", () => {
    const patch = statusPatch(buildPod(), observe({}, { main: running })) as {
      metadata: { uid: string };
      status: { conditions: { reason: unknown }[]; podIPs: unknown[] };
    };
    assert.equal(patch.metadata.uid, "11111111-2222-3333-4444-555555555555");
    assert.equal(patch.status.conditions[0]?.reason, null);
    assert.deepEqual(patch.status.podIPs, [{ ip: "127.100.0.1" }, { $patch: "replace" }]);
  });
});

describe("restarts", () => {
  it("follow the policy", () => {
    const table = (["Always", "OnFailure", "Never", undefined] as const).map((policy) => [
      restarts(policy, 0),
      restarts(policy, 1),
    ]);
    assert.deepEqual(table, [
      [true, true],
      [false, true],
      [false, false],
      [true, true],
    ]);
  });

  it("wait longer each time, up to the maximum, and anew after a healthy run", () => {
    const policy = { initialMs: 10, maxMs: 35, resetAfterMs: 1000 };
    let wait: number | undefined;
    const waits = [1, 1, 1, 1, 1, 1000, 1].map((ranMs) => (wait = nextBackoff(policy, wait, ranMs)));
    assert.deepEqual(waits, [0, 10, 20, 35, 35, 0, 10]);
  });

  it("take what an earlier node left running as failed", () => {
    const pod: V1Pod = {
      ...buildPod({ containers: two }),
      status: {
        containerStatuses: [
          {
            name: "a",
            image: "",
            imageID: "",
            ready: true,
            restartCount: 2,
            state: { running: { startedAt: now } },
          },
          { name: "b", image: "", imageID: "", ready: false, restartCount: 0, state: terminated(0) },
        ],
      },
    };
    const records = adoptedContainers(pod, now);
    const a = records.get("a");
    assert.deepEqual(
      [a?.state.terminated?.exitCode, a?.state.terminated?.reason, a?.restartCount, a?.ready],
      [137, "ContainerStatusUnknown", 2, false],
    );
    assert.equal(records.get("b")?.state.terminated?.exitCode, 0);
  });
});
