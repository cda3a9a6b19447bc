// Previews by the embedded engine: local stacks, and any stack as it would be created, without a cloud account.
import { engine, type EngineEvent, type RunResult } from "../local/index.ts";
import type { Previewer, PreviewResult, PreviewStep } from "./preview.ts";
import { isBookkeeping, isChangeOp } from "./preview.ts";

type Run = (
  stack: string,
  refresh: boolean | undefined,
  onEvent: (event: EngineEvent) => void,
) => Promise<RunResult>;

/** @param run one preview by the engine */
export const previewBy =
  (run: Run): Previewer =>
  async ({ stack, refresh }): Promise<PreviewResult> => {
    const steps: PreviewStep[] = [];
    const onEvent = (event: EngineEvent) => {
      if (event.type !== "step" || event.phase !== "planned") return;
      if (!isChangeOp(event.op) || isBookkeeping(event.resourceType)) return;
      const properties = (event.changes ?? []).map(({ path }) => path);
      steps.push({ op: event.op, type: event.resourceType, name: event.name, properties });
    };
    const { counts, failures } = await run(stack, refresh, onEvent);
    return { stack, unchanged: counts.same ?? 0, steps, failures };
  };

/** For this project. */
export const previewEmbedded: Previewer = previewBy(async (stack, refresh, onEvent) =>
  (await engine()).runLocalStack({ operation: "preview", stack, refresh }, { onEvent }),
);
