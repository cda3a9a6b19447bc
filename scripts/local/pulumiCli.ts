// The local stacks through the Pulumi CLI: its own engine and state, and our providers, so that it needs no plugins.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { isLocalStack } from "../../stacks/stackName.ts";
import { localPassphrase } from "./engine/passphrase.ts";
import { projectRoot, runningEnvironment, stateDir, type Environment } from "./environment.ts";
import { onPath } from "./tools/installed.ts";

export interface PulumiOptions {
  /** Compare the record with what is there first. */
  refresh?: boolean;
  /** Events as JSON. */
  json?: boolean;
  /** Fail when a preview shows changes. */
  expectNoChanges?: boolean;
  signal?: AbortSignal;
}

/**
 * What the CLI needs in its environment to run the local stacks of this checkout, also by hand.
 * The passphrase is public: the state lies in a folder that only its user can read.
 */
export function pulumiVariables(environment: Environment): Record<string, string> {
  return {
    PULUMI_BACKEND_URL: `file://${backendDir()}`,
    PULUMI_CONFIG_PASSPHRASE: localPassphrase,
    PULUMI_DEBUG_PROVIDERS: debugProviders(environment),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

/** `name:port,…`. The CLI takes the first of a name, so what the caller has attached goes before ours. */
function debugProviders({ providers }: Environment): string {
  const given = process.env["PULUMI_DEBUG_PROVIDERS"];
  const ours = Object.entries(providers).map(([name, address]) => `${name}:${address.split(":")[1]}`);
  return [...(given ? [given] : []), ...ours].join(",");
}

/** Folder of the CLI's states; made when it is missing, as the CLI demands. */
function backendDir(): string {
  const folder = join(stateDir, "pulumi");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Runs one operation on a local stack, shown by the CLI itself. Returns the exit code, 130 after Ctrl-C. */
export async function runPulumi(
  operation: "preview" | "up" | "destroy",
  stack: string,
  options: PulumiOptions = {},
): Promise<number> {
  const { json, refresh, expectNoChanges, signal } = options;
  if (!isLocalStack(stack)) {
    throw new Error(`${stack} is no local stack: run \`pulumi ${operation} --stack ${stack}\` yourself`);
  }
  const environment = runningEnvironment();
  const [cli] = onPath("pulumi", process.env["PATH"] ?? "");
  if (cli === undefined) {
    throw new Error(
      "there is no `pulumi` on PATH: install the Pulumi CLI (https://www.pulumi.com/docs/install/), " +
        "or leave out `--engine pulumi`, as the embedded engine needs nothing",
    );
  }
  const run = (args: string[], capture = false): Promise<Ended> =>
    runCli(cli, args, environment, capture, signal);
  await ensureStack(stack, run);
  const { code } = await run([
    operation,
    `--stack=${stack}`,
    ...(operation === "preview" ? [] : ["--yes", "--skip-preview"]),
    ...(refresh ? ["--refresh"] : []),
    ...(expectNoChanges ? ["--expect-no-changes"] : []),
    ...(json ? ["--json"] : []),
  ]);
  return signal?.aborted ? 130 : code;
}

interface Ended {
  code: number;
  /** What it printed, when that was to be captured. */
  output: string;
}

type Run = (args: string[], capture?: boolean) => Promise<Ended>;

/** `stack init` fails for a stack that exists, and `stack select` changes which one the user works with. */
async function ensureStack(stack: string, run: Run): Promise<void> {
  const { code, output } = await run(["stack", "ls", "--json"], true);
  if (code !== 0) throw new Error(`pulumi stack ls failed with exit code ${code}`);
  const names = (JSON.parse(output) as { name: string }[]).map(({ name }) => name.split("/").at(-1));
  if (names.includes(stack)) return;
  const init = await run(["stack", "init", stack, "--no-select"]);
  if (init.code !== 0) throw new Error(`pulumi stack init ${stack} failed with exit code ${init.code}`);
}

function runCli(
  cli: string,
  args: string[],
  environment: Environment,
  capture: boolean,
  signal: AbortSignal | undefined,
): Promise<Ended> {
  // The CLI starts the programs with the `node` that it finds first.
  const path = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  const child = spawn(cli, args, {
    cwd: projectRoot,
    env: { ...process.env, ...pulumiVariables(environment), PATH: path },
    stdio: ["ignore", capture ? "pipe" : "inherit", "inherit"],
    // Of its own process group: a Ctrl-C on the terminal reaches the CLI once, through us. Twice means "at once" to it.
    detached: true,
  });
  const interrupt = (): void => void child.kill("SIGINT");
  if (signal?.aborted) interrupt();
  signal?.addEventListener("abort", interrupt, { once: true });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      signal?.removeEventListener("abort", interrupt);
      resolve({ code: code ?? 1, output });
    });
  });
}
