// The commands of k8s/balancer/README.md, read from there and run in their order on a control plane that knows nothing of
// the balancer. In place of its Prometheus stands the test's; `npm ci` and the port-forward to that Prometheus are not run.
// Nightly: the same installations as ways.cluster.test.ts, typed by hand; readme.slow.test.ts reads the commands at every change.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { TestCluster, until } from "../../balancer/testing/controlPlane.ts";
import { startUsage, type UsageSource } from "../../balancer/testing/controlPlane/measuredUsage.ts";
import { Workloads } from "../../balancer/testing/controlPlane/workloads.ts";
import { ensureGoJudge } from "../judge/install.ts";
import { helmProgram } from "../judge/helm.ts";
import { impatient, startToolsNode } from "../chart/testing/toolsNode.ts";
import { onPath } from "../local/index.ts";
import { commands, policies, programOf } from "./testing/page.ts";

const notRun = [/^npm ci$/, /^kubectl -n monitoring port-forward /];
const isInstall = (command: string) => /^(kubectl apply|helm install)/.test(command);
const isRelease = (command: string) => /--release|^helm uninstall/.test(command);

describe("the balancer's page, command by command", function () {
  const cluster = new TestCluster();
  let usage: UsageSource;
  let workloads: Workloads;
  let node: { stop(): Promise<void> };
  let env: NodeJS.ProcessEnv;
  const done: string[] = [];

  before(async function () {
    const [kubectl] = onPath("kubectl", process.env["PATH"] ?? "");
    if (kubectl === undefined) {
      process.stderr.write(
        "There is no kubectl on PATH: the commands of k8s/balancer/README.md are not run\n",
      );
      this.skip();
    }
    await cluster.start();
    await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    await Promise.all([cluster.addNode("regular-1", "regular"), cluster.addNode("spot-1", "spot")]);
    const policy = `${policies[0]}${stringify(impatient)}`;
    usage = await startUsage(cluster.admin, policy);
    const kubeconfig = join(cluster.folder, "state", "kubeconfig");
    node = await startToolsNode(cluster);
    // Who types them has a policy, and a Secret's files, beside them.
    cluster.file("policy.yaml", policy);
    const tolerations = [{ key: "dedicated", operator: "Exists" }];
    cluster.file(
      "values.yaml",
      stringify({ policy: impatient, nodeSelector: { pool: "tools" }, tolerations }),
    );
    cluster.file("config.yaml", "basic_auth: { username: balancer, password_file: password }\n");
    cluster.file("password", "secret");
    const names = ["balance", "manifest", "chart"].map((name) => `${name}) file=${programOf(name)} ;;`);
    const npm = cluster.file(
      "npm",
      `#!/bin/sh\n[ "$1" = --silent ] && shift\ncase "$2" in ${names.join(" ")} esac\nshift 3\nexec "${process.execPath}" "$file" "$@"\n`,
    );
    chmodSync(npm, 0o700);
    const helm = dirname(await ensureGoJudge(helmProgram));
    const path = [cluster.folder, helm, dirname(kubectl), process.env["PATH"]].join(delimiter);
    env = { ...process.env, PATH: path, KUBECONFIG: kubeconfig };
    workloads = new Workloads(cluster);
    await workloads.add(["web"], { namespace: "shop" });
    await workloads.take("web");
    await workloads.oldEnough();
  });
  after(async () => {
    await node?.stop();
    await usage?.stop();
    await cluster.stop();
  });

  /** The test's Prometheus for the page's, and nodes on which the balancer's own pods really run. */
  const here = (command: string) =>
    command
      .replaceAll(/http:\/\/(localhost:9090|prometheus-server\.monitoring\.svc)/g, usage.url)
      .replace(/^(npm .* manifest .*) > /, "$1 --node-selector pool=tools --tolerations dedicated > ")
      .replace(/^helm install .*/, "$& -f values.yaml")
      .replace(/^helm uninstall .*/, "$& --timeout 5m");

  async function run(command: string): Promise<string> {
    const { stdout, stderr } = await promisify(execFile)("bash", ["-euc", here(command)], {
      cwd: cluster.folder,
      env,
      maxBuffer: 2 ** 26,
    });
    return stdout + stderr;
  }

  for (const command of commands.filter((each) => !notRun.some((form) => form.test(each))))
    it(command, async () => {
      if (command.includes(" logs "))
        await until("a round's log", async () => /shop/.test(await run(command)));
      const output = await run(command);
      done.push(command);
      if (/--dry-run/.test(command)) assert.match(output, /web/);
      if (isInstall(command)) {
        await workloads.untilOn("web", "spot-1");
        await workloads.settled("web");
      }
      if (isRelease(command)) {
        assert.deepEqual(await workloads.placements("web"), ["regular"]);
        await workloads.settled("web");
      }
      if (/^kubectl delete/.test(command))
        await assert.rejects(run("kubectl get namespace spot-balancer"), /not found/);
    });

  it("installed it in two ways, and took it off again in both", () => {
    assert.deepEqual([done.filter(isInstall).length, done.filter(isRelease).length], [2, 2]);
  });
});
