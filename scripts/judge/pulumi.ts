// `npm run judge:pulumi [-- --build]`: the local stacks by both engines, one after the other on one environment each; the
// records must be the same, and each step of their life must be seen. Needs `pulumi` on PATH, or Go and `--build`.
import { delimiter } from "node:path";
import { parseArgs } from "node:util";
import { ProjectCopy, TestEnvironment } from "../local/index.ts";
import { findCli } from "./pulumi/cli.ts";
import { differences } from "./pulumi/compare.ts";
import { embeddedEngine, pulumiEngine, type Engine } from "./pulumi/engines.ts";
import { serveLanguageHost } from "./pulumi/languageHost.ts";
import { live, stacks, type Life } from "./pulumi/life.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** In an environment of its own: what one engine has made is no business of the other's. */
async function lifeBy(
  project: ProjectCopy,
  engineOf: (environment: TestEnvironment) => Engine,
): Promise<Life> {
  const environment = new TestEnvironment(project.root);
  try {
    await environment.up();
    return await live(engineOf(environment), environment, project, say);
  } finally {
    await environment.remove();
  }
}

async function judge(build: boolean): Promise<boolean> {
  const cli = await findCli(build, say);
  if (cli === undefined) {
    say("There is no `pulumi` on PATH. With Go, `npm run judge:pulumi -- --build` builds it.");
    return false;
  }
  process.env["PATH"] = [cli, process.env["PATH"]].join(delimiter);
  const project = new ProjectCopy();
  const host = await serveLanguageHost(project.root);
  process.env["PULUMI_DEBUG_LANGUAGES"] = host.variable;
  try {
    const theirs = await lifeBy(project, (environment) => pulumiEngine(environment, project.root));
    const ours = await lifeBy(project, embeddedEngine);
    const found = stacks.map((stack) => {
      const [mine, other] = [ours.recorded[stack] ?? [], theirs.recorded[stack] ?? []];
      const lines = differences(mine, other);
      say(`${stack}: ${mine.length} and ${other.length} records, ${lines.length} differences`);
      return lines;
    });
    const failures = [...found.flat(), ...ours.failures, ...theirs.failures];
    failures.forEach(say);
    return failures.length === 0;
  } finally {
    await host.close();
    project.remove();
  }
}

const { values } = parseArgs({ options: { build: { type: "boolean", default: false } } });
process.exitCode = (await judge(values.build)) ? 0 : 1;
