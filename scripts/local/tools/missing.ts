// The one message for programs that are neither here nor can be brought.
import { toolVariable } from "./installed.ts";
import type { ToolSpec } from "./table.ts";
import { formatVersion, type Version } from "./version.ts";

export interface MissingTool {
  spec: ToolSpec;
  wanted: Version;
  /** Why it was not downloaded. */
  reason: string;
}

/** Neither here nor to be had: what is missing, why, and what to do. */
export class MissingTools extends Error {
  constructor(tools: MissingTool[]) {
    super(missingToolsMessage(tools));
  }
}

function missingToolsMessage(tools: MissingTool[]): string {
  const width = Math.max(...tools.map(({ spec }) => spec.name.length));
  const lines = tools.map(
    ({ spec, wanted, reason }) => `  ${spec.name.padEnd(width)} ${formatVersion(wanted)}  (${reason})`,
  );
  return [
    "The local environment needs programs that are not here, could not be downloaded, and cannot be built without Go:",
    ...lines,
    "Install Go 1.21 or newer (https://go.dev/dl/), which builds all of them, or put them on PATH,",
    `or name each by its variable, for example ${toolVariable(tools[0]!.spec.name)}=/path/to/${tools[0]!.spec.name}.`,
  ].join("\n");
}
