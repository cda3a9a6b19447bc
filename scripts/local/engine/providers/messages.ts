// What both ends of Pulumi's provider protocol say alike: properties and failures as messages.
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { fill } from "../../azure/wire.ts";
import { defined, type Properties } from "../values.ts";
import type { Failure } from "./provider.ts";

export const pack = (properties: Properties): struct.Struct =>
  struct.Struct.fromJavaScript(defined(properties));

export const unpack = (message: struct.Struct | undefined): Properties => message?.toJavaScript() ?? {};

export const failureMessages = (failures: readonly Failure[]): messages.CheckFailure[] =>
  failures.map(({ property, reason }) => fill(new messages.CheckFailure(), { property, reason }));
