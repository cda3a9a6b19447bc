// What both ends of Pulumi's provider protocol say alike: properties and failures as messages.
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { defined, type Properties } from "../values.ts";
import type { Failure } from "./provider.ts";

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
