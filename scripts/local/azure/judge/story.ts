// One environment's life in the emulated Azure, with the real programs: made, left alone for weeks, changed, destroyed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type RunOptions, type RunResult, runStack } from "../../engine.ts";
import { localPackages } from "../../engine/packages.ts";
import { projectRoot } from "../../environment.ts";
import { type EmulatedAzure, emulatedAzure } from "../server.ts";
import { buildMachines } from "../testing/machines.ts";
import { startInProcess } from "./program.ts";

type Config = Record<string, unknown>;

export interface Environment {
  /** `dev`, of `Pulumi.base-dev.yaml`. */
  env: string;
  /** Keys beside those of the stacks' files, by layer. */
  base?: Config;
  db?: Config;
}

export interface Verdict {
  /** `base-dev: nothing has changed after weeks` */
  what: string;
  /** Empty: it holds. */
  problems: string[];
}

type Layer = "base" | "db";

/** What a run has changed, or why it failed. */
const problemsOf = ({ ok, failures, counts }: RunResult, changed: string[]): string[] =>
  ok && changed.length === 0
    ? []
    : [...failures, ...changed, ...(ok || failures.length ? [] : [`failed: ${JSON.stringify(counts)}`])];

export class Story {
  readonly verdicts: Verdict[] = [];
  readonly #environment: Environment;
  readonly #azure: EmulatedAzure;
  readonly #machines = buildMachines();
  readonly #folder = mkdtempSync(join(tmpdir(), "judge-azure-"));

  /** @param now the clock of the emulated Azure, ms since 1970 */
  constructor(environment: Environment, now: () => number) {
    this.#environment = environment;
    this.#azure = emulatedAzure({ machines: this.#machines, now });
  }

  end(): void {
    rmSync(this.#folder, { recursive: true });
  }

  up(layer: Layer, what: string, changes: Config = {}): Promise<void> {
    return this.#judge(layer, what, { operation: "up", refresh: true }, changes);
  }

  /** As the pipeline looks for drift each night. */
  unchanged(layer: Layer, what: string, changes: Config = {}): Promise<void> {
    return this.#judge(layer, what, { operation: "preview", refresh: true }, changes, [
      "create",
      "update",
      "delete",
      "replace",
    ]);
  }

  /** A person's `pulumi state unprotect --all` comes before: production's database is protected. */
  destroy(layer: Layer): Promise<void> {
    const state = join(this.#folder, "stacks", `${layer}-${this.#environment.env}.json`);
    writeFileSync(state, readFileSync(state, "utf8").replaceAll(/"protect":\s*true/g, '"protect":false'));
    return this.#judge(layer, "is destroyed", { operation: "destroy" });
  }

  /** Every pool is as large as it may be, certificates are new, and Azure has upgraded, grown and failed over. */
  weeksPass(): void {
    for (const pool of this.#machines.pools.values()) pool.count = pool.autoscaling?.max ?? pool.count;
    this.#machines.rotateCertificates();
    this.#azure.passTime();
  }

  /** Every version that runs, of the control plane and of the pools. */
  versionsAre(minor: string): void {
    const running = this.#azure.versions();
    const others = running.filter(({ version }) => !version.startsWith(`${minor}.`));
    this.verdicts.push({
      what: `base-${this.#environment.env}: control plane and all pools run ${minor}`,
      problems: others.map(({ name, version }) => `${name} runs ${version}`),
    });
  }

  async #judge(
    layer: Layer,
    what: string,
    options: Pick<RunOptions, "operation" | "refresh">,
    changes: Config = {},
    unwanted: string[] = [],
  ): Promise<void> {
    const stack = `${layer}-${this.#environment.env}`;
    const changed: string[] = [];
    const result = await runStack({
      ...options,
      stack,
      projectDir: projectRoot,
      configFile: this.#configFile(layer, changes),
      stateDir: this.#folder,
      packages: localPackages(this.#azure.provider),
      startProgram: startInProcess,
      onEvent: (event) => {
        if (event.type === "step" && event.phase === "planned" && unwanted.includes(event.op))
          changed.push(`${event.op} ${event.name}: ${JSON.stringify(event.changes ?? [])}`);
      },
    });
    this.verdicts.push({ what: `${stack}: ${what}`, problems: problemsOf(result, changed) });
  }

  #configFile(layer: Layer, changes: Config): string {
    const name = `Pulumi.${layer}-${this.#environment.env}.yaml`;
    const file = parse(readFileSync(join(projectRoot, "stacks/config", name), "utf8")) as { config: Config };
    const own = { ...this.#environment[layer], ...changes };
    for (const [key, value] of Object.entries(own)) file.config[`spot-balancer:${key}`] = value;
    const path = join(this.#folder, name);
    writeFileSync(path, stringify(file));
    return path;
  }
}
