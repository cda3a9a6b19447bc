// What a stack's program asks for with its own configuration, without an engine or a cloud.
import type { RecordedResource } from "../../stacks/cost/model.ts";
import { parseStackName } from "../../stacks/stackName.ts";
import { record } from "../../stacks/record.ts";
import { projectRoot, readSettings } from "../local/index.ts";

/**
 * The resources of a stack as configured in stacks/config; layers below count as deployed. Secrets of the stack file
 * have placeholders: no price depends on one.
 * @throws what the program throws: configuration problems, an unknown stack
 */
export async function recordStack(stack: string): Promise<RecordedResource[]> {
  parseStackName(stack);
  const { project, config, secretKeys } = readSettings(projectRoot, stack);
  const short = (key: string) => key.slice(`${project}:`.length);
  // A failing program also rejects a promise of the SDK that nobody holds; what is thrown here says it all.
  const ignore = () => undefined;
  process.on("unhandledRejection", ignore);
  try {
    const { resources } = await record(stack, {
      config: Object.fromEntries(Object.entries(config).map(([key, value]) => [short(key), value])),
      secrets: secretKeys.map(short),
    });
    return resources;
  } finally {
    setImmediate(() => process.off("unhandledRejection", ignore));
  }
}
