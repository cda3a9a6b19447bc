// Serves a provider of ours over Pulumi's provider protocol, in the place of a plugin: for the Pulumi CLI.
// The protocol: proto/pulumi/provider.proto in pulumi/pulumi.
import { Metadata, status, type UntypedHandleCall } from "@grpc/grpc-js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import anyMessages from "google-protobuf/google/protobuf/any_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import {
  grpcServer,
  listenOnLoopback,
  type LoopbackServer,
  unary as plainUnary,
} from "../../loopbackServer.ts";
import { nameOf } from "../model.ts";
import { reveal } from "../values.ts";
import { fill, failureMessages, pack, pluginMethods, providerService, unpack } from "./messages.ts";
import {
  NotReadyError,
  type Change,
  type Difference,
  type PropertyDiff,
  type ProviderClient,
  type ProviderPackage,
  type Subject,
  type Transition,
} from "./provider.ts";
import { compareConfigs } from "./registry.ts";

export interface ServedPackage {
  name: string;
  /** The version that it stands in for: the SDK's. */
  version: string;
  definition: ProviderPackage;
}

/** The CLI calls every configuration of a provider by a connection of its own. */
interface Connection {
  client?: Promise<ProviderClient>;
  stopping: AbortController;
}

/** @param port default: any free one */
export async function serveProvider(served: ServedPackage, port?: number): Promise<LoopbackServer> {
  const connections = new Map<string, Connection>();
  const server = grpcServer([
    providerService,
    handlers(served, (peer) => {
      const connection = connections.get(peer) ?? { stopping: new AbortController() };
      connections.set(peer, connection);
      return connection;
    }),
  ]);
  return listenOnLoopback(server, port, (peer) => {
    const left = connections.get(peer);
    connections.delete(peer);
    left?.stopping.abort();
    void left?.client?.then(
      (client) => client.close(),
      () => undefined,
    );
  });
}

function handlers(
  { name, version, definition }: ServedPackage,
  connectionOf: (peer: string) => Connection,
): Record<string, UntypedHandleCall> {
  type Addressed = { getUrn(): string; getId?(): string; getPreview?(): boolean };
  const subjectOf = (request: Addressed): Subject => ({
    urn: request.getUrn(),
    type: request.getUrn().split("::")[2]!.split("$").at(-1)!,
    name: nameOf(request.getUrn()),
    id: request.getId?.() ?? "",
  });
  const unary = <Request>(
    answer: (request: Request, connection: Connection) => object | Promise<object>,
  ): UntypedHandleCall =>
    plainUnary<Request>((request, peer) => answer(request, connectionOf(peer)), initFailure);
  const configured = (client: Connection["client"]): Promise<ProviderClient> =>
    client ?? Promise.reject(new Error(`the provider ${name} was not configured on this connection`));
  const onResource = <Request extends Addressed>(
    answer: (client: ProviderClient, subject: Subject, request: Request, change: Change) => Promise<object>,
  ): UntypedHandleCall =>
    unary(async (request: Request, { client, stopping }) => {
      const preview = request.getPreview?.() ?? false;
      // The protocol has no place for a status.
      const change = { preview, signal: stopping.signal, status: () => undefined };
      return answer(await configured(client), subjectOf(request), request, change);
    });

  return {
    ...pluginMethods(name, version),
    cancel: unary((_request, connection) => {
      connection.stopping.abort();
      return new empty.Empty();
    }),
    checkConfig: unary((request: proto.CheckRequest) =>
      fill(new proto.CheckResponse(), {
        inputs: request.getNews(),
        failuresList: failureMessages(definition.checkConfig?.(reveal(unpack(request.getNews()))) ?? []),
      }),
    ),
    diffConfig: unary(async (request: proto.DiffRequest) => {
      const olds = unpack(request.getOldInputs() ?? request.getOlds());
      return differenceMessage(await compareConfigs(definition, olds, unpack(request.getNews())));
    }),
    configure: unary(async (request: proto.ConfigureRequest, connection) => {
      connection.client = definition.configure(reveal(unpack(request.getArgs())));
      await connection.client;
      return fill(new proto.ConfigureResponse(), { acceptsecrets: true, supportspreview: true });
    }),
    check: onResource(async (client, subject, request: proto.CheckRequest) => {
      const olds = request.hasOlds() ? unpack(request.getOlds()) : {};
      const { inputs, failures } = await client.check(subject, {
        news: unpack(request.getNews()),
        seed: request.getRandomseed_asU8(),
        ...(Object.keys(olds).length > 0 && { olds }),
      });
      return fill(new proto.CheckResponse(), {
        inputs: pack(inputs),
        failuresList: failureMessages(failures),
      });
    }),
    diff: onResource(async (client, subject, request: proto.DiffRequest) =>
      differenceMessage(await client.diff(subject, transitionOf(request))),
    ),
    create: onResource(async (client, subject, request: proto.CreateRequest, change) => {
      const inputs = unpack(request.getProperties());
      const { id, outputs } = await client.create(subject, { inputs, ...change });
      return fill(new proto.CreateResponse(), { id, properties: pack(outputs) });
    }),
    update: onResource(async (client, subject, request: proto.UpdateRequest, change) => {
      const { outputs } = await client.update(subject, { ...transitionOf(request), ...change });
      return fill(new proto.UpdateResponse(), { properties: pack(outputs) });
    }),
    read: onResource(async (client, subject, request: proto.ReadRequest) => {
      const [inputs, outputs] = [unpack(request.getInputs()), unpack(request.getProperties())];
      const found = await client.read(subject, { inputs, outputs });
      if (!found) return new proto.ReadResponse(); // the protocol's way to say "gone"
      return fill(new proto.ReadResponse(), {
        ...{ id: found.id, inputs: pack(found.inputs), properties: pack(found.outputs) },
      });
    }),
    delete: onResource(async (client, subject, request: proto.DeleteRequest, change) => {
      const [inputs, outputs] = [unpack(request.getOldInputs()), unpack(request.getProperties())];
      await client.delete(subject, { inputs, outputs, ...change });
      return new empty.Empty();
    }),
    invoke: unary(async (request: proto.InvokeRequest, { client }) => {
      const result = await (await configured(client)).invoke(request.getTok(), unpack(request.getArgs()));
      return fill(new proto.InvokeResponse(), { return: pack(result) });
    }),
  };
}

const transitionOf = (request: proto.DiffRequest | proto.UpdateRequest): Transition => ({
  oldInputs: unpack(request.getOldInputs()),
  oldOutputs: unpack(request.getOlds()),
  newInputs: unpack(request.getNews()),
  ignoreChanges: request.getIgnorechangesList(),
});

function differenceMessage(difference: Difference): proto.DiffResponse {
  const { changes, replaces, deleteBeforeReplace, details = new Map<string, PropertyDiff>() } = difference;
  const verdicts = proto.DiffResponse.DiffChanges;
  const kinds = proto.PropertyDiff.Kind;
  const tops = (paths: Iterable<string>) => [...new Set([...paths].map((path) => path.split(/[.[]/)[0]!))];
  const reply = fill(new proto.DiffResponse(), {
    changes: changes === "some" ? verdicts.DIFF_SOME : verdicts.DIFF_NONE,
    replacesList: tops(replaces),
    diffsList: tops(details.size > 0 ? details.keys() : replaces),
    deletebeforereplace: deleteBeforeReplace && replaces.length > 0,
    hasdetaileddiff: details.size > 0,
  });
  for (const [path, { kind, replace }] of details) {
    const name = `${kind}${replace ? "_replace" : ""}`.toUpperCase() as keyof typeof kinds;
    const change = fill(new proto.PropertyDiff(), { kind: kinds[name], inputdiff: true });
    reply.getDetaileddiffMap().set(path, change);
  }
  return reply;
}

/** "Created, but not initialized" travels in the error's details. */
function initFailure(error: Error): { metadata?: Metadata } {
  if (!(error instanceof NotReadyError)) return {};
  const failed = fill(new proto.ErrorResourceInitFailed(), {
    ...{ id: error.id, properties: pack(error.outputs), reasonsList: error.reasons },
  });
  const detail = new anyMessages.Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const message = fill(new statusMessages.Status(), {
    ...{ code: status.UNKNOWN, message: error.message, detailsList: [detail] },
  });
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(message.serializeBinary()));
  return { metadata };
}
