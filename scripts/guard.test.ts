import assert from "node:assert/strict";
import { DestroyRefused, describePlan, planDestroy } from "./guard.ts";
import type { StandingStack } from "./guard.ts";

const buildStack = (stack: string, changes: Partial<StandingStack> = {}): StandingStack => ({
  stack,
  resources: 3,
  standsOn: [],
  protected: [],
  ...changes,
});

const buildEnvironment = (env: string, database: Partial<StandingStack> = {}): StandingStack[] => [
  buildStack(`base-${env}`),
  buildStack(`db-${env}`, { standsOn: [`base-${env}`], ...database }),
  buildStack(`deploy-${env}`, { standsOn: [`base-${env}`, `db-${env}`] }),
];

const refusal = (target: string, standing: StandingStack[]): string => {
  try {
    planDestroy(target, standing);
  } catch (error) {
    assert.ok(error instanceof DestroyRefused);
    return error.message;
  }
  throw new Error(`planDestroy("${target}") refused nothing`);
};

const order = (target: string, standing: StandingStack[]) =>
  planDestroy(target, standing).steps.map(({ stack }) => stack);

describe("planDestroy", () => {
  it("refuses a layer that others stand on, and names them and the way", () => {
    const message = refusal("base-dev", buildEnvironment("dev"));
    assert.match(message, /db-dev and deploy-dev still stand on base-dev/);
    assert.match(message, /npm run destroy -- dev/);
    assert.match(refusal("db-dev", buildEnvironment("dev")), /deploy-dev still stands on db-dev/);
  });

  it("allows the uppermost layer, and a lower one once nothing stands on it", () => {
    assert.deepEqual(order("deploy-dev", buildEnvironment("dev")), ["deploy-dev"]);
    assert.deepEqual(order("base-dev", [buildStack("base-dev")]), ["base-dev"]);
  });

  it("takes an environment down in reverse order, whatever order it is listed in", () => {
    assert.deepEqual(order("dev", buildEnvironment("dev").reverse()), ["deploy-dev", "db-dev", "base-dev"]);
    assert.deepEqual(order("dev", [...buildEnvironment("prod"), buildStack("base-dev")]), ["base-dev"]);
  });

  it("refuses also for a stack of another environment that uses the outputs", () => {
    const standing = [...buildEnvironment("dev"), buildStack("deploy-trial", { standsOn: ["base-dev"] })];
    assert.match(refusal("dev", standing), /deploy-trial still stands on base-dev/);
    assert.match(refusal("base-dev", [buildStack("base-dev"), ...standing.slice(3)]), /deploy-trial/);
  });

  it("trusts the order of layers even when an upper one names no output yet", () => {
    assert.match(
      refusal("base-dev", [buildStack("base-dev"), buildStack("deploy-dev")]),
      /deploy-dev still stands/,
    );
  });

  it("keeps what is protected, and what that stands on", () => {
    const plan = planDestroy("prod", buildEnvironment("prod", { protected: ["server"] }));
    assert.deepEqual(
      plan.steps.map(({ stack }) => stack),
      ["deploy-prod", "db-prod"],
    );
    assert.deepEqual(plan.stays, [
      { stack: "base-prod", reason: "db-prod keeps server, which stands on it" },
    ]);
    const text = describePlan(plan);
    assert.match(
      text,
      /1\. deploy-prod: 3 resources\n2\. db-prod: 3 resources\n {3}keeps server \(protected\)/,
    );
    assert.match(text, /base-prod stays: db-prod keeps server/);
  });

  it("says what stands when the target holds nothing", () => {
    assert.match(
      refusal("prod", buildEnvironment("dev")),
      /nothing stands under "prod"; what stands: base-dev, db-dev and/,
    );
    assert.match(refusal("dev", []), /no stack holds anything/);
  });
});
