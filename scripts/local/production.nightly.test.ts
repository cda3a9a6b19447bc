// base and db as in production, on this machine: the same programs and rules as prod, with what they protect.
// Nightly: other values in the programs that scenario.cluster.test.ts brings up; unit tests preview them at every change.
import assert from "node:assert/strict";
import { TestEnvironment } from "./testing/environment.ts";
import { inOrder } from "./testing/inOrder.ts";

const stacks = ["base-localprod", "db-localprod"];

describe("the production profile", function () {
  inOrder(this);
  const environment = new TestEnvironment();
  after(() => environment.remove());

  async function succeeds(...args: string[]): Promise<string> {
    const { code, output } = await environment.run(...args);
    assert.equal(code, 0, output);
    return output;
  }

  it("comes up, with a pool for each spot size and a database that is protected and locked", async () => {
    await environment.up();
    const base = await succeeds("up", "base-localprod");
    assert.match(base, /spotPoolNames +: \["spot","spotbig"\]/);
    const db = await succeeds("up", "db-localprod");
    assert.match(db, /ManagementLockByScope serverLock created/);
  });

  it("needs no change afterwards, in Azure neither", async () => {
    for (const stack of stacks) {
      await succeeds("up", stack);
      await succeeds("preview", stack, "--refresh", "--expect-no-changes");
    }
  });

  it("keeps base as long as db stands on it", async () => {
    const { code, output } = await environment.run("destroy", "base-localprod", "--yes");
    assert.equal(code, 1);
    assert.match(output, /refusing to destroy base-localprod: db-localprod still stands on base-localprod/);
    assert.match(output, /npm run destroy -- localprod/);
  });

  it("keeps what is protected, and says so, when the environment is stopped", async () => {
    const output = await succeeds("stop");
    assert.match(output, /Kept in db-localprod, because protected: server, database-demo, serverLock/);
    assert.match(output, /base-localprod stays: db-localprod keeps/);
    assert.deepEqual(await environment.processes(), []);
  });

  it("stands as before when the environment is started again", async () => {
    await environment.up();
    for (const stack of stacks) await succeeds("preview", stack, "--refresh", "--expect-no-changes");
  });
});
