// Serves the emulated Azure by Pulumi's provider protocol, in the place of the azure-native plugin.
import type { UntypedHandleCall } from "@grpc/grpc-js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import { grpcServer, listenOnLoopback, unary } from "../loopbackServer.ts";
import { noMachines, type Machines } from "./machines.ts";
import { AzureProvider, type Log } from "./provider.ts";
import { Store } from "./store.ts";
import { failureMessages, fill, pluginMethods, providerService } from "../engine/providers/messages.ts";
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
  /** ms since 1970 */
  now?: () => number;
}

export interface AzureServer {
  /** `127.0.0.1:<port>` */
  address: string;
  /** Some weeks pass at once: Azure upgrades and grows what it is allowed to. */
  passTime(): void;
  /** Kubernetes versions that run: of each control plane and each pool, by name. */
  versions(): { name: string; version: string }[];
  stop(): Promise<void>;
}

/** The version that we stand in for: azure-native's in package.json. */
const version = "3.28.0";

/** Starts to serve; throws when the port is taken or the state cannot be read. */
export async function serveAzure(options: ServeOptions = {}): Promise<AzureServer> {
  const provider = new AzureProvider(
    new Store(options.stateFile, options.now),
    options.machines ?? noMachines,
    options.log ?? (() => undefined),
  );
  const server = grpcServer([providerService, handlers(provider)]);
  const listener = await listenOnLoopback(server, options.port);
  return {
    address: listener.address,
    passTime: () => provider.passTime(),
    versions: () => provider.versions(),
    stop: () => listener.close(2_000),
  };
}

/** What is not here, gRPC itself answers with UNIMPLEMENTED. */
function handlers(provider: AzureProvider): Record<string, UntypedHandleCall> {
  return {
    ...pluginMethods("azure-native", version),
    cancel: unary(() => new empty.Empty()),
    checkConfig: unary((request: proto.CheckRequest) =>
      fill(new proto.CheckResponse(), { inputs: request.getNews() }),
    ),
    diffConfig: unary(() => new proto.DiffResponse()),
    configure: unary((request: proto.ConfigureRequest) => {
      const settings = reveal(fromStruct(request.getArgs())) as Inputs;
      provider.configure({
        location: textAt(settings, "location"),
        subscriptionId: textAt(settings, "subscriptionId"),
      });
      return fill(new proto.ConfigureResponse(), { acceptsecrets: true, supportspreview: true });
    }),
    check: unary((request: proto.CheckRequest) => {
      const { inputs, problems } = provider.check(
        request.getUrn(),
        fromStruct(request.getOlds()),
        fromStruct(request.getNews()),
        request.getRandomseed_asU8(),
      );
      return fill(new proto.CheckResponse(), {
        inputs: toStruct(inputs),
        failuresList: failureMessages(
          problems.map(({ path, message }) => ({ property: path, reason: message })),
        ),
      });
    }),
    diff: unary((request: proto.DiffRequest) => {
      const olds = fromStruct(request.getOldInputs() ?? request.getOlds());
      return diffReply(provider.diff(request.getUrn(), olds, fromStruct(request.getNews())));
    }),
    create: unary(async (request: proto.CreateRequest) => {
      const [urn, inputs] = [request.getUrn(), fromStruct(request.getProperties())];
      const { id, outputs } = request.getPreview()
        ? { id: "", outputs: provider.preview(urn, inputs) }
        : await provider.create(urn, inputs);
      return fill(new proto.CreateResponse(), { id, properties: toStruct(outputs) });
    }),
    read: unary((request: proto.ReadRequest) => {
      const id = request.getId();
      const [inputs, outputs] = [fromStruct(request.getInputs()), fromStruct(request.getProperties())];
      const found = provider.read(id, request.getUrn(), inputs, outputs);
      if (!found) return new proto.ReadResponse(); // an empty ID says that it is gone
      const reply = { id, inputs: toStruct(found.inputs), properties: toStruct(found.outputs) };
      return fill(new proto.ReadResponse(), reply);
    }),
    update: unary(async (request: proto.UpdateRequest) => {
      const [urn, news] = [request.getUrn(), fromStruct(request.getNews())];
      const outputs = request.getPreview()
        ? provider.preview(urn, news, fromStruct(request.getOlds()))
        : await provider.update(request.getId(), urn, news);
      return fill(new proto.UpdateResponse(), { properties: toStruct(outputs) });
    }),
    delete: unary(async (request: proto.DeleteRequest) => {
      await provider.delete(request.getId());
      return new empty.Empty();
    }),
    invoke: unary(async (request: proto.InvokeRequest) =>
      fill(new proto.InvokeResponse(), {
        return: toStruct(await provider.invoke(request.getTok(), fromStruct(request.getArgs()))),
      }),
    ),
  };
}

function diffReply({ changes, deleteBeforeReplace }: ReturnType<AzureProvider["diff"]>): object {
  const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
  const properties = (paths: string[]) => [...new Set(paths.map((path) => path.split(/[.[]/)[0]!))];
  const replaces = [...changes].filter(([, { replace }]) => replace).map(([path]) => path);
  const reply = fill(new proto.DiffResponse(), {
    changes: changes.size > 0 ? DIFF_SOME : DIFF_NONE,
    deletebeforereplace: deleteBeforeReplace,
    hasdetaileddiff: changes.size > 0,
    diffsList: properties([...changes.keys()]),
    replacesList: properties(replaces),
  });
  const kinds = proto.PropertyDiff.Kind;
  for (const [path, { kind, replace }] of changes) {
    const name = `${kind}${replace ? "_replace" : ""}`.toUpperCase() as keyof typeof kinds;
    const difference = fill(new proto.PropertyDiff(), { kind: kinds[name], inputdiff: true });
    reply.getDetaileddiffMap().set(path, difference);
  }
  return reply;
}
