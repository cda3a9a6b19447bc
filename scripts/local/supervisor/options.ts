// What a supervisor is started with.
import type { ControlPlaneTools } from "../controlPlane/programs.ts";
import type { lateTools } from "../tools/table.ts";

/** Programs that may join later. */
export type LateTools = Partial<Record<(typeof lateTools)[number], string>>;

export interface SupervisorOptions {
  /** Paths of the executables. */
  tools: ControlPlaneTools & { prometheus: string } & LateTools;
  /** File with the definitions of the Gateway API. */
  gatewayApi?: string;
  /** Port that the user wants for the API server. */
  apiServerPort?: number;
}
