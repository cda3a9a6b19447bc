// What a supervisor is started with.
import type { ControlPlaneTools } from "../controlPlane/programs.ts";

export interface SupervisorOptions {
  /** Paths of the executables. */
  tools: ControlPlaneTools & {
    prometheus: string;
    node_exporter: string;
    "kube-state-metrics"?: string;
    traefik?: string;
  };
  /** File with the definitions of the Gateway API. */
  gatewayApi?: string;
  /** Port that the user wants for the API server. */
  apiServerPort?: number;
}
