// `npm run judge:pulumi [-- --build]`: the local stacks by both engines, one after the other on one environment; the
// records must be the same, and each step of their life must be seen. Needs `pulumi` on PATH, or Go and `--build`.
import { delimiter } from "node:path";
import { parseArgs } from "node:util";
import { ProjectCopy, TestEnvironment } from "../local/index.ts";
import { findCli } from "./pulumi/cli.ts";
import { accidentsIn, differences, type Accident } from "./pulumi/compare.ts";
import { embeddedEngine, pulumiEngine } from "./pulumi/engines.ts";
import { serveLanguageHost } from "./pulumi/languageHost.ts";
import { live, stacks, type Life } from "./pulumi/life.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** The random values of all stacks, and the database's port, which is any free one. */
function accidentsOf({ recorded }: Life): Accident[] {
  const all = Object.values(recorded).flat();
  const [, port] = /localhost:(\d+)/.exec(JSON.stringify(recorded["db-local"])) ?? [];
  return [...accidentsIn(all), ...(port === undefined ? [] : [[port, "11111"] as Accident])];
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
  const environment = new TestEnvironment(project.root);
  try {
    await environment.up();
    const theirs = await live(pulumiEngine(environment, project.root), environment, project, say);
    const ours = await live(embeddedEngine(environment), environment, project, say);
    const accidents = [ours, theirs].map((life) => accidentsOf(life)) as [Accident[], Accident[]];
    const found = stacks.map((stack) => {
      const [mine, other] = [ours.recorded[stack] ?? [], theirs.recorded[stack] ?? []];
      const lines = differences(mine, other, accidents);
      say(`${stack}: ${mine.length} and ${other.length} records, ${lines.length} differences`);
      return lines;
    });
    const failures = [...found.flat(), ...ours.failures, ...theirs.failures];
    failures.forEach(say);
    return failures.length === 0;
  } finally {
    await environment.remove();
    await host.close();
    project.remove();
  }
}

const { values } = parseArgs({ options: { build: { type: "boolean", default: false } } });
process.exitCode = (await judge(values.build)) ? 0 : 1;
