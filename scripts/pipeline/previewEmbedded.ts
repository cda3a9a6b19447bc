// Previews by the embedded engine: local stacks, and any stack as it would be created, without a cloud account.
import type { EngineEvent, RunOptions } from "../local/engine/index.ts";
import { runStack } from "../local/engine/index.ts";
import { serveAzure } from "../local/azure/server.ts";
import { localPackages } from "../local/engine/packages.ts";
import { projectRoot, readEnvironment, stateDir } from "../local/environment.ts";
import { isLocalStack } from "../../stacks/stackName.ts";
import type { Previewer, PreviewResult, PreviewStep } from "./preview.ts";
import { isBookkeeping, isChangeOp } from "./preview.ts";

type Place = Pick<RunOptions, "projectDir" | "stateDir" | "packages">;

/** For one project, state folder and set of providers. */
export const previewEmbeddedIn =
  (place: Place): Previewer =>
  async ({ stack, refresh }): Promise<PreviewResult> => {
    const steps: PreviewStep[] = [];
    const onEvent = (event: EngineEvent) => {
      if (event.type !== "step" || event.phase !== "planned") return;
      if (!isChangeOp(event.op) || isBookkeeping(event.resourceType)) return;
      const properties = (event.changes ?? []).map(({ path }) => path);
      steps.push({ op: event.op, type: event.resourceType, name: event.name, properties });
    };
    const { counts, failures } = await runStack({ ...place, operation: "preview", stack, refresh, onEvent });
    return { stack, unchanged: counts.same ?? 0, steps, failures };
  };

/** For this project; without a running local environment an emulated Azure answers, in this process. */
export const previewEmbedded: Previewer = async (request) => {
  const running = isLocalStack(request.stack) ? readEnvironment()?.azureProvider : undefined;
  const own = running === undefined ? await serveAzure() : undefined;
  try {
    const packages = localPackages(running ?? own!.address);
    return await previewEmbeddedIn({ projectDir: projectRoot, stateDir, packages })(request);
  } finally {
    await own?.stop();
  }
};
