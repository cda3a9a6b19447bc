// The emulated Azure as a part of the environment: a gRPC server in the supervisor's own process.
import { serveAzure, type AzureServer, type ServeOptions } from "../azure/server.ts";
import type { ComponentStatus } from "./status.ts";
import type { Part } from "./supervise.ts";

export function azurePart(options: ServeOptions): Part {
  let server: AzureServer | undefined;
  return {
    start: async () => {
      server = await serveAzure(options);
    },
    stop: async () => {
      await server?.stop();
      server = undefined;
    },
    components: (): ComponentStatus[] => [{ name: "emulated-azure", state: server ? "running" : "stopped" }],
  };
}
