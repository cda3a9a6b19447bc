// Holds a running program to the policies, with whatever engine runs it.
import { RunError, runtime } from "@pulumi/pulumi";
import { profileOf } from "../config.ts";
import { plainNow } from "../plain.ts";
import { stackName, type StackName } from "../stackName.ts";
import { checkResource, checkStack, describeViolations } from "./check.ts";
import type { DeclaredResource, Violation } from "./model.ts";

export interface Enforcement {
  /** @throws RunError with everything that was found; call it after the last resource */
  finish(): void;
}

/**
 * Call it inside the program, before the first resource: it looks at every resource that follows.
 * An update stops before the resource that breaks a policy; a preview goes on, to tell of all of them.
 */
export function enforcePolicies(stack: StackName): Enforcement {
  const profile = profileOf(stack.env);
  const seen: DeclaredResource[] = [];
  const found: Violation[] = [];
  const fail = () => {
    throw new RunError(describeViolations(stackName(stack), found));
  };
  runtime.registerStackTransformation(({ type, name, props, opts }) => {
    const inputs = plainNow(props ?? {}) as Record<string, unknown>;
    const resource = { type, name, inputs, protect: opts.protect === true };
    seen.push(resource);
    found.push(...checkResource(resource, profile));
    if (found.length > 0 && !runtime.isDryRun()) fail();
    return undefined;
  });
  return {
    finish() {
      found.push(...checkStack(seen, profile));
      if (found.length > 0) fail();
    },
  };
}
