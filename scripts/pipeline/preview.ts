// What a preview found, whichever engine made it: names of resources and properties, never their values.

const changeOps = ["create", "update", "replace", "delete"] as const;
export type ChangeOp = (typeof changeOps)[number];

export interface PreviewStep {
  op: ChangeOp;
  type: string;
  name: string;
  /** Paths of the properties that change. */
  properties: string[];
}

export interface PreviewResult {
  stack: string;
  /** Resources that need nothing. */
  unchanged: number;
  steps: PreviewStep[];
  /** Why it could not be made; empty when it was. */
  failures: string[];
}

export interface PreviewRequest {
  stack: string;
  /** Compare with what is really there, not with what was recorded. */
  refresh: boolean;
}

export type Previewer = (request: PreviewRequest) => Promise<PreviewResult>;

export const isChangeOp = (op: string): op is ChangeOp => changeOps.some((known) => known === op);

/** The stack itself, providers and references to other stacks are no resources that anybody asked for. */
export const isBookkeeping = (type: string): boolean => type.startsWith("pulumi:");

/** `2 to create, 1 to update`, or `no changes`. */
export function summarize({ steps }: Pick<PreviewResult, "steps">): string {
  const counts = changeOps
    .map((op) => ({ op, count: steps.filter((step) => step.op === op).length }))
    .filter(({ count }) => count > 0);
  return counts.length === 0 ? "no changes" : counts.map(({ op, count }) => `${count} to ${op}`).join(", ");
}
