// Where stacks live: what the guard needs to read, and the one thing it does.
import type { StandingStack } from "../guard.ts";

export interface Backend {
  /** Every stack that holds something. */
  standing(): Promise<StandingStack[]>;
  /** Names of the stacks that exist, empty ones, too; left out where a stack exists as soon as it is configured. */
  known?(): Promise<string[]>;
  /** Destroys a stack and keeps what is protected; rejects when something else is left. */
  destroy(stack: StandingStack): Promise<void>;
}

/** What both engines record of a resource, as far as the guard looks at it. */
export interface RecordedState {
  urn: string;
  type: string;
  protect?: boolean;
  inputs?: Record<string, unknown>;
}

const bookkeeping = /^pulumi:(pulumi:(Stack|StackReference)$|providers:)/;

const nameOf = (urn: string) => urn.slice(urn.lastIndexOf("::") + 2);

/** `organization/spot-balancer/base-dev` → `base-dev` */
export const shortName = (stack: string) => stack.slice(stack.lastIndexOf("/") + 1);

/** Reads a stack's state; undefined when it holds nothing that could be destroyed. */
export function standingStack(stack: string, resources: readonly RecordedState[]): StandingStack | undefined {
  const real = resources.filter(({ type }) => !bookkeeping.test(type));
  if (real.length === 0) return undefined;
  const references = resources.filter(({ type }) => type === "pulumi:pulumi:StackReference");
  return {
    stack,
    resources: real.length,
    standsOn: references.flatMap(({ inputs }) =>
      typeof inputs?.["name"] === "string" ? [shortName(inputs["name"])] : [],
    ),
    protected: real.filter(({ protect }) => protect === true).map(({ urn }) => nameOf(urn)),
  };
}
