// The program: `npm run balance` on a laptop, and the CronJob in the cluster. Flags in, one round, an exit code out.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { explain } from "./decide/explain.ts";
import { InputError, UnreachableError, exitCodes, rootCause } from "./failures.ts";
import { ApiError } from "./kube/apiError.ts";
import { connect } from "./kube/client.ts";
import { loadKubeConfig } from "./kube/config.ts";
import { serveMetrics } from "./metrics/exporter.ts";
import { type Options, parseMetricsOptions, parseOptions, readPolicy } from "./main/options.ts";
import { type RoundResult, type Skipped, runRound } from "./main/round.ts";
import { outliveReader } from "./outliveReader.ts";
import { printable, printableJson, printableLine } from "./printable.ts";
import { type Policy, PolicyError } from "./policy.ts";
import { connectPrometheus } from "./prometheus.ts";
import { createLog, renderExplanation, renderTable } from "./report.ts";

/** After the deadline, or a signal, a write that is under way gets this long to end. */
const graceMs = 10_000;

async function main(argv: string[]): Promise<number> {
  if (argv[0] === "metrics") return exportMetrics(argv.slice(1));
  const options = parseOptions(argv, process.stderr.isTTY === true);
  if (!options) return exitCodes.done;
  const policy = readPolicy(options.policy);
  if (options.check) {
    process.stdout.write(describePolicy(policy, options));
    return exitCodes.done;
  }
  const config = loadKubeConfig(options, process.env);

  const stop = new AbortController();
  const cut = new AbortController();
  const end = (reason: Error) => {
    stop.abort(reason);
    setTimeout(() => cut.abort(reason), graceMs).unref();
  };
  const timeout = setTimeout(
    () => end(new UnreachableError(`The round was not finished within ${options.deadline} s (--deadline)`)),
    options.deadline * 1000,
  ).unref();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => end(new Stopped(signal)));

  const prometheus = connectPrometheus(options.prometheus, { signal: cut.signal });
  const client = connect(config, { signal: cut.signal });
  const identity = `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
  const { namespace, dryRun } = options;
  const log = createLog(options.logLevel);
  try {
    const result = await runRound({
      ...{ client, prometheus, policy, namespace, dryRun, identity, log },
      stop: stop.signal,
    });
    return conclude(result, policy, options);
  } finally {
    clearTimeout(timeout);
    // Requests that were left behind must not keep the process.
    cut.abort();
  }
}

/** The exporter: runs until a signal comes. */
async function exportMetrics(argv: string[]): Promise<number> {
  const options = parseMetricsOptions(argv);
  if (!options) return exitCodes.done;
  const stop = new AbortController();
  // Shorter than a scrape's own timeout, so that Prometheus hears why.
  const client = connect(loadKubeConfig(options, process.env), {
    signal: stop.signal,
    timeoutMs: 4000,
    retries: 1,
  });
  const server = serveMetrics(client, options.namespace);
  const { host, port } = options;
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new InputError(`--listen: cannot listen at ${host}:${port}: ${rootCause(error)}`, { cause: error });
  }
  const address = server.address() as AddressInfo;
  process.stderr.write(`Metrics are served at http://${address.address}:${address.port}/metrics\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  stop.abort();
  server.close();
  server.closeAllConnections();
  await client.close();
  return exitCodes.done;
}

class Stopped extends Error {
  constructor(signal: string) {
    super(`Stopped by ${signal}`);
  }
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
