// Every command and policy of k8s/balancer/README.md, read from there: held against what the program takes, on any machine.
// readme.nightly.test.ts runs them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePolicy } from "../../balancer/index.ts";
import { parseOptions } from "../../balancer/main/options.ts";
import { commands, policies, programOf, text } from "./testing/page.ts";

/** Of others' programs, what the page uses: the command with its own words, and its flags. */
const others: RegExp[] = [
  /^npm ci$/,
  /^kubectl -n [\w-]+ port-forward service\/[\w-]+ \d+:\d+ &$/,
  /^kubectl apply --server-side -f balancer\.yaml$/,
  /^kubectl delete -f balancer\.yaml$/,
  /^kubectl -n spot-balancer logs -l app=spot-balancer --tail=-1$/,
  /^helm install balancer chart --namespace spot-balancer --create-namespace( --set (prometheus|namespaces)=\S+)+$/,
  /^kubectl -n spot-balancer create secret generic prometheus-login( --from-file=[\w.]+)+$/,
  /^helm uninstall balancer --namespace spot-balancer$/,
];

describe("the balancer's page", () => {
  const folder = mkdtempSync(join(tmpdir(), "spot-balancer-readme-"));
  after(() => rmSync(folder, { recursive: true }));

  const ours = commands.flatMap((command) => {
    const [, name = "", rest = ""] = /^npm (?:--silent )?run ([\w:]+)(?: -- (.*))?$/.exec(command) ?? [];
    return name === "" ? [] : [{ command, name, args: rest.split(" ") }];
  });

  it("has commands and policies to look at", () => {
    assert.ok(commands.length >= 12 && ours.length >= 7, String(ours.length));
    assert.equal(policies.length, 5);
  });

  it("names no command of others in a form that was not tried", () => {
    const known = new Set(ours.map(({ command }) => command));
    for (const command of commands.filter((each) => !known.has(each)))
      assert.ok(
        others.some((form) => form.test(command)),
        command,
      );
  });

  it("names pods, accounts and namespaces that the manifest makes", () => {
    for (const [, option] of text.matchAll(/--namespace (\S+)$/gm)) assert.equal(option, "spot-balancer");
  });

  policies.forEach((policy, index) =>
    it(`policy ${index + 1} is valid, knows spot nodes, and its manifest can be made by the page's command`, () => {
      const { namespaces, pools } = parsePolicy(policy);
      assert.deepEqual(Object.keys(namespaces), ["shop"]);
      assert.ok(Object.keys(pools.spot.nodeLabels).length > 0);
      writeFileSync(join(folder, "policy.yaml"), policy);
      const { args } = ours.find(({ name }) => name === "manifest") ?? assert.fail("npm run manifest");
      const redirect = args.indexOf(">");
      assert.deepEqual(args.slice(redirect), [">", "balancer.yaml"]);
      const made = run("manifest", args.slice(0, redirect));
      assert.equal(made.status, 0, made.stderr);
      assert.match(
        made.stdout,
        /kind: CronJob\nmetadata:\n {2}name: spot-balancer\n {2}namespace: spot-balancer\n/,
      );
      assert.match(made.stdout, / {8}app: spot-balancer\n/);
      for (const [label, value] of Object.entries(pools.spot.nodeLabels))
        assert.ok(policy.includes(value) || policy.includes("preset"), label);
    }),
  );

  it("gives the balancer flags that it takes, in this order", () => {
    for (const { args, command } of ours.filter((each) => each.name === "balance")) {
      assert.ok(parseOptions(args, false), command);
    }
  });

  it("checks the policy, and makes the chart, as it says", () => {
    for (const { name, args, command } of ours) {
      if (!command.includes("--check") && name !== "chart") continue;
      const { status, stderr } = run(name, args);
      assert.equal(status, 0, `${command}: ${stderr}`);
    }
    assert.ok(existsSync(join(folder, "chart", "Chart.yaml")));
  });

  function run(script: string, args: readonly string[]) {
    return spawnSync(process.execPath, [programOf(script), ...args], { cwd: folder, encoding: "utf8" });
  }
});
