import assert from "node:assert/strict";
import type { StandingStack } from "../guard.ts";
import { destroyTarget } from "./run.ts";

const buildStack = (stack: string, kept: string[] = []): StandingStack => ({
  stack,
  resources: 1,
  standsOn: [],
  protected: kept,
});

const environment = (kept: string[] = []) => [
  buildStack("base-dev"),
  buildStack("db-dev", kept),
  buildStack("deploy-dev"),
];

/** Runs a destroy against stacks in memory, and tells what was said and destroyed, in order. */
async function run(target: string, standing: StandingStack[], { typed = target, fails = "" } = {}) {
  const said: string[] = [];
  const destroyed: string[] = [];
  const backend = {
    standing: () => Promise.resolve(standing),
    destroy: ({ stack }: StandingStack) => {
      destroyed.push(stack);
      return stack === fails ? Promise.reject(new Error("Azure said no")) : Promise.resolve();
    },
  };
  const options = {
    confirmation: () => Promise.resolve(typed),
    say: (line: string) => void said.push(line),
  };
  const message = await destroyTarget(target, backend, options).then(
    () => undefined,
    (error: Error) => error.message,
  );
  return { message, destroyed, text: said.join("\n") };
}

describe("destroyTarget", () => {
  it("takes an environment down in reverse order once its name is typed, newline or not", async () => {
    const { message, destroyed, text } = await run("dev", environment(), { typed: "dev\n" });
    assert.equal(message, undefined);
    assert.deepEqual(destroyed, ["deploy-dev", "db-dev", "base-dev"]);
    assert.match(text, /^1\. deploy-dev: 1 resource\n2\. db-dev/);
    assert.deepEqual(text.match(/Destroying .*/g), [
      "Destroying deploy-dev (1 of 3)",
      "Destroying db-dev (2 of 3)",
      "Destroying base-dev (3 of 3)",
    ]);
  });

  for (const typed of ["prod", "", "d", "dev-2"]) {
    it(`destroys nothing when "${typed}" is typed`, async () => {
      const { message, destroyed } = await run("dev", environment(), { typed });
      assert.equal(message, `expected "dev" as confirmation, got "${typed}": nothing was destroyed`);
      assert.deepEqual(destroyed, []);
    });
  }

  it("refuses a layer that others stand on, even with the right name", async () => {
    const { message, destroyed } = await run("base-dev", environment());
    assert.match(message ?? "", /db-dev and deploy-dev still stand on base-dev/);
    assert.deepEqual(destroyed, []);
  });

  it("says what it keeps before and after, and leaves the layers below", async () => {
    const { destroyed, text } = await run("dev", environment(["server"]));
    assert.deepEqual(destroyed, ["deploy-dev", "db-dev"]);
    assert.match(text, /keeps server \(protected\)\n- {2}base-dev stays/);
    assert.match(text, /Kept in db-dev, because protected: server\. How to/);
  });

  it("stops at the first failure and names what is left", async () => {
    const { message, destroyed } = await run("dev", environment(), { fails: "db-dev" });
    assert.equal(message, "db-dev: Azure said no\nStill to destroy: db-dev, base-dev");
    assert.deepEqual(destroyed, ["deploy-dev", "db-dev"]);
  });
});
