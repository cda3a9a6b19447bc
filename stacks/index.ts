// The program of every stack: picks the layer by the stack's name, and imports nothing of the others.
import { getStack } from "@pulumi/pulumi";
import { meterCosts } from "./cost.ts";
import { enforcePolicies } from "./policies/enforce.ts";
import { configuredStacks, parseStackName, type Layer, type StackName } from "./stackName.ts";

// Pulumi's host maps every stack trace through source maps, and its SDK takes one for each resource and output, which
// makes a fifth of a preview. Our lines need no map: Node strips types in place.
Reflect.deleteProperty(Error, "prepareStackTrace");

type Outputs = Record<string, unknown>;
type Program = (stack: StackName) => Outputs | Promise<Outputs>;

const programs: Record<Layer, () => Promise<Program>> = {
  base: async () => (await import("./base/index.ts")).default,
  db: async () => (await import("./db/index.ts")).default,
  deploy: async () => (await import("./deploy/index.ts")).default,
};

/** What Pulumi runs; the result are the stack's outputs. */
export default async function program(): Promise<Outputs> {
  const stack = parseStackName(getStack(), configuredStacks());
  const layer = await programs[stack.layer]();
  const policies = enforcePolicies(stack);
  const costs = meterCosts();
  const outputs = await layer(stack);
  policies.finish();
  return { ...outputs, ...costs.outputs() };
}
