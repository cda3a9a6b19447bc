import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { waitFor } from "./waitFor.ts";
import { projectRoot, type Environment } from "./environment.ts";
import { writePidFile } from "./processes/pidFile.ts";
import { temporaryFolder, writeProgram } from "./tools/testing/releases.ts";

const environment: Environment = {
  supervisorPid: 1,
  supervisorSocket: "/nowhere.sock",
  kubeconfig: "/state/it's here/kubeconfig",
  apiServer: "https://127.0.0.1:6443",
  providers: { "azure-native": "127.0.0.1:23456", kubernetes: "127.0.0.1:2", random: "127.0.0.1:3" },
};

/** Stands in for the CLI: notes arguments and environment, and answers as the real one does to what we ask it. */
const recordedCli = `
if [ "$1" = destroy ]; then trap 'echo cancelled >> "$RECORD"; exit 1' INT; fi
{ echo "$@"; echo "  $PWD $PULUMI_BACKEND_URL $PULUMI_CONFIG_PASSPHRASE $PULUMI_DEBUG_PROVIDERS $(command -v node)"; } >> "$RECORD"
case "$1 $2" in
  "stack ls") echo '[{"name":"base-local","current":false},{"name":"organization/spot-balancer/db-local"}]' ;;
  "destroy "*) while :; do sleep 0.05; done ;;
  "preview "*) exit \${PREVIEW_EXIT:-0} ;;
esac`;

describe("the Pulumi CLI as engine", () => {
  const folder = temporaryFolder();
  const record = join(folder.path, "record");
  const state = join(folder.path, "state");
  const bin = join(folder.path, "bin");
  before(() => {
    writeProgram(bin, "pulumi", recordedCli);
    writePidFile(join(state, "run"), "supervisor", process.pid);
  });
  beforeEach(() => {
    writeFileSync(join(state, "environment.json"), JSON.stringify(environment));
    writeFileSync(record, "");
  });
  after(() => folder.remove());

  const variables = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
    ...process.env,
    SPOT_BALANCER_STATE: state,
    RECORD: record,
    PATH: `${bin}:/usr/bin:/bin`,
    ...more,
  });
  /** In a process of its own: where the state lies is decided when it starts. */
  const script = (code: string): string[] => [
    "--input-type=module",
    "-e",
    `import { runPulumi } from ${JSON.stringify(join(import.meta.dirname, "pulumiCli.ts"))};
     import { interrupted as signal } from ${JSON.stringify(join(import.meta.dirname, "interrupt.ts"))};
     process.exitCode = await ${code};`,
  ];
  const run = (code: string, more: NodeJS.ProcessEnv = {}): { status: number | null; stderr: string } =>
    spawnSync(process.execPath, script(code), { encoding: "utf8", env: variables(more) });
  const recorded = (): string[] => readFileSync(record, "utf8").trimEnd().split("\n");

  it("runs in the project, with the environment's state, passphrase, emulated Azure and Node", () => {
    const { status, stderr } = run(`runPulumi("up", "db-local")`);
    assert.deepEqual([status, stderr], [0, ""]);
    const seen = `  ${projectRoot} file://${state}/pulumi local azure-native:23456,kubernetes:2,random:3 ${process.execPath}`;
    assert.deepEqual(recorded(), ["stack ls --json", seen, "up --stack=db-local --yes --skip-preview", seen]);
  });

  it("attaches its providers behind those that the caller has attached", () => {
    run(`runPulumi("up", "db-local")`, { PULUMI_DEBUG_PROVIDERS: "random:7,docker:8" });
    assert.match(recorded()[1]!, / random:7,docker:8,azure-native:23456,kubernetes:2,random:3 /);
  });

  it("makes a stack that its state does not have, and selects none", () => {
    run(`runPulumi("up", "deploy-local", { refresh: true, json: true })`);
    assert.deepEqual(
      recorded().filter((line) => !line.startsWith(" ")),
      [
        "stack ls --json",
        "stack init deploy-local --no-select",
        "up --stack=deploy-local --yes --skip-preview --refresh --json",
      ],
    );
  });

  it("hands on the exit code of a preview", () => {
    const code = `runPulumi("preview", "base-local", { expectNoChanges: true })`;
    assert.equal(run(code, { PREVIEW_EXIT: "255" }).status, 255);
    assert.equal(recorded().at(-2), "preview --stack=base-local --expect-no-changes");
  });

  it("asks the CLI to cancel on Ctrl-C, and waits for it", async () => {
    const child = execFile(process.execPath, script(`runPulumi("destroy", "base-local", { signal })`), {
      env: variables({}),
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    await waitFor(() => recorded().length === 4, {
      what: "destroy to run",
      timeoutMs: 50_000,
      intervalMs: 20,
    });
    child.kill("SIGINT");
    assert.equal(await ended, 130);
    assert.equal(recorded().at(-1), "cancelled");
  });

  const refused: [string, string, NodeJS.ProcessEnv, RegExp][] = [
    [
      "without a CLI",
      `runPulumi("up", "base-local")`,
      { PATH: "/nowhere" },
      /there is no `pulumi` on PATH: install/,
    ],
    [
      "for a stack in Azure",
      `runPulumi("up", "base-dev")`,
      {},
      /base-dev is no local stack: run `pulumi up --stack/,
    ],
    [
      "without an environment",
      `runPulumi("up", "base-local")`,
      { SPOT_BALANCER_STATE: "/nowhere" },
      /the local environment is not running\. Start it first: npm run local -- up/,
    ],
  ];
  for (const [when, code, more, message] of refused) {
    it(`refuses ${when}`, () => {
      const { status, stderr } = run(code, more);
      assert.equal(status, 1);
      assert.match(stderr, message);
    });
  }

  it("is told by `env` all it needs to be used by hand", async () => {
    const code = `import { env } from ${JSON.stringify(join(import.meta.dirname, "commands", "env.ts"))}; console.log(env());`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], {
      env: variables({}),
    });
    const shell = spawnSync(
      "sh",
      ["-c", `eval "$EXPORTS"; echo "$KUBECONFIG"; pulumi preview; command -v node`],
      {
        encoding: "utf8",
        env: { PATH: `${bin}:/usr/bin:/bin`, RECORD: record, EXPORTS: stdout },
      },
    );
    assert.deepEqual(shell.stdout.trimEnd().split("\n"), ["/state/it's here/kubeconfig", process.execPath]);
    assert.match(
      recorded().at(-1)!,
      new RegExp(` file://${state}/pulumi local azure-native:23456,kubernetes:2,random:3 `),
    );
  });
});
