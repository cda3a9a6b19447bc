// Dispatch by the stack's name, and what the layers give to each other.
import assert from "node:assert/strict";
import { isLocal, isLocalStack, parseStackName } from "./stackName.ts";
import { buildBaseOutputs, defaultStacks } from "./record/replies.ts";
import { configFile } from "./testing/configFiles.ts";
import { isSecret, record } from "./record.ts";

describe("stack names", () => {
  it("are layer and environment", () => {
    assert.deepEqual(parseStackName("base-dev"), { layer: "base", env: "dev" });
    assert.deepEqual(parseStackName("deploy-local"), { layer: "deploy", env: "local" });
  });

  for (const name of [
    "dev",
    "base",
    "base-",
    "bases-dev",
    "base-Dev",
    "base-dev-2",
    "deploy_dev",
    "base-averylongname1",
    "",
  ]) {
    it(`refuses "${name}" and lists the valid ones`, () => {
      assert.throws(() => parseStackName(name, ["base-dev", "db-dev"]), {
        message: new RegExp(
          `"${name}" is not a stack of this project.*base, db, deploy.*configured are base-dev, db-dev`,
        ),
      });
    });
  }

  it("tell what is on this machine", () => {
    assert.ok(
      isLocal("local") && isLocal("localprod") && isLocalStack("base-localprod") && isLocalStack("local"),
    );
    assert.ok(!isLocal("prod") && !isLocalStack("base-dev") && !isLocalStack("deploy-notlocal"));
  });

  it("in the program: the stacks with a configuration are listed", async () => {
    await assert.rejects(
      record("bse-dev"),
      /"bse-dev" is not a stack of this project.*base-dev.*base-local.*db-dev.*deploy-dev/,
    );
  });
});

describe("outputs contract", function () {
  it("base gives what the next layers read, and only the kubeconfig is secret", async () => {
    const { outputs } = await record("base-dev", { config: configFile("base-dev") });
    for (const key of Object.keys(buildBaseOutputs())) assert.ok(outputs[key] !== undefined, key);
    assert.deepEqual(
      Object.keys(outputs).filter((key) => isSecret(outputs[key])),
      ["kubeconfig"],
    );
  });

  for (const layer of ["db", "deploy"]) {
    it(`${layer} before base says what to run`, async () => {
      const stack = `${layer}-dev`;
      const run = record(stack, { config: configFile(stack), stacks: {} });
      await assert.rejects(run, /base-dev is not deployed yet.*run `pulumi up -s base-dev` first/);
    });

    it(`${layer} reads base of its own environment, unless configuration names another`, async () => {
      const { "organization/spot-balancer/db-test": db = {} } = defaultStacks("deploy-test");
      const other = {
        "organization/other/base-x": { ...buildBaseOutputs() },
        "organization/spot-balancer/db-test": db,
      };
      await record(`${layer}-test`, { config: { baseStack: "organization/other/base-x" }, stacks: other });
      await assert.rejects(record(`${layer}-test`, { stacks: other }), /base-test is not deployed yet/);
    });
  }

  it("deploy takes the database of its own environment, or of the stack that configuration names", async () => {
    const { "organization/spot-balancer/db-dev": db, ...base } = defaultStacks("deploy-dev");
    const stacks = { ...base, "organization/other/db-x": db! };
    await record("deploy-dev", { config: { dbStack: "organization/other/db-x" }, stacks });
    await assert.rejects(record("deploy-dev", { stacks }), /db-dev is not deployed yet/);
  });

  it("deploy takes no database twice, nor half of one", async () => {
    const base = { "organization/spot-balancer/base-dev": { ...buildBaseOutputs() } };
    await assert.rejects(record("deploy-dev", { stacks: base }), /db-dev is not deployed yet/);
    await assert.rejects(
      record("deploy-dev", { config: { database: { name: "shop" } } }),
      /database\.name: expected a database of the db stack \(demo\); got "shop"/,
    );
    await assert.rejects(
      record("deploy-dev", { config: { database: { user: "app" } } }),
      /database\.user: expected nothing without database\.host, got a value/,
    );
  });

  it("a base without the output that is read is an error, never undefined", async () => {
    const stacks = { "organization/spot-balancer/base-dev": { clusterName: "aks" } };
    await assert.rejects(record("deploy-dev", { stacks }), /Required output '\w+' does not exist on stack/);
  });
});
