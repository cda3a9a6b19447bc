// Which program of this machine stands for which image on a process node.
import type { Executables } from "../processNode/command.ts";
import type { SupervisorOptions } from "./options.ts";

const images = {
  prometheus: "prom/prometheus",
  node_exporter: "quay.io/prometheus/node-exporter",
  "kube-state-metrics": "registry.k8s.io/kube-state-metrics/kube-state-metrics",
  traefik: "traefik",
} as const;

type ImageTool = keyof typeof images;

export function imagePrograms(programs: Partial<Pick<SupervisorOptions["tools"], ImageTool>>): Executables {
  const known: Record<string, string> = { node: process.execPath };
  for (const [tool, image] of Object.entries(images)) {
    const program = programs[tool as ImageTool];
    if (program !== undefined) known[image] = program;
  }
  return known;
}
