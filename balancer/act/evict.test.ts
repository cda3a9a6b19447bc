import assert from "node:assert/strict";
import type { PodRef } from "../model.ts";
import { buildMove, short, useActing } from "../testing/acting.ts";
import { addObject, buildApiPod } from "../testing/apiObjects.ts";
import type { Fault } from "../testing/apiServer.ts";

describe("acting by eviction", () => {
  const acting = useActing();
  const pods = ["a", "b"].map((name): PodRef => {
    return {
      namespace: "demo",
      name: `${name}-1`,
      uid: `uid-${name}-1`,
      nodeName: "hot",
    };
  });
  const rebalance = (evictions = pods) =>
    buildMove({ kind: "Rebalance", placement: undefined, memory: undefined, evictions });
  const evictions = () => acting.server.writes().map(({ path }) => path.slice(path.lastIndexOf("pods/") + 5));

  beforeEach(() => {
    for (const name of ["a", "b"]) addObject(acting.server, "pods", buildApiPod(name, "hot"));
  });

  it("evicts with the uid and resource version just read, and touches no template", async () => {
    const version = acting.server.objects.get("/api/v1/namespaces/demo/pods/a-1")!.metadata.resourceVersion;
    assert.equal(await acting.outcomeOf(rebalance()), "Done Evicted");
    assert.deepEqual(evictions(), ["a-1/eviction", "b-1/eviction"]);
    const { deleteOptions, metadata } = acting.server.writes()[0]!.body as { deleteOptions: unknown; metadata: unknown }; // prettier-ignore
    assert.deepEqual(metadata, { namespace: "demo", name: "a-1" });
    assert.deepEqual(deleteOptions, { preconditions: { uid: "uid-a-1", resourceVersion: version } });
  });

  it("takes a disruption budget's no for an answer, and asks once", async () => {
    acting.server.fail({
      path: /eviction/,
      fault: { status: 429, file: "eviction-429-disruption-budget.json" },
      times: 9,
    });
    const outcome = await acting.runOne(rebalance());
    assert.equal(short(outcome), "Skipped DisruptionBudget");
    assert.match(outcome.message, /The disruption budget b needs 1 healthy pods and has 1 currently/);
    assert.deepEqual(evictions(), ["a-1/eviction"]);
  });

  it("asks again where the server has too much to do, which is no budget (kubernetes/kubernetes#106286)", async () => {
    acting.server.fail({ path: /a-1.eviction/, fault: { status: 429 } });
    assert.equal(await acting.outcomeOf(rebalance()), "Done Evicted");
    assert.deepEqual(evictions(), ["a-1/eviction", "a-1/eviction", "b-1/eviction"]);
    addObject(acting.server, "pods", buildApiPod("a", "hot"));
    acting.server.fail({ path: /eviction/, fault: { status: 429 }, times: 9 });
    assert.equal(await acting.outcomeOf(rebalance()), "Failed TooManyRequests");
  });

  it("says how far it came", async () => {
    acting.server.fail({
      path: /b-1.eviction/,
      fault: { status: 429, file: "eviction-429-disruption-budget.json" },
    });
    const outcome = await acting.runOne(rebalance());
    assert.equal(short(outcome), "Done PartlyEvicted");
    assert.match(outcome.message, /^1 of 2 pods evicted, but: /);
  });

  it("leaves a pod alone that moved, was replaced, or changed in between", async () => {
    const elsewhere = pods.map((pod) => ({ ...pod, nodeName: "other" }));
    assert.equal(await acting.outcomeOf(rebalance(elsewhere)), "Skipped Changed");
    const replaced = pods.map((pod) => ({ ...pod, uid: "other" }));
    assert.equal(await acting.outcomeOf(rebalance(replaced)), "Skipped Changed");
    const path = "/api/v1/namespaces/demo/pods/a-1";
    acting.server.objects.get(path)!.metadata["deletionTimestamp"] = "2026-11-21T12:00:00Z";
    assert.match((await acting.runOne(rebalance(pods.slice(0, 1)))).message, /^pod a-1 is being deleted$/);
    assert.deepEqual(acting.server.writes(), []);
    acting.server.remove(path);
    const gone = await acting.runOne(rebalance(pods.slice(0, 1)));
    assert.deepEqual([short(gone), gone.message], ["Skipped Changed", "pod a-1 is gone"]);
    addObject(acting.server, "pods", buildApiPod("a", "hot"));
    acting.server.fail({
      path: /eviction/,
      fault: { status: 409, file: "eviction-409-resource-version.json" },
    });
    assert.equal(await acting.outcomeOf(rebalance(pods.slice(0, 1))), "Skipped Changed");
  });

  const denied = (status: number) => ({
    status,
    body: { code: status, message: 'admission webhook "x" denied the request: it moves by itself' },
  });
  const severalBudgets = { status: 500, body: { message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support." } }; // prettier-ignore
  const terminating = { status: 403, body: { message: "it is being terminated", details: { causes: [{ reason: "NamespaceTerminating" }] } } }; // prettier-ignore
  const ofTheFirst: [what: string, fault: Fault | "gone", outcome: string, evicted: string][] = [
    ["is gone (kubernetes/kubectl#28)", "gone", "Done PartlyEvicted", "b-1"],
    ["is kept by a webhook", denied(403), "Done PartlyEvicted", "a-1,b-1"],
    ["is kept for now by a webhook (kubevirt/kubevirt#4012)", denied(429), "Skipped DisruptionBudget", "a-1"],
    ["has several budgets (kubernetes/kubernetes#75957)", severalBudgets, "Skipped DisruptionBudget", "a-1"],
    ["is in a namespace that ends (kubernetes/kubernetes#93947)", terminating, "Done PartlyEvicted", "a-1,b-1"],
    ["is asked of a server that fails", { status: 503 }, "Failed Unreachable", "a-1"],
  ]; // prettier-ignore
  for (const [what, fault, outcome, evicted] of ofTheFirst)
    it(`asks for ${evicted}, where the first of two pods ${what}: ${outcome}`, async () => {
      if (fault === "gone") acting.server.remove("/api/v1/namespaces/demo/pods/a-1");
      else acting.server.fail({ method: "POST", path: /a-1.eviction/, fault, times: 9 });
      assert.equal(await acting.outcomeOf(rebalance()), outcome);
      assert.deepEqual(evictions(), evicted.split(",").map((name) => `${name}/eviction`)); // prettier-ignore
    });

  it("tells why of what was refused, rather than what is merely gone", async () => {
    acting.server.remove("/api/v1/namespaces/demo/pods/a-1");
    acting.server.fail({ path: /b-1.eviction/, fault: denied(403) });
    assert.match((await acting.runOne(rebalance())).message, /it moves by itself$/);
    acting.server.fail({ path: /b-1.eviction/, fault: terminating });
    const ending = await acting.runOne(rebalance(pods.slice(1)));
    assert.deepEqual([short(ending), ending.message], ["Skipped Changed", "it is being terminated"]);
  });

  it("counts what it did, and tells a budget's no from a webhook's", async () => {
    assert.equal((await acting.runOne(rebalance(pods.slice(0, 1)))).message, "1 pod evicted");
    addObject(acting.server, "pods", buildApiPod("a", "hot"));
    assert.equal((await acting.runOne(rebalance())).message, "2 pods evicted");
    addObject(acting.server, "pods", buildApiPod("a", "hot"));
    acting.server.fail({ path: /eviction/, fault: { status: 422 }, times: 2 });
    assert.equal(await acting.outcomeOf(rebalance()), "Failed Rejected");
  });

  it("remembers before it evicts the pods of a ReplicaSet whose template it changed", async () => {
    assert.equal(await acting.outcomeOf(buildMove({ evictions: pods.slice(0, 1) })), "Done Evicted");
    assert.deepEqual(
      acting.server.writes().map(({ method }) => method),
      ["PATCH", "POST"],
    );
  });
});
