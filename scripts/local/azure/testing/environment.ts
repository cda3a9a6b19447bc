// For cluster tests: a real control plane of its own with the emulated Azure beside it, and a client that speaks for Pulumi.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CoreV1Api as Core, CoreV1Api, type KubeConfig, type V1Node } from "@kubernetes/client-node";
import { createAuthority, issueCertificate } from "../../controlPlane/certificates.ts";
import { ControlPlane } from "../../controlPlane.ts";
import { choosePorts } from "../../controlPlane/ports.ts";
import { loadKubeConfig } from "../../kube.ts";
import { environmentPaths } from "../../processes/paths.ts";
import { ensureTools } from "../../tools/index.ts";
import { type LocalMachines, type LocalTiming, localMachines } from "../localMachines.ts";
import type { SystemNodeOptions } from "../nodes/pools.ts";
import { type AzureServer, serveAzure } from "../server.ts";
import { buildChildren } from "./children.ts";
import { buildClient, type AzureClient } from "./client.ts";

/** Everything short, so that tests need not wait. */
const testTiming: LocalTiming = {
  podWaitMs: 300,
  settleMs: 1_000,
  unneededMs: 2_000,
  recheckMs: 2_000,
  deletionMs: 500,
  provisionMs: 500,
  backoffMs: 1_000,
};

export interface TestEnvironment {
  config: KubeConfig;
  api: Core;
  machines: LocalMachines;
  azure: AzureClient;
  /** System nodes that run, by name: stand-ins that only have a Node object. */
  systemNodes: Map<string, SystemNodeOptions>;
  log: string[];
  /** As the supervisor does after a restart: new machines and server on the same state. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function buildEnvironment(timing: Partial<LocalTiming> = {}): Promise<TestEnvironment> {
  const state = mkdtempSync(join(tmpdir(), "sb-azure-"));
  const paths = environmentPaths(state);
  mkdirSync(paths.run, { recursive: true });
  const names = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "metrics-server",
  ] as const;
  const tools = await ensureTools(names, { report: (line) => console.log(line) });
  const { ports } = await choosePorts({ file: join(paths.run, "ports.json"), random: Math.random });
  const controlPlane = await ControlPlane.prepare({ tools, paths, ports });
  await controlPlane.start();
  const config = loadKubeConfig(controlPlane.kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const children = buildChildren();
  const authority = await createAuthority("test", new Date());
  const certificate = await issueCertificate(authority, { commonName: "localhost" }, new Date());
  const systemNodes = new Map<string, SystemNodeOptions>();
  const log: string[] = [];
  const open = async (): Promise<{ machines: LocalMachines; server: AzureServer; azure: AzureClient }> => {
    const machines = localMachines({
      stateDir: state,
      kubeconfig: controlPlane.kubeconfig,
      certificate,
      children,
      startSystemNode: async (options) => {
        systemNodes.set(options.name, options);
        await ensureNode(api, options);
        return {
          stop: async ({ deleteNode } = {}) => {
            systemNodes.delete(options.name);
            if (deleteNode) await api.deleteNode({ name: options.name });
          },
        };
      },
      resetControlPlane: () => controlPlane.reset(),
      timing: { ...testTiming, ...timing },
      log: (line) => log.push(line),
    });
    await machines.resume();
    const server = await serveAzure({ stateFile: join(state, "azure.json"), machines });
    return { machines, server, azure: buildClient(server.address) };
  };
  let opened = await open();
  const close = async (): Promise<void> => {
    opened.azure.close();
    await opened.server.stop();
    await opened.machines.stop();
  };
  return {
    config,
    api,
    get machines() {
      return opened.machines;
    },
    get azure() {
      return opened.azure;
    },
    systemNodes,
    log,
    restart: async () => {
      await close();
      opened = await open();
    },
    stop: async () => {
      await close();
      await children.stopAll();
      await controlPlane.stop();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

async function ensureNode(api: Core, { name, labels, taints, capacity }: SystemNodeOptions): Promise<void> {
  const body: V1Node = {
    metadata: { name, labels },
    spec: { taints },
    status: { capacity, allocatable: capacity },
  };
  const { items } = await api.listNode();
  if (!items.some(({ metadata }) => metadata?.name === name)) await api.createNode({ body });
}
