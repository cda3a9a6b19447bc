// Pods and what they refer to, for tests: valid, small, with what the test is about passed in.
import type { V1Container, V1Pod, V1PodSpec } from "@kubernetes/client-node";
import type { PodFacts } from "../podFields.ts";
import { newContainer, type ContainerRecord } from "../podStatus.ts";
import type { Sources } from "../sources.ts";

/** The Node that runs the tests, as the program of the `node` image. */
export const executables: Record<string, string> = {
  node: process.execPath,
  "prom/prometheus": "/opt/prometheus",
};

export const buildContainer = (change: Partial<V1Container> = {}): V1Container => ({
  name: "main",
  image: "node:24",
  ...change,
});

/** A container that runs a line of JavaScript. */
export const buildScript = (script: string, change: Partial<V1Container> = {}): V1Container =>
  buildContainer({ command: ["node", "-e", script], ...change });

export function buildPod(spec: Partial<V1PodSpec> = {}, metadata: V1Pod["metadata"] = {}): V1Pod {
  return {
    metadata: {
      name: "pod",
      namespace: "demo",
      uid: "11111111-2222-3333-4444-555555555555",
      labels: { app: "web" },
      ...metadata,
    },
    spec: { containers: [buildContainer()], restartPolicy: "Always", enableServiceLinks: false, ...spec },
  };
}

const encode = (data: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]));

/** ConfigMaps and Secrets by name, their contents as plain text. */
export function buildSources(
  configMaps: Record<string, Record<string, string>> = {},
  secrets: Record<string, Record<string, string>> = {},
  tokens: Record<string, string> = {},
): Sources {
  return {
    configMaps: new Map(
      Object.entries(configMaps).map(([name, data]) => [name, { metadata: { name }, data }]),
    ),
    secrets: new Map(
      Object.entries(secrets).map(([name, data]) => [name, { metadata: { name }, data: encode(data) }]),
    ),
    tokens: new Map(Object.entries(tokens)),
  };
}

export const facts: PodFacts = {
  podIP: "127.100.0.1",
  nodeName: "node-0",
};

export const buildRecord = (change: Partial<ContainerRecord> = {}): ContainerRecord => ({
  ...newContainer(),
  ...change,
});

export const terminated = (exitCode: number): ContainerRecord["state"] => ({ terminated: { exitCode } });
