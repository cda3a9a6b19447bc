import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { projectRoot } from "../local/index.ts";

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, string>;
}

interface Job {
  "runs-on": string;
  "timeout-minutes"?: number;
  if?: string;
  needs?: string | string[];
  environment?: string;
  env?: Record<string, string>;
  permissions?: Record<string, string>;
  concurrency?: { group: string; "cancel-in-progress": boolean };
  strategy?: { "max-parallel"?: number };
  steps: Step[];
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: object;
  env?: Record<string, string>;
  jobs: Record<string, Job>;
}

const folder = join(projectRoot, ".github/workflows");
const texts = new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")]));
const workflows = new Map([...texts].map(([file, text]) => [file, parse(text) as Workflow]));
const workflow = (file: string) => workflows.get(file) ?? assert.fail(`no workflow ${file}`);
const jobs = [...workflows].flatMap(([file, { jobs: all }]) =>
  Object.entries(all).map(([name, job]) => ({ name: `${file} ${name}`, job })),
);
/** The one job that writes to the repository: the release that somebody's tag asks for. */
const publishing = "release.yml publish";
const usesAzure = ({ steps }: Job) => steps.some(({ uses }) => uses?.startsWith("azure/login@"));
const packageFile = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
};

describe("workflows", () => {
  it("keep jobs that may take more than an hour signed in", () => {
    const long = jobs.filter(({ job }) => usesAzure(job) && (job["timeout-minutes"] ?? 360) >= 60);
    assert.equal(long.length, 6);
    for (const { name, job } of long) {
      const login = job.steps.findIndex(({ uses }) => uses?.startsWith("azure/login@"));
      assert.match(job.steps[login + 1]?.run ?? "", /^nohup \.github\/keep-signed-in\.sh &/, name);
    }
  });

  it("sign in again with a token that GitHub gave just then, and try again where it gave none", () => {
    const bin = mkdtempSync(join(tmpdir(), "signed-in-"));
    const program = (name: string, body: string) =>
      writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    program("sleep", `echo >> ${bin}/rounds; [ $(wc -l < ${bin}/rounds) -le 3 ]`);
    program("curl", `[ $(wc -l < ${bin}/rounds) = 1 ] && exit 22; echo "{\\"value\\":\\"$4\\"}"`);
    program("jq", "sed 's/.*:\"//; s/\".*//'");
    program("az", `echo "$@" >> ${bin}/logins`);
    const env = {
      PATH: `${bin}:${process.env["PATH"]}`,
      ...{ ACTIONS_ID_TOKEN_REQUEST_TOKEN: "t", ACTIONS_ID_TOKEN_REQUEST_URL: "https://gh?x=1" },
      ...{ ARM_CLIENT_ID: "client", ARM_TENANT_ID: "tenant" },
    };
    spawnSync(join(projectRoot, ".github/keep-signed-in.sh"), ["1"], { env, timeout: 10_000 });
    const logins = readFileSync(join(bin, "logins"), "utf8").trim().split("\n");
    assert.equal(logins.length, 2);
    assert.match(logins[0]!, /--username client --tenant tenant --federated-token /);
  });

  it("pin every action by a commit, with its version beside it, and each action to one only", () => {
    const pins = new Map<string, string>();
    for (const line of [...texts.values()]
      .flatMap((text) => text.split("\n"))
      .filter((each) => each.includes("uses:"))) {
      const [, action = "", pin = ""] =
        /uses: ([\w-]+\/[\w-]+)(?:\/[\w-]+)?@([0-9a-f]{40} # v\d+\.\d+(?:\.\d+)?)$/.exec(line) ?? [];
      assert.ok(action, `expected owner/action@<commit> # v1.2.3, got${line}`);
      assert.equal(pins.get(action) ?? pin, pin, action);
      pins.set(action, pin);
    }
    assert.ok(pins.size > 4);
  });

  it("run where the API server can be reached, wherever they sign in to Azure", () => {
    const wanted = "${{ vars.AZURE_RUNNER || 'ubuntu-24.04' }}";
    for (const { name, job } of jobs) assert.equal(job["runs-on"] === wanted, usesAzure(job), name);
  });

  it("know no secret, and give no job more than it names", () => {
    for (const [file, text] of texts) assert.doesNotMatch(text, /secrets\./, file);
    for (const [file, { permissions }] of workflows) assert.deepEqual(permissions, {}, file);
    for (const { name, job } of jobs)
      assert.equal(job.permissions?.["contents"], name === publishing ? "write" : "read", name);
  });

  it("sign in to Azure by OIDC within an environment only, and never on behalf of a fork", () => {
    for (const { name, job } of jobs) {
      const signs = usesAzure(job) || name === publishing;
      assert.equal(job.permissions?.["id-token"], signs ? "write" : undefined, name);
      assert.equal(job.environment !== undefined, usesAzure(job), name);
    }
    const onPullRequest = workflow("preview.yml").jobs;
    assert.match(onPullRequest["layers"]?.if ?? "", /head\.repo\.full_name == github\.repository/);
    assert.equal(onPullRequest["preview"]?.needs, "layers");
    assert.ok(!Object.values(workflow("checks.yml").jobs).some(usesAzure));
  });

  it("read with a reading identity, write with the environment's own, and know one environment each", () => {
    const written = jobs.filter(({ job }) => usesAzure(job));
    for (const { name, job } of written) {
      const writes = job.steps.some(({ run }) => /pulumi up|destroy -- "\$STACK"/.test(run ?? ""));
      const [, role] =
        /^(?:(preview|drift)-)?\$\{\{ [\w.-]+ \}\}$/.exec(job.environment ?? "") ?? assert.fail(name);
      assert.equal(role === undefined, writes, name);
      // State and identity are the environment's: its variables are not known outside of its jobs.
      assert.equal(job.env?.["PULUMI_BACKEND_URL"], "${{ vars.PULUMI_BACKEND_URL }}", name);
      assert.equal(job.env?.["ARM_CLIENT_ID"], "${{ vars.AZURE_CLIENT_ID }}", name);
    }
    for (const [file, { env = {} }] of workflows) assert.equal(env["PULUMI_BACKEND_URL"], undefined, file);
  });

  it("look for drift from main alone, which no branch's code and no reviewer stands before", () => {
    const { on } = workflow("drift.yml");
    assert.deepEqual(Object.keys(on), ["schedule", "workflow_dispatch"]);
    for (const { name, job } of jobs)
      assert.equal(job.environment?.startsWith("drift-") ?? false, /drift\.yml drift|plan$/.test(name), name);
    assert.match(workflow("preview.yml").jobs["preview"]?.environment ?? "", /^preview-/);
  });

  it("change one stack at a time, whoever changes it, and break no change off", () => {
    for (const file of ["apply.yml", "destroy.yml"]) {
      for (const layer of ["base", "db", "deploy"]) {
        const { concurrency } = workflow(file).jobs[layer] ?? assert.fail(`${file} ${layer}`);
        assert.match(concurrency?.group ?? "", new RegExp(`^stack-${layer}-\\$\\{\\{ .*environment \\}\\}$`));
        assert.equal(concurrency?.["cancel-in-progress"], false);
      }
    }
  });

  it("apply from the bottom up and destroy from the top down", () => {
    const needs = (file: string, job: string) => workflow(file).jobs[job]?.needs;
    assert.deepEqual(needs("apply.yml", "db"), ["layers", "base"]);
    assert.deepEqual(needs("apply.yml", "deploy"), ["layers", "base", "db"]);
    assert.deepEqual(needs("destroy.yml", "db"), ["plan", "deploy"]);
    assert.deepEqual(needs("destroy.yml", "base"), ["plan", "deploy", "db"]);
    assert.deepEqual(Object.keys(workflow("destroy.yml").on), ["workflow_dispatch"]);
  });

  it("release what a tag says, after the same checks as every change, and sign what is pulled", () => {
    const { on, jobs: all } = workflow("release.yml");
    assert.deepEqual(on, { push: { tags: ["v*"] } });
    assert.equal(all["publish"]?.needs, "check");
    const said = all["publish"].steps.map(({ run }) => run ?? "").join("\n");
    for (const [, image] of said.matchAll(/cosign" sign --yes "([^"]+)"/g)) assert.match(image!, /@\$\w+$/);
    assert.equal([...said.matchAll(/cosign" sign/g)].length, 2);
    for (const flag of ["linux/amd64,linux/arm64", "--sbom=true", "--provenance=mode=max"])
      assert.ok(said.includes(flag), flag);
  });

  it("run commands that exist, with the Pulumi of the package", () => {
    for (const { run } of jobs.flatMap(({ job }) => job.steps)) {
      for (const [, script = ""] of (run ?? "").matchAll(/npm run (?:--silent )?([\w:]+)/g)) {
        assert.ok(packageFile.scripts[script], `npm run ${script}`);
      }
    }
    const versions = jobs.flatMap(({ job }) =>
      job.steps.map((step) => step.with?.["pulumi-version"] ?? []).flat(),
    );
    assert.deepEqual([...new Set(versions)], [packageFile.dependencies["@pulumi/pulumi"]]);
  });
});
