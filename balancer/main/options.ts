// The command line: flags with their defaults, checked; everything wrong with them is an InputError.
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { InputError, rootCause } from "../failures.ts";
import { type Policy, defaultPolicy, parsePolicy } from "../policy.ts";
import { textOf } from "../yamlFile.ts";

export interface Options {
  /** Empty with `check` and `release`, which need none. */
  prometheus: string;
  /** How it wants to be asked. */
  prometheusConfig?: string;
  kubeconfig?: string;
  context?: string;
  serviceAccountDir?: string;
  policy?: string;
  /** Where Lease and state live. */
  namespace: string;
  dryRun: boolean;
  /** `<namespace>/<workload>`: say what led to its decision; a dry run. */
  explain?: string;
  /** Look at the policy only. */
  check: boolean;
  /** Take back everything of ours. */
  release: boolean;
  /** Workloads a minute, with `release`; missing: all at once. */
  pace?: number;
  /** Only these; missing: all. */
  namespaces?: string[];
  /** Propose a policy. */
  init: boolean;
  /** With `init`: where to, a file that is not there yet; missing: stdout. */
  out?: string;
  /** Manifests to judge without a cluster: files, folders, `-`. */
  offline?: string[];
  /** With `offline`: the least score, 0…100. */
  threshold?: number;
  output: "text" | "json" | "sarif";
  /** Seconds until no further step is begun. */
  deadline: number;
  logLevel: string;
}

/** Seconds: a release at a pace takes as long as it takes. */
const releaseDeadline = 3600;

/**
 * Prints help itself and then returns undefined.
 * @param isTerminal a person watches: the log is for them only when something is wrong
 */
export function parseOptions(argv: string[], isTerminal: boolean): Options | undefined {
  const command = new Command("spot-balancer")
    .description("One round of the balancer: observe the cluster, decide, act, report.")
    .option("--dry-run", "decide, and write nothing at all", false)
    .option(
      "--explain <namespace/workload>",
      "say everything that led to its decision, and write nothing at all",
    )
    .option("--check", "only say what is wrong with --policy; no cluster is needed", false)
    .addOption(
      new Option("--output <format>", "what goes to stdout")
        .choices(["text", "json", "sarif"])
        .default("text"),
    )
    .option(
      "--offline <files...>",
      "judge manifests without a cluster: files, folders, or - for standard input",
    )
    .option("--threshold <score>", "with --offline: exit with 4 below this score of 0 to 100", positive)
    .option("--init", "propose a policy from the nodes and namespaces that there are", false)
    .option("--out <file>", "with --init: write it there; nothing is overwritten")
    .option("--release", "take back every placement, annotation and placeholder of ours", false)
    .option("--namespaces <a,b>", "with --release, or --dry-run without a policy: only these", names)
    .option(
      "--pace <n>",
      "with --release: at most so many workloads a minute (default: all at once)",
      positive,
    );
  addRoundOptions(command, isTerminal ? "warn" : "info");
  addClusterOptions(command);
  const options = parse<Options>(command, argv);
  if (!options) return undefined;
  if (options.release) {
    const isSaid = command.getOptionValueSource("deadline") !== "default";
    return { ...options, prometheus: "", deadline: isSaid ? options.deadline : releaseDeadline };
  }
  if (options.init) return { ...options, prometheus: "" };
  if (options.out !== undefined) throw new InputError("--out: expected --init with it");
  if (options.offline) return { ...options, prometheus: "" };
  if (options.output === "sarif") throw new InputError("--output sarif: expected --offline with it");
  if (options.threshold !== undefined) throw new InputError("--threshold: expected --offline with it");
  if (options.pace !== undefined) throw new InputError("--pace: expected --release with it");
  if (options.check) {
    if (options.policy === undefined) throw new InputError("--check: expected --policy <file> with it");
    return { ...options, prometheus: "" };
  }
  needPrometheus(options);
  const dryRun = options.dryRun || options.explain !== undefined;
  if (options.namespaces !== undefined && (!dryRun || options.policy !== undefined)) {
    throw new InputError(
      "--namespaces: expected --release, or --dry-run without --policy (which lists its namespaces itself)",
    );
  }
  return { ...options, dryRun };
}

/** Of every command that does rounds. */
function addRoundOptions(command: Command, logLevel: string): void {
  command
    .option(
      "--prometheus <url>",
      "Prometheus with the kubelets' container metrics, e.g. http://localhost:9090",
    )
    .option(
      "--prometheus-config <file>",
      "login, headers, certificates and proxy for it, as promtool's --http.config.file",
    )
    .option(
      "--policy <file>",
      "policy (YAML); without it nothing moves, and a dry run judges all namespaces as if they were listed",
    )
    .option("--deadline <seconds>", "no further step is begun after this time", positive, 50)
    .addOption(
      new Option("--log-level <level>", "JSON lines on stderr")
        .choices(["debug", "info", "warn", "error", "silent"])
        .default(logLevel),
    );
}

function needPrometheus({ prometheus }: Pick<Options, "prometheus">): void {
  if (!prometheus) throw new InputError("required option '--prometheus <url>' not specified\nSee --help.");
}

function addClusterOptions(command: Command): void {
  command
    .option(
      "--kubeconfig <file>",
      "way into the cluster (default: $KUBECONFIG, ~/.kube/config, the pod's ServiceAccount)",
    )
    .option("--context <name>", "context in the kubeconfig instead of its current one")
    .option("--service-account-dir <dir>", "folder with token and ca.crt, inside of a pod")
    .option("--namespace <name>", "namespace of the Lease and the state", "monitoring");
}

/** All that is wrong with the arguments is an InputError; undefined: help was asked for and printed. */
function parse<Parsed extends object>(command: Command, argv: string[]): Parsed | undefined {
  command
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  try {
    return command.parse(argv, { from: "user" }).opts<Parsed>();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === "commander.helpDisplayed") return undefined;
    throw new InputError(`${message.replace(/^error: /, "")}\nSee --help.`, { cause: error });
  }
}

interface Address {
  host: string;
  port: number;
}

export interface MetricsOptions
  extends Address, Pick<Options, "kubeconfig" | "context" | "serviceAccountDir" | "namespace"> {}

/** Flags of `metrics`, the exporter. Prints help itself and then returns undefined. */
export function parseMetricsOptions(argv: string[]): MetricsOptions | undefined {
  const command = new Command("spot-balancer metrics").description(
    "Serves the numbers of the rounds to Prometheus, at /metrics.",
  );
  return parseServing<MetricsOptions>(command, argv);
}

export interface WatchOptions
  extends
    MetricsOptions,
    Pick<Options, "prometheus" | "prometheusConfig" | "policy" | "dryRun" | "deadline" | "logLevel"> {
  /** Between the starts of two rounds, seconds. */
  pause: number;
  /** The Deployment that runs it, and whose deletion is the end of the balancer. */
  releaseOnDelete?: string;
}

/** Flags of `watch`. Prints help itself and then returns undefined. */
export function parseWatchOptions(argv: string[]): WatchOptions | undefined {
  const command = new Command("spot-balancer watch")
    .description("Stays, and starts a round at once when a spot node is about to end, is lost, or has come.")
    .option("--dry-run", "decide, and write nothing at all", false)
    .option("--pause <seconds>", "between the starts of two rounds, at least", positive, 3)
    .option(
      "--release-on-delete <deployment>",
      "at its end take everything back, if this Deployment, its own, is deleted",
    );
  addRoundOptions(command, "info");
  const options = parseServing<WatchOptions>(command, argv);
  if (options) needPrometheus(options);
  return options;
}

/** With `--listen` and the way into the cluster. */
function parseServing<Parsed extends Address>(command: Command, argv: string[]): Parsed | undefined {
  command.option("--listen <host:port>", "where metrics and health are served", "127.0.0.1:9464");
  addClusterOptions(command);
  const options = parse<Omit<Parsed, keyof Address> & { listen: string }>(command, argv);
  return options && ({ ...options, ...addressOf(options.listen) } as unknown as Parsed);
}

function addressOf(listen: string): Address {
  const parts = /^(?:\[(?<six>[^\]]+)\]|(?<host>[^:]*)):(?<port>\d{1,5})$/.exec(listen)?.groups;
  const port = Number(parts?.["port"]);
  if (!parts || port > 65535)
    throw new InputError(`--listen: expected host:port such as 0.0.0.0:9464, got ${listen}`);
  return { host: parts["six"] ?? parts["host"] ?? "", port };
}

/** @throws InputError when it cannot be read, PolicyError when it says what a policy may not say */
export function readPolicy(path: string | undefined): Policy {
  if (path === undefined) return defaultPolicy;
  let text: string;
  try {
    text = textOf(readFileSync(path));
  } catch (error) {
    throw new InputError(`Cannot read the policy ${path}: ${rootCause(error)}`, { cause: error });
  }
  return parsePolicy(text);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("expected a number above 0");
  return value;
}

/** They become parts of paths. */
function names(text: string): string[] {
  const list = text.split(",").map((name) => name.trim());
  const odd = list.find((name) => !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name));
  if (odd !== undefined) throw new InvalidArgumentError(`expected names such as demo,shop, got "${odd}"`);
  return [...new Set(list)];
}
