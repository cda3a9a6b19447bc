// Stryker's test runner for Mocha with ES modules: loads all tests once, and asks each fault of those tests only that reach it.
//
// Stryker puts every fault into the code at once, behind a switch, so most need no new load: only what runs while
// modules are loaded does, and for that Stryker starts a new process.
import { appendFileSync, globSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  INSTRUMENTER_CONSTANTS,
  type MutantCoverage,
  type MutantResult,
  type StrykerOptions,
} from "@stryker-mutator/api/core";
import { PluginKind, commonTokens, declareClassPlugin, tokens } from "@stryker-mutator/api/plugin";
import {
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  TestStatus,
  determineHitLimitReached,
  toMutantRunResult,
} from "@stryker-mutator/api/test-runner";
import type { Reporter } from "@stryker-mutator/api/report";
import Mocha from "mocha";

/** What the switches in the code look at. */
interface Switches {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: MutantCoverage;
}

const switches = ((globalThis as Record<string, unknown>)[INSTRUMENTER_CONSTANTS.NAMESPACE] ??=
  {}) as Switches;

export class MochaRunner implements TestRunner {
  static inject = tokens(commonTokens.options);
  private readonly patterns: string[];
  private mocha: Mocha | undefined;
  private suites: Mocha.Suite[] = [];

  constructor(options: StrykerOptions) {
    // Programs load it, too.
    process.env["MUTATE_IMPORT"] = pathToFileURL(join(import.meta.dirname, "reached.ts")).href;
    this.patterns = options["mochaFiles"] as string[];
  }

  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: false };
  }

  async dryRun({ disableBail }: { disableBail: boolean }): Promise<DryRunResult> {
    switches.activeMutant = undefined;
    const mocha = await this.load();
    const hooks = new Map<string, Set<string>>();
    const programs = new Programs();
    const result = await this.run(mocha, disableBail, (runner) => {
      // What a `before` reaches belongs to each test that it is for.
      runner.on("hook", (hook: Mocha.Hook) => {
        if (!switches.currentTestId) switches.currentTestId = `hook ${hook.parent?.fullTitle() ?? ""}`;
      });
      runner.on("hook end", () => {
        if (!switches.currentTestId?.startsWith("hook ")) return;
        programs.noteWhatTheyReached();
        switches.currentTestId = undefined;
      });
      runner.on("test", (test: Mocha.Test) => {
        switches.currentTestId = idOf(test);
        for (let suite = test.parent; suite; suite = suite.parent) {
          const id = `hook ${suite.fullTitle()}`;
          hooks.set(id, (hooks.get(id) ?? new Set()).add(idOf(test)));
        }
      });
      runner.on("test end", () => {
        programs.noteWhatTheyReached();
        switches.currentTestId = undefined;
      });
    });
    programs.end();
    if (result.status !== DryRunStatus.Complete) return result;
    const coverage = switches.mutantCoverage ?? { static: {}, perTest: {} };
    for (const [id, tests] of hooks) {
      for (const test of tests) {
        const own = (coverage.perTest[test] ??= {});
        for (const [mutant, hits] of Object.entries(coverage.perTest[id] ?? {}))
          own[mutant] = (own[mutant] ?? 0) + hits;
      }
    }
    const perTest = Object.fromEntries(
      Object.entries(coverage.perTest).filter(([id]) => !id.startsWith("hook ")),
    );
    return { ...result, mutantCoverage: { static: coverage.static, perTest } };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, testFilter, disableBail, hitLimit, mutantActivation, sandboxFileName } = options;
    switches.hitCount = hitLimit === undefined ? undefined : 0;
    switches.hitLimit = hitLimit;
    if (mutantActivation === "static") switches.activeMutant = activeMutant.id;
    const mocha = await this.load();
    switches.activeMutant = activeMutant.id;
    // The tests beside it find most.
    const beside = sandboxFileName.replace(/\.ts$/, ".test.ts");
    const isBeside = ({ file }: Mocha.Suite) => file === beside;
    mocha.suite.suites = [...this.suites.filter(isBeside), ...this.suites.filter((each) => !isBeside(each))];
    // Programs that a test starts look at it.
    process.env[INSTRUMENTER_CONSTANTS.ACTIVE_MUTANT_ENV_VARIABLE] = activeMutant.id;
    const titles = testFilter && new Set(testFilter.map((id) => id.slice(id.indexOf(": ") + 2)));
    // Mocha asks nothing of a pattern but whether a title passes it.
    mocha.grep((titles ? { test: (title: string) => titles.has(title) } : /.*/) as RegExp);
    try {
      // What hangs is told as such by `LivesReporter`: a busy machine may be why.
      const ran = await this.run(mocha, disableBail, (runner) =>
        runner.on("test", (test: Mocha.Test) => void test.timeout(20_000)),
      );
      return toMutantRunResult(determineHitLimitReached(switches.hitCount, hitLimit) ?? ran);
    } finally {
      switches.activeMutant = undefined;
      delete process.env[INSTRUMENTER_CONSTANTS.ACTIVE_MUTANT_ENV_VARIABLE];
    }
  }

  private async load(): Promise<Mocha> {
    if (this.mocha) return this.mocha;
    const mocha = new Mocha({ timeout: 60_000, reporter: Mocha.reporters.Base });
    mocha.cleanReferencesAfterRun(false);
    // The first that finds a fault is enough: what looks at the whole finds most, what starts programs takes longest.
    const rank = (file: string) =>
      /(situations|whole|refusals|asked|story)\.test/.test(file)
        ? 0
        : /testing\/program\.ts|child_process/.test(readFileSync(file, "utf8"))
          ? 2
          : 1;
    const files = globSync(this.patterns).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    for (const file of files) mocha.addFile(resolve(file));
    await mocha.loadFilesAsync();
    this.suites = mocha.suite.suites;
    return (this.mocha = mocha);
  }

  private run(
    mocha: Mocha,
    disableBail: boolean,
    prepare?: (runner: Mocha.Runner) => void,
  ): Promise<DryRunResult> {
    mocha.suite.bail(!disableBail);
    const tests: TestResult[] = [];
    return new Promise((done) => {
      const runner = mocha.run(() => {
        done({ status: DryRunStatus.Complete, tests });
      });
      prepare?.(runner);
      const note = (test: Mocha.Test): TestResult & { status: TestStatus.Skipped } => ({
        ...{ id: idOf(test), name: idOf(test), timeSpentMs: test.duration ?? 0, fileName: test.file },
        status: TestStatus.Skipped,
      });
      runner.on("pass", (test) => tests.push({ ...note(test), status: TestStatus.Success }));
      runner.on("pending", (test) => tests.push(note(test)));
      runner.on("fail", (test, error: Error) => {
        tests.push({ ...note(test), status: TestStatus.Failed, failureMessage: error.message });
      });
    });
  }
}

/** What tests start looks for the same switches; what it reaches is its test's. */
class Programs {
  private readonly folder = mkdtempSync(join(tmpdir(), "mutate-"));

  constructor() {
    process.env["MUTATE_REACHED"] = this.folder;
  }

  noteWhatTheyReached(): void {
    const test = switches.currentTestId;
    for (const name of readdirSync(this.folder)) {
      const file = join(this.folder, name);
      const reached = JSON.parse(readFileSync(file, "utf8")) as Record<string, number>;
      rmSync(file);
      if (test === undefined) continue;
      const own = ((switches.mutantCoverage ??= { static: {}, perTest: {} }).perTest[test] ??= {});
      for (const [mutant, hits] of Object.entries(reached)) own[mutant] = (own[mutant] ?? 0) + hits;
    }
  }

  end(): void {
    delete process.env["MUTATE_REACHED"];
    rmSync(this.folder, { recursive: true });
  }
}

/** Where it is as well, because titles may come twice. */
function idOf(test: Mocha.Test): string {
  return `${relative(".", test.file ?? "")}: ${test.fullTitle()}`;
}

/** What lives, while the run goes on: the report comes at its end. And what only time has found, which a busy machine may be. */
class LivesReporter implements Reporter {
  onMutantTested({ status, statusReason, fileName, location: { start }, ...fault }: MutantResult): void {
    const byTime = status === "Timeout" || /^Timeout of |^within \d+ ms /.test(statusReason ?? "");
    const file = process.env["MUTATE_LIVES"];
    if (!file || !(byTime || status === "Survived" || status === "NoCoverage")) return;
    const what = `${fault.mutatorName} ${fault.replacement.replaceAll(/\s+/g, " ").slice(0, 300)}`;
    const where = `${relative(".", fileName)}:${start.line}:${start.column}`;
    appendFileSync(file, `${byTime ? "by time " : ""}${where} ${what}\n`);
  }
}

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, "mocha-modules", MochaRunner),
  declareClassPlugin(PluginKind.Reporter, "lives", LivesReporter),
];
