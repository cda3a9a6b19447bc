// `npm run judge`: judges that are not ours, over everything that would be deployed. Exit 1 when one finds something.
import Table from "cli-table3";
import { Command } from "commander";
import { interrupted, TestEnvironment } from "../local/index.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { readExceptions, workloadsByObject } from "./exceptions.ts";
import type { Rendering } from "./model.ts";
import { ensurePrograms, panelOf } from "./panel.ts";
import { renderAlone, renderFolders, renderStack, stacks } from "./renderings.ts";
import { explain, verdictOn, type Opinion, type Verdict } from "./verdict.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const report = (line: string): void => void process.stderr.write(`${line}\n`);

interface Hearing {
  renderings: Rendering[];
  opinions: Opinion[];
}

async function hear(environment: TestEnvironment, work: string): Promise<Hearing> {
  const [programs, { kubeconfig }] = await Promise.all([ensurePrograms(report), environment.up()]);
  const rendered: Promise<Rendering | Rendering[]>[] = [
    ...stacks.map((stack) => renderStack(environment, work, stack)),
    renderFolders(programs.kustomize, work),
    renderAlone(work),
  ];
  await Promise.allSettled(rendered); // nothing still writes when one has failed
  const renderings = (await Promise.all(rendered)).flat();
  const opinions: Opinion[] = [];
  const panel = Object.entries(panelOf(programs, kubeconfig));
  // One after the other: they share the namespaces of one control plane.
  for (const rendering of renderings) {
    const ofRendering = panel.map(async ([judge, ask]): Promise<Opinion> => {
      try {
        return { rendering: rendering.name, judge, findings: await ask(rendering) };
      } catch (error) {
        throw new Error(`${judge} could not judge ${rendering.name}: ${String(error)}`, { cause: error });
      }
    });
    opinions.push(...(await Promise.all(ofRendering)));
  }
  return { renderings, opinions };
}

async function judgeEverything(): Promise<boolean> {
  const environment = new TestEnvironment();
  using work = temporaryFolder();
  const interruption = new Promise<never>((_resolve, reject) =>
    interrupted.addEventListener("abort", () => reject(interrupted.reason as Error)),
  );
  try {
    const { renderings, opinions } = await Promise.race([hear(environment, work.path), interruption]);
    const workloads = workloadsByObject();
    // What only the chart has, such as its hook, is the balancer's, too.
    const workloadOf = (object: string): string | undefined =>
      workloads.get(object) ?? (object.includes("/spot-balancer-") ? "balancer" : undefined);
    const verdict = verdictOn(opinions, readExceptions(), workloadOf);
    say(tableOf(renderings, verdict));
    for (const line of explain(verdict, workloadOf)) say(line);
    return passed(verdict);
  } finally {
    await environment.remove();
  }
}

function tableOf(renderings: readonly Rendering[], { opinions }: Verdict): string {
  const judges = [...new Set(opinions.map(({ judge }) => judge))];
  const table = new Table({ head: ["", "objects", ...judges], style: { head: [], border: [] } });
  for (const { name, objects } of renderings) {
    const cells = opinions
      .filter(({ rendering }) => rendering === name)
      .map(({ open, excused }) => {
        const reasons = excused > 0 ? ` (${excused} with a reason)` : "";
        return (open.length === 0 ? "ok" : `${open.length} found`) + reasons;
      });
    table.push([name, objects.length, ...cells]);
  }
  return table.toString();
}

/** Says so in the words of the tests, by which .ci/run counts: each judge of each rendering is one, the reasons one more. */
function passed({ opinions, unused }: Verdict): boolean {
  const failing = opinions.filter(({ open }) => open.length > 0).length + (unused.length > 0 ? 1 : 0);
  say(`\n  ${opinions.length + 1 - failing} passing`);
  if (failing > 0) say(`  ${failing} failing`);
  return failing === 0;
}

const program = new Command("judge")
  .description("Judges that are not ours, over everything that would be deployed.")
  .option("--install", "only bring the judges, so that judging is quick later")
  .action(async ({ install }: { install?: boolean }) => {
    if (install) await ensurePrograms(report);
    else if (!(await judgeEverything())) process.exitCode = 1;
  });

await program.parseAsync().catch((error: unknown) => {
  report(error instanceof Error ? error.message : String(error));
  process.exitCode = interrupted.aborted ? 130 : 2;
});
