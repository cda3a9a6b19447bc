// `npm run pipeline -- …`: the steps of the workflows, the same on a laptop.
import { Command, InvalidArgumentError, Option } from "commander";
import { outliveReader } from "../../balancer/outliveReader.ts";
import { configuredStacks, isLocalStack, layers, parseStackName } from "../../stacks/stackName.ts";
import { estimateCost } from "../../stacks/cost/estimate.ts";
import { loadPrices } from "../../stacks/cost/prices.ts";
import { recordStack } from "../cost/record.ts";
import type { Backend } from "../destroy/backend.ts";
import { failWith } from "../failWith.ts";
import { projectRoot } from "../local/index.ts";
import { absentComment, previewComment, waitingComment } from "./comment.ts";
import { driftExitCode, issueAction } from "./drift.ts";
import { changedFiles } from "./gitChanges.ts";
import { accessFrom, GitHub } from "./github.ts";
import { changedStacks } from "./layers.ts";
import type { Previewer } from "./preview.ts";
import { summarize } from "./preview.ts";
import { missingBelow } from "./waiting.ts";

type EngineName = "embedded" | "pulumi";

const say = (text: string) => process.stdout.write(`${text}\n`);
const commit = () => process.env["GITHUB_SHA"]?.slice(0, 12) ?? "this work tree";

const gitHub = () => {
  const access = accessFrom(process.env);
  return access && new GitHub(access);
};

function engineFor(stack: string, engine: EngineName | undefined): EngineName {
  parseStackName(stack, configuredStacks());
  return engine ?? (isLocalStack(stack) ? "embedded" : "pulumi");
}

const previewerOf = async (engine: EngineName): Promise<Previewer> =>
  engine === "embedded"
    ? (await import("./previewEmbedded.ts")).previewEmbedded
    : (await import("./previewPulumi.ts")).previewPulumi;

const backendOf = async (engine: EngineName): Promise<Backend> =>
  engine === "embedded"
    ? (await import("../destroy/embedded.ts")).embedded
    : (await import("../destroy/pulumiCli.ts")).pulumiCli;

interface StacksOptions {
  base?: string;
  env?: string;
  matrix?: boolean;
}

/** Prints a JSON list, lower layers first; a workflow makes jobs of it. */
async function stacks({ base, env, matrix }: StacksOptions): Promise<void> {
  const configured = configuredStacks();
  const files = base === undefined ? ["Pulumi.yaml"] : await changedFiles(projectRoot, base);
  const found = changedStacks(files, configured).map((stack) => ({ stack, env: parseStackName(stack).env }));
  const wanted = found.filter((each) => env === undefined || each.env === env);
  say(JSON.stringify(matrix ? wanted : wanted.map(({ stack }) => stack)));
}

interface PreviewOptions {
  engine?: EngineName;
  pullRequest?: number;
}

async function preview(stack: string, { engine: wanted, pullRequest }: PreviewOptions): Promise<void> {
  const engine = engineFor(stack, wanted);
  const backend = await backendOf(engine);
  const known = await backend.known?.();
  const missing = missingBelow(stack, configuredStacks(), await backend.standing());
  let body: string;
  if (known?.includes(stack) === false) body = absentComment(stack, commit());
  else if (missing.length > 0) body = waitingComment(stack, missing, commit());
  else {
    const result = await (await previewerOf(engine))({ stack, refresh: false });
    const failed = result.failures.length > 0;
    const cost = failed ? undefined : estimateCost(await recordStack(stack), loadPrices()).total;
    body = previewComment({ result, cost, commit: commit() });
    if (failed) process.exitCode = 1;
  }
  say(body);
  if (pullRequest === undefined) return;
  const hub = gitHub();
  if (!hub)
    throw new Error("--pull-request needs GITHUB_TOKEN and GITHUB_REPOSITORY, as a workflow has them");
  await hub.comment(pullRequest, stack, body);
}

async function drift(stack: string, { engine: wanted }: { engine?: EngineName }): Promise<void> {
  const engine = engineFor(stack, wanted);
  if (!(await (await backendOf(engine)).standing()).some((other) => other.stack === stack)) {
    say(`${stack} is not deployed: nothing can drift`);
    return;
  }
  const result = await (await previewerOf(engine))({ stack, refresh: true });
  process.exitCode = driftExitCode(result);
  for (const failure of result.failures) process.stderr.write(`${failure}\n`);
  if (process.exitCode !== 1) say(`${stack}: ${summarize(result)}`);

  const hub = gitHub();
  if (!hub) return;
  const server = process.env["GITHUB_SERVER_URL"] ?? "https://github.com";
  const run = `${server}/${process.env["GITHUB_REPOSITORY"] ?? ""}/actions/runs/${process.env["GITHUB_RUN_ID"] ?? ""}`;
  await hub.act(issueAction(result, await hub.openDriftIssues(), run, commit()));
}

/** @throws without access to GitHub */
async function subject(environment: string): Promise<void> {
  const hub = gitHub();
  if (!hub) throw new Error("expected GITHUB_TOKEN (`gh auth token`) and GITHUB_REPOSITORY (owner/name)");
  say(await hub.subject(environment));
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("expected a number such as 12");
  return number;
}

const engineOption = () =>
  new Option("--engine <name>", "default: embedded for local stacks, else pulumi").choices([
    "embedded",
    "pulumi",
  ]);

const program = new Command("pipeline").description("Steps of the workflows in .github/workflows");
program
  .command("stacks")
  .description(
    `stacks as JSON, in the order ${layers.join(", ")}; with --base only those that a change concerns`,
  )
  .option("--base <revision>", "where the change starts, which ends with HEAD")
  .option("--env <name>", "of one environment only")
  .option("--matrix", "with each one's environment, as the jobs of a workflow take it")
  .action(stacks);
program
  .command("subject")
  .description(
    "what GitHub's OIDC tokens for an environment's jobs name themselves, for a federated credential",
  )
  .argument("<environment>", "such as drift-dev")
  .action(subject);
program
  .command("preview")
  .description("preview a stack as the comment of a pull request; exit 1 when it fails")
  .argument("<stack>")
  .addOption(engineOption())
  .option("--pull-request <number>", "write or update the comment there", positive)
  .action(preview);
program
  .command("drift")
  .description(
    "compare a stack with what is there; exit 0: no drift, 2: drift, 1: could not be told. In a workflow: keep an issue about it",
  )
  .argument("<stack>")
  .addOption(engineOption())
  .action(drift);

outliveReader();
await program.parseAsync().catch(failWith(1));
