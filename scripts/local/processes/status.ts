// What a supervisor tells about itself and the components it owns.

export type ComponentState = "starting" | "running" | "stopping" | "stopped" | "crashed";

export interface ComponentStatus {
  name: string;
  state: ComponentState;
  pid?: number;
  /** ISO 8601, UTC. */
  startedAt?: string;
  /** Path of its log. */
  log?: string;
  /** What went wrong, with the end of the log. */
  problem?: string;
}

/** Something that runs: a set of programs, or a server in this process. */
export interface Part {
  /** Returns when it is ready; `signal` aborts when the environment is stopped meanwhile. */
  start(signal: AbortSignal): Promise<void>;
  /** Returns when nothing of it runs any more, also when it was never started or is just starting. */
  stop(): Promise<void>;
  components(): ComponentStatus[];
}

export interface SupervisorStatus {
  phase: "starting" | "ready" | "failed" | "stopping";
  pid: number;
  /** Why it could not start. */
  problem?: string;
  components: ComponentStatus[];
}

/** Everything that is wrong with an environment, or undefined when nothing is. */
export function problemsOf(status: SupervisorStatus): string | undefined {
  const problems = status.components.map(({ problem }) => problem).filter((problem) => problem !== undefined);
  if (status.problem !== undefined && !problems.includes(status.problem)) problems.push(status.problem);
  return problems.length === 0 ? undefined : problems.join("\n\n");
}
