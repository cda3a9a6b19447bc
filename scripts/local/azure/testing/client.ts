// For tests: talks to the emulated Azure over gRPC as Pulumi's engine does, in plain values.
import { credentials } from "@grpc/grpc-js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import type { Inputs } from "../problem.ts";
import { fromStruct, toStruct } from "../wire.ts";

export interface Checked {
  inputs: Inputs;
  /** `path: message` each. */
  failures: string[];
}

export type AzureClient = ReturnType<typeof buildClient>;

/** `azure-native:network:Subnet`, `nodes` → a URN. */
export const buildUrn = (token: string, name: string): string =>
  `urn:pulumi:base-test::spot-balancer::${token.startsWith("azure-native:") ? token : `azure-native:${token}`}::${name}`;

export function buildClient(address: string) {
  const client = new service.ResourceProviderClient(address, credentials.createInsecure());
  type Method = (request: unknown, callback: (error: Error | null, reply: unknown) => void) => void;
  const call = <Reply>(method: string, request: unknown): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const run = (client as unknown as Record<string, Method>)[method]!;
      run.call(client, request, (error, reply) => (error ? reject(error) : resolve(reply as Reply)));
    });

  async function check(urn: string, news: Inputs, olds: Inputs = {}): Promise<Checked> {
    const request = new proto.CheckRequest();
    request.setUrn(urn);
    request.setNews(toStruct(news));
    request.setOlds(toStruct(olds));
    request.setRandomseed(new Uint8Array(32).fill(7));
    const reply = await call<InstanceType<typeof proto.CheckResponse>>("check", request);
    return {
      inputs: fromStruct(reply.getInputs()),
      failures: reply
        .getFailuresList()
        .map((failure) =>
          failure.getProperty() ? `${failure.getProperty()}: ${failure.getReason()}` : failure.getReason(),
        ),
    };
  }

  async function create(
    urn: string,
    inputs: Inputs,
    preview = false,
  ): Promise<{ id: string; outputs: Inputs }> {
    const request = new proto.CreateRequest();
    request.setUrn(urn);
    request.setProperties(toStruct(inputs));
    request.setPreview(preview);
    const reply = await call<InstanceType<typeof proto.CreateResponse>>("create", request);
    return { id: reply.getId(), outputs: fromStruct(reply.getProperties()) };
  }

  async function update(
    id: string,
    urn: string,
    news: Inputs,
    preview = false,
    olds: Inputs = {},
  ): Promise<Inputs> {
    const request = new proto.UpdateRequest();
    request.setId(id);
    request.setUrn(urn);
    request.setNews(toStruct(news));
    request.setOlds(toStruct(olds));
    request.setPreview(preview);
    return fromStruct(
      (await call<InstanceType<typeof proto.UpdateResponse>>("update", request)).getProperties(),
    );
  }

  async function diff(urn: string, oldInputs: Inputs, news: Inputs) {
    const request = new proto.DiffRequest();
    request.setUrn(urn);
    request.setOlds(toStruct({}));
    request.setOldInputs(toStruct(oldInputs));
    request.setNews(toStruct(news));
    const reply = await call<InstanceType<typeof proto.DiffResponse>>("diff", request);
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
  }

  async function read(id: string, urn: string, inputs: Inputs = {}) {
    const request = new proto.ReadRequest();
    request.setId(id);
    request.setUrn(urn);
    request.setInputs(toStruct(inputs));
    const reply = await call<InstanceType<typeof proto.ReadResponse>>("read", request);
    return {
      id: reply.getId(),
      inputs: fromStruct(reply.getInputs()),
      outputs: fromStruct(reply.getProperties()),
    };
  }

  async function remove(id: string, urn: string): Promise<void> {
    const request = new proto.DeleteRequest();
    request.setId(id);
    request.setUrn(urn);
    await call("delete", request);
  }

  async function invoke(token: string, args: Inputs): Promise<Inputs> {
    const request = new proto.InvokeRequest();
    request.setTok(`azure-native:${token}`);
    request.setArgs(toStruct(args));
    return fromStruct((await call<InstanceType<typeof proto.InvokeResponse>>("invoke", request)).getReturn());
  }

  async function configure(args: Inputs): Promise<InstanceType<typeof proto.ConfigureResponse>> {
    const request = new proto.ConfigureRequest();
    request.setArgs(toStruct(args));
    return call("configure", request);
  }

  /** Check, then create: what an `up` does with a new resource. Throws when the check finds something. */
  async function make(
    token: string,
    name: string,
    news: Inputs,
  ): Promise<{ id: string; urn: string; inputs: Inputs; outputs: Inputs }> {
    const urn = buildUrn(token, name);
    const { inputs, failures } = await check(urn, news);
    if (failures.length > 0) throw new Error(failures.join("\n"));
    return { urn, inputs, ...(await create(urn, inputs)) };
  }

  return {
    check,
    create,
    update,
    diff,
    read,
    remove,
    invoke,
    configure,
    make,
    pluginVersion: async () =>
      (await call<{ getVersion(): string }>("getPluginInfo", new empty.Empty())).getVersion(),
    call: (method: string, request: unknown) => call<unknown>(method, request),
    close: () => client.close(),
  };
}
