// `npm run load -- <profile> --url URL`: requests as many people send them, whether or not answers come.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { InputError, exitCodes, rootCause } from "../balancer/failures.ts";
import { outliveReader } from "../balancer/outliveReader.ts";
import { failByKind } from "./failWith.ts";
import { lasting, profileNames, readProfile } from "./load/profile.ts";
import { progressLine } from "./load/progress.ts";
import { runLoad } from "./load/run.ts";
import { summaryText } from "./load/summary.ts";
import { interrupted, readEnvironment, samplesToken, stateDir } from "./local/index.ts";

interface Options {
  url: URL;
  duration?: number;
  only?: string;
  tokenFile?: string;
  records: string;
  output: "text" | "json";
}

/** As shells have it for Ctrl-C. */
const interruptedCode = 130;

function address(text: string): URL {
  const url = URL.parse(text);
  const isPlain = url && [url.username, url.password, url.search, url.hash].every((part) => part === "");
  if (!isPlain || !["http:", "https:"].includes(url.protocol)) {
    throw new InvalidArgumentError("expected http(s)://host[:port][/prefix].");
  }
  return url;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 86_400)) throw new InvalidArgumentError("expected seconds, at most a day.");
  return value;
}

/** Of the one who runs this, else that of the local environment when it is the one that is aimed at. */
async function tokenFor(url: URL, file: string | undefined): Promise<string | undefined> {
  if (file !== undefined) {
    try {
      return readFileSync(file, "utf8").trim();
    } catch (error) {
      throw new InputError(`--token-file: cannot read ${file}: ${rootCause(error)}`);
    }
  }
  const ours = process.env["SAMPLES_TOKEN"];
  const environment = readEnvironment();
  if (ours !== undefined || environment === undefined) return ours;
  return (await samplesToken()).localSamplesToken(environment, url);
}

async function load(
  name: string,
  { url, duration, only, tokenFile, records, output }: Options,
): Promise<void> {
  const whole = readProfile(name);
  const names = whole.phases.map((phase) => phase.name);
  if (only !== undefined && !names.includes(only)) {
    throw new InputError(`--only: expected one of ${names.join(", ")}, got ${only}`);
  }
  const phases = whole.phases.filter((phase) => only === undefined || phase.name === only);
  const profile = duration === undefined ? { ...whole, phases } : lasting({ ...whole, phases }, duration);
  const line = progressLine(process.stderr);
  const summaries = await runLoad({
    token: await tokenFor(url, tokenFile),
    ...{ url, profile, recordsFile: records, signal: interrupted },
    ...{ onProgress: line.show, progressMs: line.everyMs },
  }).finally(line.clear);
  const stopped = interrupted.aborted;
  const kept = summaries.every(({ missed }) => missed.length === 0);
  const result = { profile: name, url: url.href, interrupted: stopped, kept, phases: summaries };
  process.stdout.write(output === "json" ? `${JSON.stringify(result)}\n` : summaryText(summaries));
  process.exitCode = stopped ? interruptedCode : kept ? exitCodes.done : exitCodes.unexpected;
}

outliveReader();
const program = new Command("load")
  .description("Send load to one address, and say what came of it. Exit code 1: a threshold was not kept.")
  .argument("<profile>", `${profileNames.join(", ")}, or a YAML file`)
  .requiredOption("--url <url>", "whom it is aimed at; there is no default", address)
  .option("--duration <seconds>", "of each phase, instead of what the profile says", seconds)
  .option("--only <phase>", "one phase of the profile")
  .option("--token-file <file>", "what the API wants from who stores samples; default: $SAMPLES_TOKEN")
  .option(
    "--records <file>",
    "answers that are kept and posted (JSONL)",
    join(stateDir, "load/records.jsonl"),
  )
  .addOption(new Option("--output <form>").choices(["text", "json"]).default("text"))
  .allowExcessArguments(false)
  .exitOverride()
  .action(load);
await program.parseAsync().catch(failByKind);
