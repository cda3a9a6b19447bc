// Which program of this machine stands for which image on a process node.
import type { Executables } from "../processNode/command.ts";
import type { SupervisorOptions } from "./options.ts";

export const imagePrograms = (
  programs: Pick<
    SupervisorOptions["tools"],
    "prometheus" | "node_exporter" | "kube-state-metrics" | "traefik"
  >,
): Executables => ({
  node: process.execPath,
  "prom/prometheus": programs.prometheus,
  "quay.io/prometheus/node-exporter": programs.node_exporter,
  ...(programs["kube-state-metrics"] !== undefined && {
    "registry.k8s.io/kube-state-metrics/kube-state-metrics": programs["kube-state-metrics"],
  }),
  ...(programs.traefik !== undefined && { traefik: programs.traefik }),
});
