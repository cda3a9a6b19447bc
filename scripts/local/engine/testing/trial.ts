// A stack in a temporary folder whose program is a function of the test, run in this process: fast, and without gRPC.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runStack, type EngineEvent, type RunOptions, type RunResult } from "../runStack.ts";
import { rootType, type Goal } from "../model.ts";
import type { Registered } from "../monitor.ts";
import { buildUrn } from "../model.ts";
import type { Properties } from "../values.ts";
import { buildMemory, thing, type Memory } from "./memoryPackage.ts";

type GoalOptions = Partial<Omit<Goal, "inputs" | "name">>;

export interface Builder {
  /** Registers a thing that stands on whatever `options.dependencies` names. */
  thing(name: string, inputs?: Properties, options?: GoalOptions): Promise<Registered>;
  component(name: string, options?: GoalOptions): Promise<Registered>;
  readStack(name: string): Promise<{ outputs: Properties }>;
}

/** Registers resources; what it returns are the stack's outputs. */
export type TrialProgram = (build: Builder) => Promise<Properties | void>;

export interface Trial {
  memory: Memory;
  events: EngineEvent[];
  stateDir: string;
  run(
    operation: RunOptions["operation"],
    program?: TrialProgram,
    options?: Partial<RunOptions>,
  ): Promise<RunResult>;
  /** Text of the state file. */
  stateText(stack?: string): string;
  remove(): void;
}

export function buildGoal(name: string, inputs: Properties, stack: string, options: GoalOptions = {}): Goal {
  const type = options.type ?? thing;
  return {
    urn: buildUrn(stack, "trial", type, name, options.parent),
    aliases: [],
    type,
    name,
    custom: true,
    inputs,
    dependencies: [],
    propertyDependencies: {},
    protect: false,
    ignoreChanges: [],
    additionalSecretOutputs: [],
    ...options,
  };
}

/** @param options providers beside the one in memory, and configuration of the stack */
export function buildTrial(
  options: { packages?: RunOptions["packages"]; config?: Record<string, string> } = {},
): Trial {
  const folder = mkdtempSync(join(tmpdir(), "engine-"));
  const stateDir = join(folder, "state");
  writeFileSync(join(folder, "Pulumi.yaml"), "name: trial\nruntime: nodejs\n");
  writeFileSync(join(folder, "Pulumi.base-local.yaml"), JSON.stringify({ config: options.config ?? {} }));
  const memory = buildMemory();
  const events: EngineEvent[] = [];
  return {
    memory,
    events,
    stateDir,
    run: (operation, program = () => Promise.resolve(), over = {}) => {
      memory.calls.length = 0;
      events.length = 0;
      return runStack({
        operation,
        stack: "base-local",
        projectDir: folder,
        stateDir,
        packages: { memory: memory.package, ...options.packages },
        onEvent: (event) => events.push(event),
        startProgram: ({ handler, settings }) => {
          const ended = (async () => {
            const { stack } = settings;
            const { urn } = await handler.register(() =>
              buildGoal(`trial-${stack}`, {}, stack, { type: rootType, custom: false }),
            );
            const add = (name: string, inputs: Properties, goal: GoalOptions): Promise<Registered> =>
              handler.register(() => buildGoal(name, inputs, stack, { parent: urn, ...goal }));
            const outputs = await program({
              thing: (name, inputs = {}, goal = {}) => add(name, inputs, goal),
              component: (name, goal = {}) =>
                add(name, {}, { type: "memory:index:Group", custom: false, ...goal }),
              readStack: (name) =>
                handler.read({
                  type: "pulumi:pulumi:StackReference",
                  name,
                  id: name.split("/").length === 3 ? name : `organization/trial/${name}`,
                  inputs: { name: `organization/trial/${name}` },
                  dependencies: [],
                  parent: urn,
                }),
            });
            await handler.registerOutputs(urn, outputs ?? {});
            return undefined;
          })();
          return Promise.resolve({ ended, stop: () => undefined });
        },
        ...over,
      });
    },
    stateText: (stack = "base-local") => readFileSync(join(stateDir, "stacks", `${stack}.json`), "utf8"),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Waits until `test` holds; for conditions inside this process, which come in moments. */
export async function until(test: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 5000; !test(); await new Promise((resolve) => setTimeout(resolve, 5))) {
    if (Date.now() > deadline) throw new Error(`waited 5 s for ${what}, in vain`);
  }
}
