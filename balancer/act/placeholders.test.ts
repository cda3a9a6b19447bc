// Room that placeholders keep is free before anything is moved there, or nothing moves.
import assert from "node:assert/strict";
import type { PodRef } from "../model.ts";
import { buildMove, short, useActing } from "../testing/acting.ts";
import { addObject, buildApiPod } from "../testing/apiObjects.ts";

describe("making room", () => {
  const acting = useActing();
  const rooms = ["one", "two"].map((name): PodRef => {
    return { namespace: "demo", name: `${name}-1`, uid: `uid-${name}-1`, nodeName: "spot-1" };
  });
  const path = (name: string) => `/api/v1/namespaces/demo/pods/${name}-1`;
  const written = () =>
    acting.server.writes().filter(({ query }) => !query.has("dryRun")).map(({ path }) => path.split("/").slice(-2).join("/")); // prettier-ignore
  const move = () => acting.runOne(buildMove({ makesRoom: rooms }));
  beforeEach(() => {
    for (const name of ["one", "two"]) addObject(acting.server, "pods", buildApiPod(name, "spot-1"));
  });

  it("needs none of placeholders that went by themselves, or are others by now", async () => {
    acting.server.remove(path("one"));
    addObject(acting.server, "pods", { ...buildApiPod("two", "spot-1"), metadata: { ...buildApiPod("two", "spot-1").metadata, uid: "younger" } }); // prettier-ignore
    assert.equal(short(await move()), "Done Applied");
    assert.deepEqual(written(), ["deployments/nginx-demo"]);
  });

  it("evicts and moves nothing more once one is refused", async () => {
    const fault = { status: 429, file: "eviction-429-disruption-budget.json" };
    acting.server.fail({ path: /one-1.eviction/, fault, times: 9 });
    assert.equal(short(await move()), "Skipped DisruptionBudget");
    assert.deepEqual(written(), ["one-1/eviction"]);
  });

  it("waits until they are gone", async () => {
    let asked = 0;
    acting.server.onRequest = ({ method, path: asks }) => {
      if (asks.endsWith("one-1/eviction")) return { status: 201, body: {} };
      if (method === "GET" && asks === path("one") && ++asked === 3) acting.server.remove(asks);
      return undefined;
    };
    assert.equal(short(await move()), "Done Applied");
    assert.equal(asked, 3, "before its eviction, and until it was not there");
  });

  it("goes without the move where one stays for five seconds, and says which", async () => {
    let looks = 0;
    acting.server.onRequest = ({ method, path: asks }) => {
      acting.server.clockOffset += 1000;
      if (method === "GET" && asks === path("one")) looks++;
      return asks.endsWith("/eviction") ? { status: 201, body: {} } : undefined;
    };
    const outcome = await move();
    assert.equal(short(outcome), "Skipped Changed");
    assert.equal(outcome.message, "placeholder one-1 is still on spot-1");
    assert.ok(looks >= 4 && looks < 8, `${looks}: before its eviction, and each second then`);
    assert.deepEqual(written(), ["one-1/eviction", "two-1/eviction"]);
  });

  it("goes without the move where it cannot be seen whether they are gone", async () => {
    let evicted = false;
    acting.server.onRequest = ({ method, path: asks }) => {
      evicted ||= asks.endsWith("two-1/eviction");
      return evicted && method === "GET" && asks === path("one") ? { status: 403 } : undefined;
    };
    assert.match(short(await move()), /^Failed (Forbidden|Rejected)$/);
    assert.deepEqual(written(), ["one-1/eviction", "two-1/eviction"]);
  });
});
