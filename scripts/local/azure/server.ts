// Serves the emulated Azure by Pulumi's provider protocol, in the place of the azure-native plugin.
import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedHandleCall,
  status,
} from "@grpc/grpc-js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import { noMachines, type Machines } from "./machines.ts";
import { AzureProvider, type Log } from "./provider.ts";
import { Store } from "./store.ts";
import { fromStruct, reveal, toStruct } from "./wire.ts";
import { type Inputs, textAt } from "./problem.ts";

export interface ServeOptions {
  /** Where the resources are remembered; without it they are gone when the server stops. */
  stateFile?: string;
  /** Default: none, which is enough for previews. */
  machines?: Machines;
  /** 127.0.0.1's port; default: any free one. */
  port?: number;
  log?: Log;
}

export interface AzureServer {
  /** `127.0.0.1:<port>` */
  address: string;
  stop(): Promise<void>;
}

/** The version that we stand in for: azure-native's in package.json. */
const version = "3.28.0";

/** Starts to serve; throws when the port is taken or the state cannot be read. */
export async function serveAzure(options: ServeOptions = {}): Promise<AzureServer> {
  const provider = new AzureProvider(
    new Store(options.stateFile),
    options.machines ?? noMachines,
    options.log ?? (() => undefined),
  );
  // A list of subnets or a kubeconfig is larger than gRPC's 4 MiB before anybody notices.
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(
    (service as unknown as { ResourceProviderService: ServiceDefinition }).ResourceProviderService,
    handlers(provider),
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${options.port ?? 0}`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    address: `127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.tryShutdown(() => resolve());
        // Requests that are under way get a moment; then they are cut off.
        setTimeout(() => server.forceShutdown(), 2_000).unref();
      }),
  };
}

type Reply = object | Promise<object>;

/** One gRPC method from a plain function; what it throws becomes the call's error. */
function unary<Request>(answer: (request: Request) => Reply): UntypedHandleCall {
  return (call: { request: Request }, callback: (error: object | null, reply?: object) => void) => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (reply) => callback(null, reply),
        (error: unknown) =>
          callback({ code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) }),
      );
  };
}

/** What is not here, gRPC itself answers with UNIMPLEMENTED. */
function handlers(provider: AzureProvider): Record<string, UntypedHandleCall> {
  return {
    getSchema: unary(() => {
      const reply = new proto.GetSchemaResponse();
      reply.setSchema(JSON.stringify({ name: "azure-native", version }));
      return reply;
    }),
    getPluginInfo: unary(() => {
      const reply = new plugin.PluginInfo();
      reply.setVersion(version);
      return reply;
    }),
    getMapping: unary(() => new proto.GetMappingResponse()),
    getMappings: unary(() => new proto.GetMappingsResponse()),
    attach: unary(() => new empty.Empty()),
    cancel: unary(() => new empty.Empty()),
    checkConfig: unary((request: InstanceType<typeof proto.CheckRequest>) => {
      const reply = new proto.CheckResponse();
      reply.setInputs(request.getNews());
      return reply;
    }),
    diffConfig: unary(() => new proto.DiffResponse()),
    configure: unary((request: InstanceType<typeof proto.ConfigureRequest>) => {
      const settings = reveal(fromStruct(request.getArgs())) as Inputs;
      provider.configure({
        location: textAt(settings, "location"),
        subscriptionId: textAt(settings, "subscriptionId"),
      });
      const reply = new proto.ConfigureResponse();
      reply.setAcceptsecrets(true);
      reply.setSupportspreview(true);
      return reply;
    }),
    check: unary((request: InstanceType<typeof proto.CheckRequest>) => {
      const { inputs, problems } = provider.check(
        request.getUrn(),
        fromStruct(request.getOlds()),
        fromStruct(request.getNews()),
        request.getRandomseed_asU8(),
      );
      const reply = new proto.CheckResponse();
      reply.setInputs(toStruct(inputs));
      reply.setFailuresList(
        problems.map(({ path, message }) => {
          const failure = new proto.CheckFailure();
          failure.setProperty(path);
          failure.setReason(message);
          return failure;
        }),
      );
      return reply;
    }),
    diff: unary((request: InstanceType<typeof proto.DiffRequest>) => {
      const { changes, deleteBeforeReplace } = provider.diff(
        request.getUrn(),
        fromStruct(request.getOldInputs() ?? request.getOlds()),
        fromStruct(request.getNews()),
      );
      return diffReply(changes, deleteBeforeReplace);
    }),
    create: unary(async (request: InstanceType<typeof proto.CreateRequest>) => {
      const inputs = fromStruct(request.getProperties());
      const reply = new proto.CreateResponse();
      if (request.getPreview()) {
        reply.setProperties(toStruct(provider.preview(request.getUrn(), inputs)));
      } else {
        const { id, outputs } = await provider.create(request.getUrn(), inputs);
        reply.setId(id);
        reply.setProperties(toStruct(outputs));
      }
      return reply;
    }),
    read: unary((request: InstanceType<typeof proto.ReadRequest>) => {
      const reply = new proto.ReadResponse();
      const found = provider.read(request.getId(), request.getUrn(), fromStruct(request.getInputs()));
      if (!found) return reply; // an empty ID says that it is gone
      reply.setId(request.getId());
      reply.setProperties(toStruct(found.outputs));
      reply.setInputs(toStruct(found.inputs));
      return reply;
    }),
    update: unary(async (request: InstanceType<typeof proto.UpdateRequest>) => {
      const news = fromStruct(request.getNews());
      const outputs = request.getPreview()
        ? provider.preview(request.getUrn(), news, fromStruct(request.getOlds()))
        : await provider.update(request.getId(), request.getUrn(), news);
      const reply = new proto.UpdateResponse();
      reply.setProperties(toStruct(outputs));
      return reply;
    }),
    delete: unary(async (request: InstanceType<typeof proto.DeleteRequest>) => {
      await provider.delete(request.getId());
      return new empty.Empty();
    }),
    invoke: unary(async (request: InstanceType<typeof proto.InvokeRequest>) => {
      const reply = new proto.InvokeResponse();
      reply.setReturn(toStruct(await provider.invoke(request.getTok(), fromStruct(request.getArgs()))));
      return reply;
    }),
  };
}

function diffReply(
  changes: ReturnType<AzureProvider["diff"]>["changes"],
  deleteBeforeReplace: boolean,
): InstanceType<typeof proto.DiffResponse> {
  const reply = new proto.DiffResponse();
  const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
  reply.setChanges(changes.size > 0 ? DIFF_SOME : DIFF_NONE);
  reply.setDeletebeforereplace(deleteBeforeReplace);
  reply.setHasdetaileddiff(changes.size > 0);
  const topLevel = (path: string): string => path.split(/[.[]/)[0]!;
  reply.setDiffsList([...new Set([...changes.keys()].map(topLevel))]);
  reply.setReplacesList([
    ...new Set([...changes].filter(([, { replace }]) => replace).map(([path]) => topLevel(path))),
  ]);
  const kinds = proto.PropertyDiff.Kind;
  for (const [path, { kind, replace }] of changes) {
    const difference = new proto.PropertyDiff();
    const name = `${kind}${replace ? "_replace" : ""}`.toUpperCase() as keyof typeof kinds;
    difference.setKind(kinds[name]);
    difference.setInputdiff(true);
    reply.getDetaileddiffMap().set(path, difference);
  }
  return reply;
}
