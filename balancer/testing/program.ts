// The balancer's program as it is shipped, run by tests against a server and a Prometheus of their own.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { entryFile, shippedAs } from "../index.ts";
import { addDemo } from "./apiObjects.ts";
import { type FakeApiServer, startApiServer } from "./apiServer.ts";
import { type FakePrometheus, startPrometheus } from "./prometheus.ts";

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}
/** What `--output json` prints. */
export interface Report {
  moves: { workload: { name: string }; reason: string; source: string; destination: string }[];
  refusals: { workload: { name: string }; reason: string; message: string }[];
  outcomes: { result: string; reason: string; message: string }[];
  stats: Record<string, unknown>;
}

/** In a run of `npm run mutate` (scripts/mutate/runner.ts) it is told of the fault that is in force. */
const mutated = {
  flags: process.env["MUTATE_IMPORT"] === undefined ? [] : ["--import", process.env["MUTATE_IMPORT"]],
  env: () =>
    Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(MUTATE|__STRYKER)_/.test(name))),
};

/** Once in a process, which runs several files of tests. */
let shipped: Promise<string> | undefined;

/** The program as it is shipped, and its start: one file, without any package beside it; once compiled it is so for all. */
export async function shippedProgram(): Promise<{ bundle: string; env: NodeJS.ProcessEnv }> {
  const bundle = await (shipped ??= bundleProgram());
  return { bundle, env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: dirname(bundle) } };
}

/** In a folder of its own. */
async function bundleProgram(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "balancer-program-"));
  process.once("exit", () => rmSync(folder, { recursive: true }));
  const outfile = join(folder, "main.mjs");
  await build({ entryPoints: [entryFile], outfile, ...shippedAs });
  return outfile;
}

/** @param args of Node */
export function startProgram(args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, args, { env });
  const result: Result = { code: null, stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (result.stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (result.stderr += String(chunk)));
  const ended = new Promise<Result>((resolve) => {
    child.on("close", (code) => resolve({ ...result, code }));
  });
  return { child, ended };
}

export class Program {
  /** Each made anew before every test. */
  server!: FakeApiServer;
  prometheus!: FakePrometheus;
  folder!: string;
  bundle!: string;
  #env!: NodeJS.ProcessEnv;

  async ship(): Promise<void> {
    ({ bundle: this.bundle, env: this.#env } = await shippedProgram());
  }

  /** For whoever ships it by hand, as outside trials do: the file goes with the process, since others may run it. */
  remove(): void {}

  /** A cluster with an idle Deployment and a busy one. */
  async setUp(): Promise<void> {
    this.folder = mkdtempSync(join(tmpdir(), "balancer-"));
    [this.server, this.prometheus] = await Promise.all([startApiServer(), startPrometheus()]);
    addDemo(this.server);
  }

  async tearDown(): Promise<void> {
    await Promise.all([this.server.stop(), this.prometheus.stop()]);
    rmSync(this.folder, { recursive: true });
  }

  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  kubeconfig(): string {
    return this.file("kubeconfig", this.server.kubeconfig().exportConfig());
  }

  /** @param more lines from the fifth on */
  policy(more = ""): string {
    return this.file(
      "policy.yaml",
      `namespaces: { demo: {} }
idle: { windowMinutes: 1, minSamples: 5 }
usage: { rateMinutes: 1 }
pools: { spot: { stableMinutes: 0 } }
${more}`,
    );
  }

  start(args: string[]) {
    const env = { ...this.#env, HOME: this.folder, ...mutated.env() };
    return startProgram([...mutated.flags, this.bundle, ...args], env);
  }

  run(...args: string[]): Promise<Result> {
    return this.start(args).ended;
  }

  /** Flags with which a round can be done. */
  ready(): string[] {
    const { url } = this.prometheus;
    return ["--kubeconfig", this.kubeconfig(), "--prometheus", url, "--policy", this.policy()];
  }

  runRound(...args: string[]): Promise<Result> {
    return this.run(...this.ready(), ...args);
  }
}

export const report = ({ stdout }: Result): Report => JSON.parse(stdout) as Report;

/** To be called in `describe`. */
export function useProgram(): Program {
  const program = new Program();
  before(() => program.ship());
  beforeEach(() => program.setUp());
  afterEach(() => program.tearDown());
  return program;
}
