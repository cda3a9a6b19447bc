// The emulated Azure as a part of the environment: its machines, and the provider that both engines ask.
import { join } from "node:path";
import { localMachines } from "../azure/localMachines.ts";
import { azureRoute } from "../azure/remote.ts";
import { serveAzure, type AzureServer } from "../azure/server.ts";
import type { ControlPlane } from "../controlPlane.ts";
import { startProcessNode, type ProcessNode } from "../processNode.ts";
import type { Routes } from "./api.ts";
import type { Children } from "./children.ts";
import type { EnvironmentPaths } from "../processes/paths.ts";
import type { ComponentStatus, Part } from "../processes/status.ts";

export interface AzurePartOptions {
  paths: EnvironmentPaths;
  /** Port of 127.0.0.1 for the gRPC server. */
  port: number;
  controlPlane: ControlPlane;
  children: Children;
  /** Programs that the system pool's node can run: image repository → path of an executable. */
  executables: Record<string, string>;
  log: (line: string) => void;
}

export interface AzurePart extends Part {
  routes: Routes;
}

export function azurePart({
  paths,
  port,
  controlPlane,
  children,
  executables,
  log,
}: AzurePartOptions): AzurePart {
  const stopping = new AbortController();
  let systemNode: ProcessNode | undefined;
  const machines = localMachines({
    stateDir: paths.state,
    kubeconfig: controlPlane.kubeconfig,
    certificate: controlPlane.pki.pairs.server,
    children,
    startSystemNode: async (options) => {
      const rootDir = join(paths.state, "nodes", options.name);
      const { kubeconfig } = controlPlane;
      systemNode = await startProcessNode({
        ...options,
        kubeconfig,
        rootDir,
        runDir: paths.run,
        executables,
        log,
      });
      return systemNode;
    },
    resetControlPlane: () => controlPlane.reset(stopping.signal),
    log,
  });
  let server: AzureServer | undefined;
  return {
    start: async () => {
      await machines.resume();
      server = await serveAzure({ stateFile: join(paths.state, "azure.json"), machines, port, log });
    },
    stop: async () => {
      stopping.abort(new Error("the environment is being stopped"));
      await server?.stop();
      server = undefined;
      await machines.stop();
    },
    components: (): ComponentStatus[] => [{ name: "emulated-azure", state: server ? "running" : "stopped" }],
    routes: {
      "POST /azure": (body) => azureRoute(server!.provider)(body),
      "POST /preempt": (body) => machines.preempt(body as Parameters<typeof machines.preempt>[0]),
      // Where a Service of the system pool answers on this machine: `{namespace, service, port}` → `address:port`.
      "POST /serviceAddress": (body) => {
        const { namespace, service, port } = body as { namespace: string; service: string; port: number };
        if (!systemNode) throw new Error("no system pool runs: bring base-local up first");
        return systemNode.serviceAddress(namespace, service, port);
      },
    },
  };
}
