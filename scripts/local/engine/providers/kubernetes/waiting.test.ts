// For how long is waited, how often is looked, and what is said meanwhile. The clock goes on by each look.
import assert from "node:assert/strict";
import { mock } from "node:test";
import type { Properties } from "../../values.ts";
import { ApiError, type KubeApi } from "./api.ts";
import { waitUntilGone, waitUntilReady } from "./waiting.ts";

const path = "/apis/apps/v1/namespaces/demo/deployments/web";
const namespace = (phase: string, more: Properties = {}): Properties => ({ apiVersion: "v1", kind: "Namespace", metadata: { name: "demo", uid: "one" }, status: { phase }, ...more }); // prettier-ignore

describe("waiting in a cluster", () => {
  let said: string[];
  let looks: number;
  const stop = new AbortController();
  beforeEach(() => {
    [said, looks] = [[], 0];
    mock.timers.enable({ apis: ["Date"], now: 0 });
  });
  afterEach(() => mock.timers.reset());
  /** @param seconds that a look takes */
  const apiOf = (seconds: number, look: () => Properties): KubeApi => ({
    request: async (method, asked) => {
      assert.deepEqual([method, asked], ["GET", path]);
      looks++;
      mock.timers.tick(seconds * 1000);
      return Promise.resolve(look());
    },
    close: () => undefined,
  });
  const options = (timeoutSeconds: number, signal = stop.signal) => ({ timeoutSeconds, signal, status: (text: string) => said.push(text) }); // prettier-ignore

  it("for readiness looks at nothing that is ready already, nor at what has failed", async () => {
    const api = apiOf(1, () => assert.fail("no look"));
    const active = namespace("Active");
    assert.deepEqual(await waitUntilReady(api, path, active, options(9)), { live: active, problems: [] });
    const job: Properties = { apiVersion: "batch/v1", kind: "Job", status: { conditions: [{ type: "Failed", status: "True", message: "no more tries" }] } }; // prettier-ignore
    assert.deepEqual((await waitUntilReady(api, path, job, options(9))).problems, ["no more tries"]);
    assert.deepEqual(said, []);
  });

  it("for readiness takes what the last look found, and says every five seconds what is missing", async () => {
    const api = apiOf(3, () => namespace(looks < 5 ? "Pending" : "Active"));
    const { live, problems } = await waitUntilReady(api, path, namespace("Pending"), options(20));
    assert.deepEqual([live, problems, looks], [namespace("Active"), [], 5]);
    assert.deepEqual(said, ["it is Pending", "it is Pending"], "after 6 and 12 s");
  });

  it("for readiness says why from the object itself", async () => {
    const quota = { conditions: [{ type: "ReplicaFailure", status: "True", message: "exceeded quota" }] };
    const api = apiOf(6, () => namespace(looks < 2 ? "Pending" : "Active", looks < 2 ? { status: { phase: "Pending", ...quota } } : {})); // prettier-ignore
    await waitUntilReady(api, path, namespace("Pending"), options(20));
    assert.deepEqual(said, ["it is Pending; exceeded quota"]);
  });

  it("for readiness ends after its time, with what there is", async () => {
    const api = apiOf(4, () => namespace("Pending"));
    const { live, problems } = await waitUntilReady(api, path, namespace("Pending"), options(8));
    assert.deepEqual([live, problems], [namespace("Pending"), ["not ready after 8 s: it is Pending"]]);
    assert.equal(looks, 3, "at 8 s it is not over yet");
  });

  it("for an end looks until it is not there, or another one has its name", async () => {
    const gone = apiOf(1, () => {
      if (looks === 3) throw new ApiError("GET x", 404, "");
      return namespace("Terminating");
    });
    await waitUntilGone(gone, path, "one", options(20));
    assert.equal(looks, 3);
    looks = 0;
    await waitUntilGone(apiOf(1, () => namespace("Active")), path, "other", options(20)); // prettier-ignore
    assert.equal(looks, 1);
    assert.deepEqual(said, []);
  });

  it("for an end does not take an error for one", async () => {
    const failing = apiOf(1, () => {
      throw new ApiError("GET x", 403, "");
    });
    await assert.rejects(waitUntilGone(failing, path, "one", options(20)), ApiError);
  });

  it("for an end tells after five seconds what holds it, and ends after its time", async () => {
    const held = namespace("Terminating", {
      ...{ metadata: { uid: "one", finalizers: ["a/b"] }, spec: { finalizers: ["kubernetes"] } },
      status: { conditions: [{ status: "True", message: "pods remain" }, { status: "False", message: "no" }] },
    }); // prettier-ignore
    const why = "finalizers a/b, kubernetes; pods remain";
    const waiting = waitUntilGone(apiOf(5, () => held), path, "one", options(10)); // prettier-ignore
    await assert.rejects(waiting, { message: `still there 10 s after its deletion was asked for: ${why}` });
    assert.deepEqual([said, looks], [[`is being deleted: ${why}`], 3], "not at 5 s, but at 10");
    const interrupted = waitUntilGone(apiOf(1, () => held), path, undefined, options(10, AbortSignal.abort())); // prettier-ignore
    await assert.rejects(interrupted, { message: `interrupted while waiting for its deletion: ${why}` });
  });
});
