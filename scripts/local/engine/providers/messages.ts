// What both ends of Pulumi's provider protocol say alike: properties and failures as messages, and what each plugin answers.
import type { UntypedHandleCall } from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { defined, type Properties } from "../values.ts";
import { unary } from "../../loopbackServer.ts";
import type { Failure } from "./provider.ts";

export const providerService = (service as unknown as { ResourceProviderService: unknown })
  .ResourceProviderService;

/** What has nothing to do with resources. */
export const pluginMethods = (name: string, version: string): Record<string, UntypedHandleCall> => ({
  getSchema: unary(() =>
    fill(new messages.GetSchemaResponse(), { schema: JSON.stringify({ name, version }) }),
  ),
  getPluginInfo: unary(() => fill(new plugin.PluginInfo(), { version })),
  getMapping: unary(() => new messages.GetMappingResponse()),
  getMappings: unary(() => new messages.GetMappingsResponse()),
  attach: unary(() => new empty.Empty()),
});

export const pack = (properties: Properties): struct.Struct =>
  struct.Struct.fromJavaScript(defined(properties));

export const unpack = (message: struct.Struct | undefined): Properties => message?.toJavaScript() ?? {};

export const failureMessages = (failures: readonly Failure[]): messages.CheckFailure[] =>
  failures.map(({ property, reason }) => fill(new messages.CheckFailure(), { property, reason }));

/** A protobuf message with these fields; those that are undefined are left out. */
export function fill<T extends object>(message: T, fields: Record<string, unknown>): T {
  for (const [name, value] of Object.entries(fields)) {
    const set = (message as Record<string, unknown>)[`set${name[0]!.toUpperCase()}${name.slice(1)}`];
    if (value !== undefined) (set as (this: T, value: unknown) => void).call(message, value);
  }
  return message;
}
