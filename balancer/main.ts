// The program: `npm run balance` on a laptop, and the CronJob in the cluster. Flags in, one round, an exit code out. The
// commands that stay (`metrics`, `watch`) are in main/.
import { explain } from "./decide/explain.ts";
import { InputError, UnreachableError, exitCodes } from "./failures.ts";
import { ApiError } from "./kube/apiError.ts";
import { loadKubeConfig } from "./kube/config.ts";
import { exportMetrics } from "./main/exporter.ts";
import { oneRound } from "./main/oneRound.ts";
import { runInit } from "./main/init.ts";
import { runOffline } from "./main/offline.ts";
import { type Options, parseOptions, readPolicy } from "./main/options.ts";
import { runRelease } from "./main/release.ts";
import type { RoundResult, Skipped } from "./main/round.ts";
import { Stopped, untilSignal } from "./main/serving.ts";
import { watch } from "./main/watch.ts";
import { assumedPolicy } from "./main/withoutPolicy.ts";
import { outliveReader } from "./outliveReader.ts";
import { printable, printableJson, printableLine } from "./printable.ts";
import { type Policy, PolicyError } from "./policy.ts";
import { createLog, renderExplanation, renderTable } from "./report.ts";

async function main(argv: string[]): Promise<number> {
  const [command, ...rest] = argv;
  if (command === "metrics") return exportMetrics(rest);
  if (command === "watch") return watch(rest);
  const options = parseOptions(argv, process.stderr.isTTY === true);
  if (!options) return exitCodes.done;
  let policy = readPolicy(options.policy);
  if (options.check) {
    process.stdout.write(describePolicy(policy, options));
    return exitCodes.done;
  }
  if (options.offline) return runOffline(options, policy, Date.now());
  const config = loadKubeConfig(options, process.env);
  const ending = untilSignal();
  if (options.init) return runInit(options, config, ending);
  if (options.release) return runRelease({ ...options, policy }, config, ending);
  if (options.dryRun && options.policy === undefined)
    policy = await assumedPolicy(config, options.namespaces, ending);
  const log = createLog(options.logLevel);
  const result = await oneRound({ ...options, ...{ config, policy, log, ending } });
  return conclude(result, policy, options);
}

/** What `--check` says of a policy without problems. */
function describePolicy({ namespaces }: Policy, { policy: file, output }: Options): string {
  if (output === "json") return json({ valid: true, namespaces: Object.keys(namespaces) });
  const names = Object.entries(namespaces).map(([name, { allowed }]) =>
    allowed ? name : `${name} (forbidden)`,
  );
  const what =
    names.length === 0 ? "It lists no namespace, so nothing would move" : `It lists ${names.join(", ")}`;
  return `The policy ${file} is valid. ${what}.\n`;
}

/** Writes the result to stdout, and what is wrong to stderr. */
function conclude(result: RoundResult | Skipped, policy: Policy, { output, explain: name }: Options): number {
  if ("heldBy" in result) {
    const until = new Date(result.until).toISOString();
    const skipped = `The Lease is held by ${result.heldBy} until ${until}: another balancer acts, this one did nothing`;
    const stats = { skipped: "LeaseHeld", heldBy: result.heldBy, until };
    process.stdout.write(
      output === "json"
        ? json({ moves: [], refusals: [], outcomes: [], stats })
        : `${printableLine(skipped)}\n`,
    );
    return exitCodes.done;
  }
  const { plan, snapshot, decidedAt, outcomes, stats } = result;
  const { moves, refusals } = plan;
  const seen = { snapshot, policy, now: decidedAt };
  if (name !== undefined) {
    const found = explain(name, plan, seen);
    process.stdout.write(output === "json" ? json(found) : found.map(renderExplanation).join("\n"));
  } else if (output === "json") {
    process.stdout.write(json({ moves, refusals, outcomes, stats }));
  } else {
    const width = process.stdout.isTTY ? process.stdout.columns : undefined;
    process.stdout.write(renderTable(plan, outcomes, stats, { ...seen, width }));
  }
  const problems = [
    ...result.problems,
    ...outcomes.filter(({ result }) => result === "Failed").map(({ message }) => message),
  ];
  if (problems.length === 0) return exitCodes.done;
  process.stderr.write(`${printable([...new Set(problems)].map(withAdvice).join("\n"))}\n`);
  return exitCodes.unreachable;
}

const json = (value: unknown) => `${printableJson(JSON.stringify(value))}\n`;

function exitCodeOf(error: unknown): number {
  if (error instanceof InputError || error instanceof PolicyError) return exitCodes.badInput;
  if (error instanceof UnreachableError || error instanceof ApiError) return exitCodes.unreachable;
  return exitCodes.unexpected;
}

/** RBAC's own sentence names verb, resource and namespace; this adds who grants it. */
function withAdvice(message: string): string {
  if (!/ cannot \w+ resource /.test(message)) return message;
  return `${message}\nThe balancer's rights are in k8s/balancer: clusterrole.yaml for reading, one Role in each namespace that policy lists for writing.`;
}

outliveReader();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const known = exitCodeOf(error) !== exitCodes.unexpected || error instanceof Stopped;
  const text =
    error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`${printable(withAdvice(text))}\n`);
  process.exitCode = exitCodeOf(error);
}
