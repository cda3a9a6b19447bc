// For tests: talks to the emulated Azure over gRPC as Pulumi's engine does, in plain values.
import { credentials } from "@grpc/grpc-js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import type { Inputs } from "../problem.ts";
import { fill, pack, unpack } from "../../engine/providers/messages.ts";
import { toProperties } from "../secrets.ts";

export type AzureClient = ReturnType<typeof buildClient>;

/** `azure-native:network:Subnet`, `nodes` → a URN. */
export const buildUrn = (token: string, name: string): string =>
  `urn:pulumi:base-test::spot-balancer::${token.startsWith("azure-native:") ? token : `azure-native:${token}`}::${name}`;

type Method = (request: unknown, callback: (error: Error | null, reply: unknown) => void) => void;

export const toStruct = (value: Inputs) => pack(toProperties(value));
const fromStruct: (message: Parameters<typeof unpack>[0]) => Inputs = unpack;

export function buildClient(address: string) {
  const client = new service.ResourceProviderClient(address, credentials.createInsecure());
  const send = <Reply>(method: string, request: unknown): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const run = (client as unknown as Record<string, Method>)[method]!;
      run.call(client, request, (error, reply) => (error ? reject(error) : resolve(reply as Reply)));
    });
  let configured: Promise<unknown> | undefined;
  const configure = (args: Inputs = {}) => {
    const request = fill(new proto.ConfigureRequest(), { args: toStruct(args) });
    const reply = send<proto.ConfigureResponse>("configure", request);
    configured = reply;
    return reply;
  };
  /** A provider answers once it is configured. */
  const call = async <Reply>(method: string, request: unknown): Promise<Reply> => {
    await (configured ?? configure());
    return send(method, request);
  };

  /** `failures`: `path: message` each. */
  async function check(urn: string, news: Inputs, olds: Inputs = {}) {
    const seed = new Uint8Array(32).fill(7);
    const fields = { urn, news: toStruct(news), olds: toStruct(olds), randomseed: seed };
    const reply = await call<proto.CheckResponse>("check", fill(new proto.CheckRequest(), fields));
    const failures = reply.getFailuresList().map((each) => [each.getProperty(), each.getReason()]);
    return {
      inputs: fromStruct(reply.getInputs()),
      failures: failures.map((texts) => texts.filter(Boolean).join(": ")),
    };
  }

  async function create(urn: string, inputs: Inputs, preview = false) {
    const request = fill(new proto.CreateRequest(), { urn, properties: toStruct(inputs), preview });
    const reply = await call<proto.CreateResponse>("create", request);
    return { id: reply.getId(), outputs: fromStruct(reply.getProperties()) };
  }

  return {
    call: (method: string, request: unknown) => call<unknown>(method, request),
    close: () => client.close(),
    check,
    create,

    /** Check, then create: what an `up` does with a new resource. Throws when the check finds something. */
    async make(token: string, name: string, news: Inputs) {
      const urn = buildUrn(token, name);
      const { inputs, failures } = await check(urn, news);
      if (failures.length > 0) throw new Error(failures.join("\n"));
      return { urn, inputs, ...(await create(urn, inputs)) };
    },

    async update(id: string, urn: string, news: Inputs, preview = false, olds: Inputs = {}) {
      const fields = { id, urn, news: toStruct(news), olds: toStruct(olds), preview };
      const reply = await call<proto.UpdateResponse>("update", fill(new proto.UpdateRequest(), fields));
      return fromStruct(reply.getProperties());
    },

    async diff(urn: string, oldInputs: Inputs, news: Inputs) {
      const fields = { urn, olds: toStruct({}), oldInputs: toStruct(oldInputs), news: toStruct(news) };
      const reply = await call<proto.DiffResponse>("diff", fill(new proto.DiffRequest(), fields));
      const kinds = Object.entries(proto.PropertyDiff.Kind);
      const detailed: Record<string, string> = {};
      reply.getDetaileddiffMap().forEach((change, path) => {
        detailed[path] = kinds.find(([, kind]) => kind === change.getKind())![0];
      });
      return {
        changes: reply.getChanges() === proto.DiffResponse.DiffChanges.DIFF_SOME,
        replaces: reply.getReplacesList(),
        deleteBeforeReplace: reply.getDeletebeforereplace(),
        detailed,
      };
    },

    async read(id: string, urn: string, inputs: Inputs = {}, outputs: Inputs = {}) {
      const fields = { id, urn, inputs: toStruct(inputs), properties: toStruct(outputs) };
      const reply = await call<proto.ReadResponse>("read", fill(new proto.ReadRequest(), fields));
      return {
        id: reply.getId(),
        inputs: fromStruct(reply.getInputs()),
        outputs: fromStruct(reply.getProperties()),
      };
    },

    remove: (id: string, urn: string) => call("delete", fill(new proto.DeleteRequest(), { id, urn })),

    async invoke(token: string, args: Inputs) {
      const fields = { tok: `azure-native:${token}`, args: toStruct(args) };
      const reply = await call<proto.InvokeResponse>("invoke", fill(new proto.InvokeRequest(), fields));
      return fromStruct(reply.getReturn());
    },

    configure,

    pluginVersion: async () =>
      (await call<{ getVersion(): string }>("getPluginInfo", new empty.Empty())).getVersion(),
  };
}
