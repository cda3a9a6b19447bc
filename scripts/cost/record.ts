// Runs a stack's program without any engine or cloud, and records what it would create.
import { runtime } from "@pulumi/pulumi";
import program from "../../stacks/index.ts";
import type { RecordedResource } from "../../stacks/cost/model.ts";
import { layers, parseStackName, stackName } from "../../stacks/stackName.ts";
import { readSettings, undecrypted } from "../local/engine/config.ts";
import { projectRoot } from "../local/environment.ts";

type Outputs = Record<string, unknown>;

export interface Recording {
  resources: RecordedResource[];
  outputs: Outputs;
}

/** What the cloud would add to a resource, as far as programs read it before anything exists. */
function invent(type: string, name: string, inputs: Outputs): Outputs {
  return {
    ...inputs,
    name,
    ...(type.endsWith(":RandomPassword") && { result: undecrypted }),
    ...(type.endsWith(":RandomString") && { result: "abc123" }),
    ...(type.endsWith(":Server") && { fullyQualifiedDomainName: `${name}.postgres.database.azure.com` }),
    ...(type.endsWith(":Registry") && { loginServer: `${name}.azurecr.io` }),
    ...(type.endsWith(":ManagedCluster") && {
      identityProfile: { kubeletidentity: { objectId: "00000000-0000-0000-0000-000000000000" } },
      oidcIssuerProfile: { issuerURL: "https://example.invalid/" },
    }),
  };
}

/** A kubeconfig as the cloud would return one; the kubernetes provider is never asked. */
const kubeconfig = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  clusters: [],
  contexts: [],
  users: [],
});

async function run(stack: string, standing: Record<string, Outputs>): Promise<Recording> {
  const resources: RecordedResource[] = [];
  const { project, config, secretKeys } = readSettings(projectRoot, stack);
  await runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        if (type === "pulumi:pulumi:StackReference") {
          const outputs = standing[name.split("/").at(-1) ?? name] ?? {};
          return { id: name, state: { name, outputs, secretOutputNames: [] } };
        }
        resources.push({ type, name, inputs: inputs as Outputs });
        return { id: `/recorded/${name}`, state: invent(type, name, inputs as Outputs) };
      },
      call: () => ({
        kubeconfigs: [{ name: "recorded", value: Buffer.from(kubeconfig).toString("base64") }],
      }),
    },
    project,
    stack,
    false,
    "organization",
  );
  runtime.setAllConfig(config, secretKeys);
  const outputs = (await runtime.runInPulumiStack(program)) as Outputs;
  await runtime.disconnect(); // resources that waited for others are still being registered
  return { resources: resources.filter(({ type }) => !type.startsWith("pulumi:")), outputs };
}

/**
 * The stack's resources, in the order of their creation, and its outputs, as the program states them with the
 * configuration in stacks/config. Layers below are run first, for their outputs.
 * @throws what the program throws: configuration problems, an unknown stack
 */
export async function record(stack: string): Promise<Recording> {
  const { layer, env } = parseStackName(stack);
  const standing: Record<string, Outputs> = {};
  for (const below of layers.slice(0, layers.indexOf(layer))) {
    const name = stackName({ layer: below, env });
    standing[name] = (await run(name, standing)).outputs;
  }
  return run(stack, standing);
}
