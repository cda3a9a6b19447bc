// What to do with one resource: a pure decision from what is recorded, what is asked for and what the provider says.
import type { Goal, ResourceState } from "./model.ts";
import { differences, type Change } from "./paths.ts";
import type { Difference } from "./providers/provider.ts";
import type { Properties } from "./values.ts";

export type Step =
  | { op: "create" }
  | { op: "same" }
  | { op: "update"; changes: Change[] }
  | { op: "replace"; deleteFirst: boolean; because: string[]; changes: Change[] };

export interface Situation {
  /** The recorded resource; undefined when there is none, or when it only was read. */
  old: ResourceState | undefined;
  goal: Goal;
  /** The goal's inputs after the provider's check. */
  inputs: Properties;
  /** The provider's verdict; undefined for components. */
  difference: Difference | undefined;
  /** The provider that owns the recorded resource was itself replaced. */
  providerReplaced: boolean;
  /** An update was interrupted: nobody knows how far it came. */
  interrupted: boolean;
}

/** Decides the step for a registered resource. */
export function planStep({ old, goal, inputs, difference, providerReplaced, interrupted }: Situation): Step {
  if (!old) return { op: "create" };
  const changes = differences(old.inputs, inputs);
  if (!goal.custom) return changes.length ? { op: "update", changes } : { op: "same" };

  const because = new Set([...(difference?.replaces ?? []), ...(providerReplaced ? ["provider"] : [])]);
  if (because.size) {
    return {
      op: "replace",
      deleteFirst: difference?.deleteBeforeReplace ?? false,
      because: [...because],
      changes,
    };
  }
  if (difference?.changes === "some" || interrupted || old.problems?.length) return { op: "update", changes };
  return { op: "same" };
}

/** The refusal that `protect` asks for, or undefined when nothing in `doomed` is protected. */
export function protectedRefusal(
  doomed: readonly ResourceState[],
  verb: "delete" | "replace",
): Error | undefined {
  const names = doomed
    .filter((resource) => resource.protect && !resource.external)
    .map((resource) => resource.urn);
  if (!names.length) return undefined;
  return new Error(
    `refusing to ${verb} what the program protects:\n` +
      names.map((urn) => `  - ${urn}`).join("\n") +
      "\nRemove `protect` in the program and run `up` first, if it shall really go.",
  );
}
