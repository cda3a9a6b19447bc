// Runs a stack's program without an engine, and records what it asks for: for estimates of cost, for checks, for tests.
import { runtime } from "@pulumi/pulumi";
import { defaultStacks, invokeReply, resourceReply } from "./record/replies.ts";

const project = "spot-balancer";

export interface RecordedResource {
  /** `azure-native:containerservice:AgentPool` */
  type: string;
  name: string;
  /** As the engine gets them; for what is secret in them see `isSecret`. */
  inputs: Record<string, unknown>;
  protect: boolean;
  ignoreChanges: string[];
  /** Names of the resources it waits for. */
  dependsOn: string[];
  /** Name of the provider that it was given, if it was given one. */
  provider?: string;
  /** Whose child it was in earlier versions of the program; "": the stack's. */
  formerParents?: string[];
}

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
  await runtime.setMocks(
    {
      newResource: ({ type, name, inputs, id }) =>
        resourceReply(
          stack,
          { type, name, inputs: inputs as Record<string, unknown>, ...(id && { id }) },
          stacks,
        ),
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
  const recorded = watchMonitor();
  const { default: program } = await import("./index.ts");
  const { stackTraceLimit } = Error;
  // The SDK writes a stack trace down for each resource and promise, in a third of the whole time.
  Error.stackTraceLimit = 0;
  try {
    await runtime.runInPulumiStack(program);
    // Registrations go on after the program's end; the SDK waits for them by the same, undeclared, function.
    await (runtime as unknown as { waitForRPCs: () => Promise<void> }).waitForRPCs();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }

  const { resources, outputs } = recorded;
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

/** Mocks are not told of options and outputs: listens to what is sent to the monitor. */
function watchMonitor() {
  const resources: RecordedResource[] = [];
  const outputs: Record<string, unknown> = {};
  const monitor = runtime.getMonitor();
  if (!monitor) throw new Error("mocks set no monitor");
  const register = monitor.registerResource.bind(monitor) as (request: Register, ...rest: unknown[]) => never;
  const registerOutputs = monitor.registerResourceOutputs.bind(monitor) as (
    request: RegisterOutputs,
    ...rest: unknown[]
  ) => never;
  Object.assign(monitor, {
    registerResource(request: Register, ...rest: unknown[]) {
      if (request.getCustom()) {
        resources.push({
          type: request.getType(),
          name: request.getName(),
          inputs: runtime.deserializeProperties(request.getObject()),
          protect: request.getProtect(),
          ignoreChanges: request.getIgnorechangesList(),
          dependsOn: request.getDependenciesList().map(nameOf).sort(),
          ...(request.getProvider() && { provider: request.getProvider().split("::")[3] }),
          ...(formerParents(request).length > 0 && { formerParents: formerParents(request) }),
        });
      }
      return register(request, ...rest);
    },
    registerResourceOutputs(request: RegisterOutputs, ...rest: unknown[]) {
      Object.assign(outputs, runtime.deserializeProperties(request.getOutputs()));
      return registerOutputs(request, ...rest);
    },
  });
  return { resources, outputs };
}

const nameOf = (urn = ""): string => urn.split("::").at(-1) ?? urn;

/** As aliases name them (of Azure's resources they only name other versions of the type); "": the stack itself. */
const formerParents = (request: Register): string[] =>
  request.getAliasesList().flatMap((alias) => {
    const { parenturn = "", noparent = false } = alias.getSpec()?.toObject() ?? {};
    if (noparent) return [""];
    return parenturn === "" || parenturn === request.getParent() ? [] : [nameOf(parenturn)];
  });

/** What is used of the SDK's requests. */
interface Register {
  getCustom(): boolean;
  getType(): string;
  getName(): string;
  getObject(): Parameters<typeof runtime.deserializeProperties>[0];
  getProtect(): boolean;
  getIgnorechangesList(): string[];
  getDependenciesList(): string[];
  getParent(): string;
  getProvider(): string;
  getAliasesList(): { getSpec(): { toObject(): { parenturn: string; noparent: boolean } } | undefined }[];
}

interface RegisterOutputs {
  getOutputs(): Parameters<typeof runtime.deserializeProperties>[0];
}
