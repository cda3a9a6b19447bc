// The destroy guard: what may be destroyed, in which order, and what stays. Pure; reading and doing is in scripts/destroy.
import { layers, stackName } from "../stacks/stackName.ts";

/** A stack that holds something. */
export interface StandingStack {
  /** `db-dev` */
  stack: string;
  /** Resources in it. */
  resources: number;
  /** Stacks whose outputs it uses. */
  standsOn: string[];
  /** Names of its resources that the program protects. */
  protected: string[];
}

export interface DestroyPlan {
  /** Stacks to destroy, in this order; protected resources in them are kept. */
  steps: StandingStack[];
  /** Stacks of the target that stay, each with the reason. */
  stays: { stack: string; reason: string }[];
}

/** Thrown instead of a plan: nothing may be destroyed as asked. The message says what to do. */
export class DestroyRefused extends Error {}

const layerOf = (stack: string) => layers.find((layer) => stack.startsWith(`${layer}-`));
const envOf = (stack: string) => stack.slice(stack.indexOf("-") + 1);
const height = (stack: string) => layers.findIndex((layer) => layer === layerOf(stack));

/** The stacks that a target names: itself, or every layer of an environment. */
const stacksOf = (target: string): string[] =>
  layerOf(target) ? [target] : layers.map((layer) => stackName({ layer, env: target }));

/** Upper layers of the same environment, and whatever else uses its outputs. */
function dependents(stack: string, standing: readonly StandingStack[]): StandingStack[] {
  return standing.filter(
    (other) =>
      other.standsOn.includes(stack) ||
      (envOf(other.stack) === envOf(stack) && height(other.stack) > height(stack)),
  );
}

const list = (names: string[]) =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;

const verb = (names: string[], one: string, many: string) => (names.length === 1 ? one : many);

/**
 * @param target a stack (`base-dev`) or an environment (`dev`)
 * @param standing every stack that holds something, of every environment
 * @throws DestroyRefused
 */
export function planDestroy(target: string, standing: readonly StandingStack[]): DestroyPlan {
  const doomed = standing
    .filter(({ stack }) => stacksOf(target).includes(stack))
    .sort((one, other) => height(other.stack) - height(one.stack));
  if (doomed.length === 0) {
    const names = standing.map(({ stack }) => stack);
    throw new DestroyRefused(
      `nothing stands under "${target}"; ${names.length === 0 ? "no stack holds anything" : `what stands: ${list(names)}`}`,
    );
  }
  refuseWhatCarries(target, doomed, standing);

  const steps: StandingStack[] = [];
  const stays: DestroyPlan["stays"] = [];
  for (const stack of doomed) {
    const keeping = steps.filter(
      (step) => step.protected.length > 0 && dependents(stack.stack, [step]).length > 0,
    );
    if (keeping.length === 0) steps.push(stack);
    else {
      const kept = keeping.map((step) => `${step.stack} keeps ${list(step.protected)}`);
      stays.push({ stack: stack.stack, reason: `${list(kept)}, which stands on it` });
    }
  }
  return { steps, stays };
}

function refuseWhatCarries(
  target: string,
  doomed: StandingStack[],
  standing: readonly StandingStack[],
): void {
  const problems = doomed.flatMap(({ stack }) => {
    const above = dependents(stack, standing)
      .filter((other) => !doomed.includes(other))
      .map((other) => other.stack);
    if (above.length === 0) return [];
    return [`${list(above)} still ${verb(above, "stands", "stand")} on ${stack}`];
  });
  if (problems.length === 0) return;
  const env = envOf(target);
  const ways = layerOf(target)
    ? `Destroy ${problems.length > 1 ? "them" : "what stands on it"} first, or the whole environment in order: npm run destroy -- ${env}`
    : "Destroy them first.";
  throw new DestroyRefused(`refusing to destroy ${target}: ${problems.join("; ")}. ${ways}`);
}

/** What is about to happen, for the person who has to confirm it. */
export function describePlan({ steps, stays }: DestroyPlan): string {
  const lines = steps.flatMap((step, index) => [
    `${index + 1}. ${step.stack}: ${step.resources} ${step.resources === 1 ? "resource" : "resources"}`,
    ...step.protected.map((name) => `   keeps ${name} (protected)`),
  ]);
  return [...lines, ...stays.map(({ stack, reason }) => `-  ${stack} stays: ${reason}`)].join("\n");
}
