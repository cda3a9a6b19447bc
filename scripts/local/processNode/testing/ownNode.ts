// For tests: a process node that no supervisor owns, of all that this machine has.
import { mkdirSync, statfsSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { stopLeftovers } from "../../processes/pidFile.ts";
import { type ProcessNode, type ProcessNodeOptions, startProcessNode } from "../../processNode.ts";

/** First ends what an earlier node with this root folder, that was killed, has left running. */
export async function startOwnNode(
  options: Omit<ProcessNodeOptions, "runDir" | "capacity"> & Partial<Pick<ProcessNodeOptions, "capacity">>,
): Promise<ProcessNode> {
  const { rootDir } = options;
  const runDir = join(rootDir, "run");
  await stopLeftovers(runDir, { graceMs: 2000 });
  mkdirSync(rootDir, { recursive: true, mode: 0o700 });
  const disk = statfsSync(rootDir);
  const capacity = {
    cpu: String(availableParallelism()),
    memory: String(totalmem()),
    "ephemeral-storage": String(disk.bavail * disk.bsize),
    pods: "110",
  };
  return startProcessNode({ capacity, ...options, runDir });
}
