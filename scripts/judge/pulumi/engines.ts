// The two engines as the suite uses them: by the project's own command line, and by what each has recorded.
import { reveal, StackStore, type Properties, type TestEnvironment } from "../../local/index.ts";
import { pulumiSays } from "../../pulumi.ts";
import type { Recorded } from "./compare.ts";

/** Steps of a preview by kind, without what stays as it is. */
export type Changes = Record<string, number>;

export interface Engine {
  name: string;
  run(operation: "up" | "destroy", stack: string): Promise<void>;
  preview(stack: string, refresh?: boolean): Promise<Changes>;
  recorded(stack: string): Promise<Recorded[]>;
}

const quiet = new Set(["same", "read", "refresh"]);
const changesIn = (counts: Changes): Changes =>
  Object.fromEntries(Object.entries(counts).filter(([op, count]) => count > 0 && !quiet.has(op)));

const runner =
  (environment: TestEnvironment, engine: string) =>
  async (operation: string, stack: string, ...flags: string[]): Promise<string> => {
    const { code, output } = await environment.run(operation, stack, "--engine", engine, ...flags);
    if (code !== 0)
      throw new Error(`${operation} ${stack} by ${engine} ended with ${code}:\n${output.slice(-3000)}`);
    return output;
  };

export function embeddedEngine(environment: TestEnvironment): Engine {
  const run = runner(environment, "embedded");
  return {
    name: "embedded",
    run: async (operation, stack) =>
      void (await run(operation, stack, ...(operation === "destroy" ? ["--yes"] : []))),
    async preview(stack, refresh) {
      const output = await run("preview", stack, "--json", ...(refresh ? ["--refresh"] : []));
      const end = output.split("\n").findLast((line) => line.startsWith('{"type":"end"')) ?? "{}";
      return changesIn((JSON.parse(end) as { counts: Changes }).counts);
    },
    recorded: (stack) => {
      const { resources } = StackStore.read(environment.state, stack);
      return Promise.resolve(
        resources.map((each) => ({ ...each, inputs: reveal(each.inputs), outputs: reveal(each.outputs) })),
      );
    },
  };
}

export function pulumiEngine(environment: TestEnvironment, projectDir: string): Engine {
  const run = runner(environment, "pulumi");
  return {
    name: "pulumi",
    run: async (operation, stack) => void (await run(operation, stack)),
    async preview(stack, refresh) {
      const output = await run("preview", stack, "--json", ...(refresh ? ["--refresh"] : []));
      const json = output.slice(
        output.indexOf("\n{\n") + 1 || output.indexOf("{"),
        output.lastIndexOf("}") + 1,
      );
      return changesIn((JSON.parse(json) as { changeSummary: Changes }).changeSummary ?? {});
    },
    async recorded(stack) {
      const env = { ...environment.variables, ...(await cliVariables(environment)) };
      const args = ["stack", "export", "--show-secrets", "--stack", stack];
      const stdout = await pulumiSays(args, { cwd: projectDir, env });
      const { deployment } = JSON.parse(stdout) as { deployment: { resources?: Recorded[] } };
      return (deployment.resources ?? []).map((each) => ({
        ...each,
        inputs: inClear(each.inputs ?? {}) as Properties,
        outputs: inClear(each.outputs ?? {}) as Properties,
      }));
    },
  };
}

/** What `npm run local -- env` exports. */
async function cliVariables(environment: TestEnvironment): Promise<Record<string, string>> {
  const { output } = await environment.run("env");
  const lines = [...output.matchAll(/^export (PULUMI_\w+)=('?)(.*)\2$/gm)];
  return Object.fromEntries(lines.map(([, name, , value]) => [name!, value!]));
}

/** `pulumi stack export --show-secrets` wraps a secret with its JSON as text. */
function inClear(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inClear);
  if (typeof value !== "object" || value === null) return value;
  const { plaintext } = value as { plaintext?: unknown };
  if (typeof plaintext === "string" && "4dabf18193072939515e22adb298388d" in value)
    return inClear(JSON.parse(plaintext));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inClear(each)]));
}
