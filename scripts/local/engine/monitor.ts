// The two gRPC services that a Pulumi program talks to, translated to calls on plain objects.
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";
import monitorGrpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/resource_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { grpcServer, listenOnLoopback, unary } from "../loopbackServer.ts";
import { fill, pack, unpack } from "./providers/messages.ts";
import type { ReadGoal } from "./reading.ts";
import { goalOf, refuseUnsupported } from "./requests.ts";
import type { Goal } from "./model.ts";
import type { Properties } from "./values.ts";

export interface Registered {
  urn: string;
  id: string;
  outputs: Properties;
  propertyDependencies: Record<string, string[]>;
}

/** What the engine does when the program asks. A rejected promise ends the run. */
export interface MonitorHandler {
  /** @param read gives the goal, or throws when it asks for something unsupported */
  register(read: () => Goal): Promise<Registered>;
  read(goal: ReadGoal): Promise<{ urn: string; outputs: Properties }>;
  invoke(token: string, args: Properties, provider: string | undefined): Promise<Properties>;
  registerOutputs(urn: string, outputs: Properties): Promise<void>;
  log(severity: "debug" | "info" | "warning" | "error", message: string, urn?: string): void;
}

/**
 * What the program may use. Features that the engine lacks are claimed too where the SDK would otherwise
 * advise "update the Pulumi CLI": the call is then refused by name in `requests.ts`.
 * Not claimed: aliasSpecs (the SDK then computes every alias URN itself), resourceReferences and outputValues
 * (resources then travel as ids), invokeDependsOn (the SDK then waits itself).
 */
const Feature = messages.ResourceMonitorFeature;
const features = [
  Feature.RESOURCE_MONITOR_FEATURE_SECRETS,
  Feature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
  Feature.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
  Feature.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
  Feature.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS,
  Feature.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
  Feature.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
  Feature.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
  Feature.RESOURCE_MONITOR_FEATURE_STATE_MIGRATIONS,
];

/** Serves a handler on a free loopback port, to processes of this user. */
export async function serveMonitor(
  handler: MonitorHandler,
  identity: { stack: string; project: string },
): Promise<{ address: string; close(): void }> {
  const refused = (feature: string) =>
    unary(() => {
      const message = `the embedded engine does not support ${feature}; use the Pulumi CLI, or do without`;
      handler.log("error", message); // the SDK loses the message of some rejections
      throw new Error(message);
    });

  const monitor = {
    supportsFeature: unary((request: messages.SupportsFeatureRequest) =>
      fill(new messages.SupportsFeatureResponse(), { hassupport: request.getId() === "secrets" }),
    ),
    getDeploymentInfo: unary(() =>
      fill(new messages.DeploymentInfo(), {
        stack: identity.stack,
        project: identity.project,
        supportedfeaturesList: features,
      }),
    ),
    registerResource: unary(async (request: messages.RegisterResourceRequest) => {
      const registered = await handler.register(() => goalOf(request, identity));
      const { urn, id, outputs } = registered;
      const reply = fill(new messages.RegisterResourceResponse(), { urn, id, object: pack(outputs) });
      for (const [key, urns] of Object.entries(registered.propertyDependencies)) {
        const dependencies = new messages.RegisterResourceResponse.PropertyDependencies();
        reply.getPropertydependenciesMap().set(key, fill(dependencies, { urnsList: urns }));
      }
      return reply;
    }),
    readResource: unary(async (request: messages.ReadResourceRequest) => {
      const { urn, outputs } = await handler.read({
        type: request.getType(),
        name: request.getName(),
        id: request.getId(),
        parent: request.getParent() || undefined,
        inputs: unpack(request.getProperties()),
        dependencies: request.getDependenciesList(),
      });
      return fill(new messages.ReadResourceResponse(), { urn, properties: pack(outputs) });
    }),
    invoke: unary(async (request: messages.ResourceInvokeRequest) => {
      refuseUnsupported(`function ${request.getTok()}`, {
        "a parameterized package": request.getPackageref(),
      });
      const result = await handler.invoke(
        request.getTok(),
        unpack(request.getArgs()),
        request.getProvider() || undefined,
      );
      return fill(new messages.ResourceInvokeResponse(), { return: pack(result) });
    }),
    registerResourceOutputs: unary(async (request: messages.RegisterResourceOutputsRequest) => {
      await handler.registerOutputs(request.getUrn(), unpack(request.getOutputs()));
      return new empty.Empty();
    }),
    // Deletions follow when the program has ended, so there is nothing to wait for.
    signalAndWaitForShutdown: unary(() => new empty.Empty()),
    call: refused("method calls on resources"),
    existsResource: refused("existence checks of resources"),
    registerStackTransform: refused("stack transforms"),
    registerStackInvokeTransform: refused("invoke transforms"),
    registerResourceHook: refused("resource hooks"),
    registerErrorHook: refused("error hooks"),
    registerPackage: refused("parameterized packages"),
  };

  let root = "";
  const severities = ["debug", "info", "warning", "error"] as const;
  const engine = {
    log: unary((request: engineMessages.LogRequest) => {
      handler.log(
        severities[request.getSeverity()] ?? "info",
        request.getMessage(),
        request.getUrn() || undefined,
      );
      return new empty.Empty();
    }),
    getRootResource: unary(() => fill(new engineMessages.GetRootResourceResponse(), { urn: root })),
    setRootResource: unary((request: engineMessages.SetRootResourceRequest) => {
      root = request.getUrn();
      return new engineMessages.SetRootResourceResponse();
    }),
    startDebugging: refused("debugging"),
    requirePulumiVersion: refused("version requirements on the Pulumi CLI"),
  };

  const server = grpcServer(
    [monitorGrpc.ResourceMonitorService, monitor],
    [engineGrpc.EngineService, engine],
  );
  const { address, close } = await listenOnLoopback(server);
  return { address, close: () => void close() };
}
