// How tools are brought: who is told, who may end it, and what tests put in the place of this machine.
import type { BuildState } from "./build.ts";
import type { DownloadOptions } from "./download.ts";
import type { ToolSpec } from "./table.ts";

export interface ToolOptions {
  /** Gets a line when something was brought, takes long or was ignored. */
  report: (line: string) => void;
  /** Gets how far a build is, each second. */
  progress?: (state: BuildState & { names: string[] }) => void;
  /** Builds without taking time from anything else. */
  background?: boolean;
  signal?: AbortSignal;
  /** For tests: default are this machine's own. */
  env?: NodeJS.ProcessEnv;
  cache?: string;
  downloads?: DownloadOptions;
  specs?: Readonly<Record<string, ToolSpec>>;
}
