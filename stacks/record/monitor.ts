// What the SDK's mock monitor is put aside for: it tells nobody of options and outputs, and packs, unpacks and prints each
// resource twice more, in a third of the time that a program takes.
import { Resource, runtime } from "@pulumi/pulumi";
import type {
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
} from "@pulumi/pulumi/proto/resource_pb.js";
import type { Request } from "./replies.ts";

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

type Plain = Record<string, unknown>;
type Struct = Parameters<typeof runtime.deserializeProperties>[0];
type Reply = (request: Request) => { id: string; state: Plain };
type Callback = (error: Error | null, response?: object) => void;

/** Of the mock monitor, which has no declared type. */
interface Monitor {
  newUrn(parent: string, type: string, name: string): string;
  registerResource(request: RegisterResourceRequest, callback: Callback): void;
  registerResourceOutputs(request: RegisterResourceOutputsRequest, callback: Callback): void;
}

const traced = Resource as unknown as { stackTrace: (skip: number) => unknown[] };

/** Answers what is sent to the monitor from now on, and writes it down. */
export function watchMonitor(reply: Reply) {
  const resources: RecordedResource[] = [];
  const outputs: Plain = {};
  const monitor = runtime.getMonitor() as Monitor | undefined;
  if (!monitor) throw new Error("mocks set no monitor");
  monitor.registerResource = (request, callback) => {
    try {
      // As it goes over the wire, with secrets wrapped.
      const object = request.getObject()!.toJavaScript();
      const [type, name] = [request.getType(), request.getName()];
      if (request.getCustom()) resources.push(recorded(request, object));
      const { id, state } = reply({ type, name, inputs: object });
      const urn = monitor.newUrn(request.getParent(), type, name);
      // What the SDK asks of a response, by itself where there is none (runtime/resource.js).
      callback(null, {
        getUrn: () => urn,
        getId: () => id,
        getObject: () => wire(state),
        getPropertydependenciesMap: () => undefined,
        getResult: () => 0,
        getUnknown: () => false,
      });
    } catch (error) {
      callback(error as Error);
    }
  };
  monitor.registerResourceOutputs = (request, callback) => {
    Object.assign(outputs, runtime.deserializeProperties(request.getOutputs()!));
    callback(null, {});
  };
  return { resources, outputs };
}

const wire = (properties: Plain): Struct => ({ toJavaScript: () => properties }) as unknown as Struct;

const recorded = (request: RegisterResourceRequest, object: Plain): RecordedResource => ({
  type: request.getType(),
  name: request.getName(),
  inputs: runtime.deserializeProperties(wire(object)),
  protect: request.getProtect() ?? false,
  ignoreChanges: request.getIgnorechangesList(),
  dependsOn: request.getDependenciesList().map(nameOf).sort(),
  ...(request.getProvider() && { provider: request.getProvider().split("::")[3] }),
  ...(formerParents(request).length > 0 && { formerParents: formerParents(request) }),
});

const nameOf = (urn = ""): string => urn.split("::").at(-1) ?? urn;

/** As aliases name them (of Azure's resources they only name other versions of the type); "": the stack itself. */
const formerParents = (request: RegisterResourceRequest): string[] =>
  request.getAliasesList().flatMap((alias) => {
    const { parenturn = "", noparent = false } = alias.getSpec()?.toObject() ?? {};
    if (noparent) return [""];
    return parenturn === "" || parenturn === request.getParent() ? [] : [nameOf(parenturn)];
  });

/** Runs without what the SDK writes down to explain failures: a stack trace for each resource and promise. */
export async function withoutTraces(run: () => Promise<void>): Promise<void> {
  const { stackTraceLimit } = Error;
  const { stackTrace } = traced;
  Error.stackTraceLimit = 0;
  traced.stackTrace = () => [];
  try {
    await run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    traced.stackTrace = stackTrace;
  }
}
