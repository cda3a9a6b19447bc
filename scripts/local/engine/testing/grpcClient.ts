// For tests: the other end of Pulumi's provider protocol, as the CLI has it.
import { credentials, type Client, type ServiceError } from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { noSizeLimit } from "../../loopbackServer.ts";
import { fill, pack, unpack } from "../providers/messages.ts";
import {
  NotReadyError,
  type Difference,
  type Failure,
  type ProviderClient,
  type ProviderPackage,
  type Subject,
} from "../providers/provider.ts";

type Message = { serializeBinary(): Uint8Array };
type Calls = Record<
  string,
  (request: Message, done: (error: ServiceError | null, reply: unknown) => void) => void
>;

/** A package served at `address` (`host:port`, loopback). */
export function grpcPackage(address: string): ProviderPackage {
  return {
    async configure(inputs) {
      const client = new providerGrpc.ResourceProviderClient(address, credentials.createInsecure(), {
        ...noSizeLimit,
        // A connection of its own for each configuration, as the CLI has it: `serve.ts` tells them apart by that.
        "grpc.use_local_subchannel_pool": 1,
      });
      const call = caller(client);
      const args = Object.fromEntries(
        Object.entries(inputs).map(([key, value]) => [
          key,
          typeof value === "string" ? value : JSON.stringify(value),
        ]),
      );
      const request = fill(new messages.ConfigureRequest(), {
        args: struct.Struct.fromJavaScript(args),
        acceptsecrets: true,
        sendsOldInputs: true,
        sendsOldInputsToDelete: true,
      });
      for (const [key, value] of Object.entries(args)) request.getVariablesMap().set(key, value);
      const reply = await call<messages.ConfigureResponse>("configure", request);
      if (!reply.getAcceptsecrets() || !reply.getSupportspreview())
        throw new Error(`expected of the provider at ${address} that it takes secrets and previews`);
      return clientOf(client, call);
    },
  };
}

function clientOf(client: Client, call: ReturnType<typeof caller>): ProviderClient {
  const about = <T extends object>(request: T, { urn, type, name }: Subject, fields: object): T =>
    fill(request, { urn, type, name, ...fields });

  return {
    async check(subject, { olds, news }) {
      const fields = { olds: pack(olds ?? {}), news: pack(news) };
      const request = about(new messages.CheckRequest(), subject, fields);
      const reply = await call<messages.CheckResponse>("check", request);
      return { inputs: unpack(reply.getInputs()), failures: failuresOf(reply.getFailuresList()) };
    },

    async diff(subject, { oldInputs, oldOutputs, newInputs, ignoreChanges }) {
      const request = about(new messages.DiffRequest(), subject, {
        id: subject.id,
        oldInputs: pack(oldInputs),
        olds: pack(oldOutputs),
        news: pack(newInputs),
        ignorechangesList: ignoreChanges,
      });
      return differenceOf(await call<messages.DiffResponse>("diff", request));
    },

    async create(subject, { inputs, preview }) {
      const request = about(new messages.CreateRequest(), subject, { properties: pack(inputs), preview });
      const reply = await call<messages.CreateResponse>("create", request);
      return { id: reply.getId(), outputs: unpack(reply.getProperties()) };
    },

    async update(subject, { oldInputs, oldOutputs, newInputs, ignoreChanges, preview }) {
      const request = about(new messages.UpdateRequest(), subject, {
        id: subject.id,
        oldInputs: pack(oldInputs),
        olds: pack(oldOutputs),
        news: pack(newInputs),
        ignorechangesList: ignoreChanges,
        preview,
      });
      const reply = await call<messages.UpdateResponse>("update", request);
      return { outputs: unpack(reply.getProperties()) };
    },

    async delete(subject, { inputs, outputs }) {
      const fields = { id: subject.id, properties: pack(outputs), oldInputs: pack(inputs) };
      await call("delete", about(new messages.DeleteRequest(), subject, fields));
    },

    async read(subject, { inputs, outputs }) {
      const fields = { id: subject.id, properties: pack(outputs), inputs: pack(inputs) };
      const request = about(new messages.ReadRequest(), subject, fields);
      const reply = await call<messages.ReadResponse>("read", request);
      if (!reply.getId()) return undefined; // the protocol's way to say "gone"
      return {
        id: reply.getId(),
        inputs: reply.hasInputs() ? unpack(reply.getInputs()) : inputs,
        outputs: unpack(reply.getProperties()),
      };
    },

    async invoke(token, args) {
      const request = fill(new messages.InvokeRequest(), { tok: token, args: pack(args) });
      const reply = await call<messages.InvokeResponse>("invoke", request);
      return unpack(reply.getReturn());
    },

    close: () => client.close(),
  };
}

/** Calls a method of the stub as a promise; gRPC's own decoration of messages is taken off. */
function caller(client: Client) {
  return <T>(method: string, request: Message): Promise<T> =>
    new Promise((resolve, reject) => {
      (client as unknown as Calls)[method]!.call(client, request, (error, reply) => {
        if (error) reject(notReady(error) ?? new Error(error.details || error.message));
        else resolve(reply as T);
      });
    });
}

/** "Created, but not initialized" travels in the error's details. */
function notReady(error: ServiceError): NotReadyError | undefined {
  const [details] = error.metadata?.get("grpc-status-details-bin") ?? [];
  if (!(details instanceof Uint8Array)) return undefined;
  for (const detail of statusMessages.Status.deserializeBinary(details).getDetailsList()) {
    if (!detail.getTypeUrl().endsWith("pulumirpc.ErrorResourceInitFailed")) continue;
    const failed = messages.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
    const outputs = failed.getProperties()?.toJavaScript() ?? {};
    return new NotReadyError(failed.getId(), outputs, failed.getReasonsList());
  }
  return undefined;
}

const failuresOf = (list: messages.CheckFailure[]): Failure[] =>
  list.map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));

function differenceOf(reply: messages.DiffResponse): Difference {
  const { DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const replaces = new Set(reply.getReplacesList());
  reply.getDetaileddiffMap().forEach((detail, path) => {
    // ADD_REPLACE, DELETE_REPLACE and UPDATE_REPLACE are the odd kinds.
    if (detail.getKind() % 2 === 1) replaces.add(path);
  });
  return {
    changes: reply.getChanges() === DIFF_SOME ? "some" : "none",
    replaces: [...replaces],
    deleteBeforeReplace: reply.getDeletebeforereplace(),
  };
}
