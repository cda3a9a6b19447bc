// Our own stacks keep every policy, in every environment; a program that breaks one does not get through.
import assert from "node:assert/strict";
import { Registry } from "@pulumi/azure-native/containerregistry/registry.js";
import { Server } from "@pulumi/azure-native/dbforpostgresql/server.js";
import { runtime } from "@pulumi/pulumi";
import { profileOf } from "../config.ts";
import { configFile } from "../testing/configFiles.ts";
import { isSecret, record } from "../record.ts";
import { checkResource, checkStack } from "./check.ts";
import { enforcePolicies } from "./enforce.ts";
import { leaks } from "../testing/leaks.ts";

const password = "Swordfish-77-of-the-configuration";

describe("policies", function () {
  for (const layer of ["base", "db", "deploy"]) {
    for (const env of ["dev", "prod"]) {
      it(`hold for ${layer}-${env}, and no secret shows in it`, async () => {
        const given = layer === "db" && { dbAdminPassword: password };
        const { resources, outputs } = await record(`${layer}-${env}`, {
          config: { ...configFile(`${layer}-${env}`), ...given },
          secrets: ["dbAdminPassword"],
        });
        assert.ok(resources.length > 5);
        const secretOf = (value: unknown) => (isSecret(value) ? value : undefined);
        const withoutSecrets = (inputs: Record<string, unknown>) =>
          Object.fromEntries(Object.entries(inputs).filter(([, value]) => !isSecret(value)));
        const declared = resources.map((resource) => ({
          ...resource,
          inputs: withoutSecrets(resource.inputs),
        }));
        const profile = profileOf(env);
        assert.deepEqual(
          declared.flatMap((resource) => checkResource(resource, profile)),
          [],
        );
        assert.deepEqual(checkStack(declared, profile), []);
        const values = Object.fromEntries(resources.map(({ name, inputs }) => [name, inputs]));
        assert.deepEqual(leaks({ ...values, "the outputs": outputs }, secretOf, [password]), []);
      });
    }
  }

  /** Runs a program with a registry and a server that anybody may reach, in `env`. */
  async function breakPolicies(env: string, preview: boolean): Promise<{ made: string[]; message: string }> {
    const made: string[] = [];
    await runtime.setMocks(
      {
        newResource: ({ name, inputs }) => {
          made.push(name);
          return { id: name, state: inputs as object };
        },
        call: () => ({}),
      },
      "project",
      `db-${env}`,
      preview,
    );
    const tags = { project: "p", environment: env, layer: "db", "managed-by": "hand" };
    let message = "";
    await runtime
      .runInPulumiStack(() => {
        const policies = enforcePolicies({ layer: "db", env });
        new Registry("registry", {
          resourceGroupName: "g",
          tags,
          sku: { name: "Basic" },
          adminUserEnabled: false,
        });
        new Server("server", { resourceGroupName: "g", tags, network: { publicNetworkAccess: "Enabled" } });
        policies.finish();
        return Promise.resolve({});
      })
      .catch((error: unknown) => (message = (error as Error).message));
    await runtime.disconnect();
    return { made, message };
  }

  it("stop an update before what breaks them", async () => {
    const { made, message } = await breakPolicies("prod", false);
    assert.match(
      message,
      /^db-prod breaks 2 policies .*no-public-database: server.*protected-database: server/s,
    );
    assert.ok(!made.includes("server"), made.join());
  });

  it("let a preview tell of everything, also of what only the whole stack shows", async () => {
    const { message } = await breakPolicies("prod", true);
    assert.match(
      message,
      /^db-prod breaks 3 policies .*no-public-database.*protected-database.*locked-database/s,
    );
  });

  it("are those of the environment", async () => {
    const { made, message } = await breakPolicies("dev", false);
    assert.equal(message, "");
    assert.ok(made.includes("server"));
  });
});
