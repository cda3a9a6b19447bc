// `npm run simulate -- --spot FILE --load FILE --policy FILE`: the balancer on recorded traces, days of rounds in seconds.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { InputError, rootCause } from "../balancer/failures.ts";
import { outliveReader } from "../balancer/outliveReader.ts";
import { failByKind } from "./failWith.ts";
import { renderChart } from "./simulate/chart.ts";
import { compareAndTell } from "./simulate/chart/story.ts";
import type { InputFile } from "./simulate/inputs/problem.ts";
import { readScenario } from "./simulate/inputs/readScenario.ts";
import { renderComparison } from "./simulate/table.ts";

interface Options {
  spot: { name?: string; file: string }[];
  load: string;
  policy: string;
  cluster?: string;
  roundSeconds: number;
  replicas: number;
  seed: number;
  notice: number;
  output: "text" | "json";
  chart?: string;
}

function whole(least: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`expected a whole number of at least ${least}`);
    return value;
  };
}

/** `FILE`, or `NAME=FILE` for a further pool; the last one of a name counts. */
function spotFile(text: string, before: Options["spot"] = []): Options["spot"] {
  const [, name, file = text] = /^([a-z][a-z0-9]*)=(.+)$/.exec(text) ?? [];
  return [...before.filter((each) => each.name !== name), { ...(name !== undefined && { name }), file }];
}

function run({ output, chart, roundSeconds, notice, replicas, seed, ...files }: Options): void {
  const unreadable: string[] = [];
  const read = (flag: string, name: string): InputFile => {
    try {
      return { name, text: readFileSync(name, "utf8") };
    } catch (error) {
      unreadable.push(`--${flag}: cannot read ${name}: ${rootCause(error)}`);
      return { name, text: "" };
    }
  };
  const plain = files.spot.find(({ name }) => name === undefined);
  if (!plain) unreadable.push("--spot: expected FILE for the pool spot beside those of NAME=FILE");
  const inputs = {
    spot: plain ? read("spot", plain.file) : { name: "--spot", text: "" },
    moreSpot: Object.fromEntries(
      files.spot.flatMap(({ name, file }) => (name === undefined ? [] : [[name, read("spot", file)]])),
    ),
    load: read("load", files.load),
    policy: read("policy", files.policy),
    ...(files.cluster !== undefined && { cluster: read("cluster", files.cluster) }),
    ...{ roundSeconds, replicas, seed, noticeSeconds: notice },
  };
  if (unreadable.length > 0) throw new InputError(unreadable.join("\n"));
  const scenario = readScenario(inputs);
  // Days of rounds take a while: whoever gave a name that is taken is to know before.
  if (chart !== undefined && existsSync(chart))
    throw new InputError(`--chart ${chart}: is there already${kept}`);
  const { comparison, story } = compareAndTell(scenario);
  process.stdout.write(output === "json" ? `${JSON.stringify(comparison)}\n` : renderComparison(comparison));
  if (chart === undefined) return;
  try {
    writeFileSync(chart, renderChart(comparison, story), { flag: "wx" });
  } catch (error) {
    throw new InputError(`--chart ${chart}: ${rootCause(error)}${kept}`, { cause: error });
  }
}

const kept = "; nothing is overwritten";

outliveReader();
try {
  new Command("simulate")
    .description("Play a spot availability trace and a load trace through the balancer, in memory.")
    .requiredOption(
      "--spot <file>",
      'JSON: {"metadata":{"gap_seconds":N},"data":[spot nodes to be had, …]}; again with NAME=FILE for each of the cluster\'s spotPools',
      spotFile,
    )
    .requiredOption(
      "--load <file>",
      "CSV: time,workload,cpu,memory; of all replicas of the workload together",
    )
    .requiredOption("--policy <file>", "the balancer's policy (YAML)")
    .option("--cluster <file>", "pools, workloads and times (YAML); see scripts/simulate/README.md")
    .option("--round-seconds <n>", "time between rounds", whole(1), 60)
    .option("--replicas <n>", "of workloads that no cluster file describes", whole(1), 2)
    .option("--seed <n>", "of all chance", whole(0), 1)
    .option("--notice <seconds>", "from the announcement of a spot node's end until it comes", whole(0), 0)
    .addOption(new Option("--output <form>").choices(["text", "json"]).default("text"))
    .option("--chart <file>", "write a page that shows it: nodes, moves and costs over time")
    .allowExcessArguments(false)
    .exitOverride()
    .action(run)
    .parse();
} catch (error) {
  failByKind(error);
}
