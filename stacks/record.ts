// Runs a stack's program without an engine, and records what it asks for: for estimates of cost, for checks, for tests.
import "./record/lightSdk.ts";
import { runtime } from "@pulumi/pulumi";
import { type RecordedResource, watchMonitor, withoutTraces } from "./record/monitor.ts";
import { type Request, defaultStacks, invokeReply, resourceReply } from "./record/replies.ts";

const project = "spot-balancer";

export type { RecordedResource };

export interface Recording {
  resources: RecordedResource[];
  outputs: Record<string, unknown>;
  /** Functions of providers that were called, with what. */
  calls: { token: string; inputs: unknown }[];
  all: (type: string) => RecordedResource[];
  /** The one of a type, by name where there are several; throws when it was not asked for. */
  find: (type: string, name?: string) => RecordedResource;
}

export interface RecordOptions {
  /** Configuration by key, without the project before it. */
  config?: Record<string, unknown>;
  /** Keys of it that are kept as secrets. */
  secrets?: string[];
  /** Outputs of other stacks, by full name; default: the other layers of the same environment are deployed. */
  stacks?: Record<string, Record<string, unknown>>;
}

/** Runs the program of `stack` (`base-dev`) as `pulumi up` would on an empty state. One at a time in a process. */
export async function record(stack: string, options: RecordOptions = {}): Promise<Recording> {
  const { config = {}, secrets = [], stacks = defaultStacks(stack) } = options;
  const toText = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const fullKey = (key: string) => `${project}:${key}`;
  runtime.setAllConfig(
    Object.fromEntries(Object.entries(config).map(([key, value]) => [fullKey(key), toText(value)])),
    secrets.map(fullKey),
  );
  const calls: Recording["calls"] = [];
  const reply = (request: Request) => resourceReply(stack, request, stacks);
  await runtime.setMocks(
    {
      // Of what is read only (other stacks); what is registered is answered by watchMonitor.
      newResource: ({ type, name, inputs, id }) =>
        reply({ type, name, inputs: inputs as Record<string, unknown>, ...(id && { id }) }),
      call({ token, inputs }) {
        calls.push({ token, inputs: inputs as unknown });
        return invokeReply(token);
      },
    },
    project,
    stack,
    false,
    "organization",
  );
  const { resources, outputs } = watchMonitor(reply);
  const { default: program } = await import("./index.ts");
  await withoutTraces(async () => {
    await runtime.runInPulumiStack(program);
    // Registrations go on after the program's end; the SDK waits for them by the same, undeclared, function.
    await (runtime as unknown as { waitForRPCs: () => Promise<void> }).waitForRPCs();
  });
  // In which order independent resources are asked for is left to chance.
  resources.sort((one, other) => (`${one.type} ${one.name}` < `${other.type} ${other.name}` ? -1 : 1));
  return {
    ...{ resources, outputs, calls },
    all: (type) => resources.filter((resource) => resource.type === type),
    find(type, name) {
      const found = resources.find(
        (each) => each.type === type && (name === undefined || each.name === name),
      );
      if (!found) throw new Error(`${stack} asked for no ${type} ${name ?? ""}`.trim());
      return found;
    },
  };
}

/** Whether an input or output is a secret, as a whole. */
export const isSecret = (value: unknown): value is { value: unknown } =>
  typeof value === "object" && value !== null && runtime.isRpcSecret(value);
