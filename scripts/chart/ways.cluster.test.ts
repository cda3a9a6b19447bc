// The ways to install the balancer alone, on a control plane that knows nothing of it: each is installed, moves a workload,
// is taken back and removed, and leaves nothing.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ApiException, type KubernetesObject, KubernetesObjectApi } from "@kubernetes/client-node";
import { parseAllDocuments, stringify } from "yaml";
import { entryFile } from "../../balancer/index.ts";
import { TestCluster, until } from "../../balancer/testing/controlPlane.ts";
import { startUsage, type UsageSource } from "../../balancer/testing/controlPlane/measuredUsage.ts";
import { Workloads } from "../../balancer/testing/controlPlane/workloads.ts";
import { writePackage } from "../component/package.ts";
import { projectRoot, trials } from "../local/index.ts";
import { chartFiles } from "./files.ts";
import { helm, kubeVersion } from "../judge/helm.ts";
import { pulumiIn } from "./testing/pulumi.ts";
import { impatient, startToolsNode } from "./testing/toolsNode.ts";

const policy = stringify(impatient);

describe("the balancer alone", () => {
  const cluster = new TestCluster();
  let usage: UsageSource;
  let workloads: Workloads;
  let node: { stop(): Promise<void> };
  let atFirst: string[];
  let kubeconfig: string;

  const run = async (script: string, ...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], { maxBuffer: 2 ** 26 });
    return stdout;
  };
  const inventory = async () => {
    const { listObjects } = await trials();
    // What comes and goes with the workload itself.
    return (await listObjects(cluster.admin)).filter(
      (name) => !/^(Pod|ReplicaSet|EndpointSlice) demo\//.test(name),
    );
  };
  const manifest = (...flags: string[]) =>
    run(join(projectRoot, "scripts/manifest.ts"), ...["--prometheus", usage.url, "--namespaces", "demo", ...flags], ...["--node-selector", "pool=tools", "--tolerations", "dedicated"]); // prettier-ignore

  before(async () => {
    await cluster.start();
    kubeconfig = join(cluster.folder, "state", "kubeconfig");
    await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" } });
    await Promise.all([cluster.addNode("regular-1", "regular"), cluster.addNode("spot-1", "spot")]);
    usage = await startUsage(cluster.admin, policy);
    node = await startToolsNode(cluster);
    workloads = new Workloads(cluster);
    await workloads.add(["web"]);
    await workloads.take("web");
    atFirst = await inventory();
  });
  after(async () => {
    await node?.stop();
    await usage?.stop();
    await cluster.stop();
  });

  /** By the rounds of what was installed, in its pods and with its rights. */
  async function moved(): Promise<void> {
    await workloads.untilOn("web", "spot-1");
    await workloads.settled("web");
  }

  async function released(): Promise<void> {
    assert.deepEqual(await workloads.placements("web"), ["regular"]);
    const { metadata } = await workloads.read("web");
    assert.doesNotMatch(JSON.stringify(metadata?.annotations ?? {}), /spot-balancer/);
  }

  const nothingLeft = () =>
    until("nothing to be left", async () => {
      const now = await inventory();
      return now.filter((name) => !atFirst.includes(name)).length === 0;
    });

  const release = (namespace: string) =>
    run(entryFile, "--release", "--kubeconfig", kubeconfig, "--namespace", namespace);

  it("as one manifest: applied, applied again with another policy, released, deleted", async () => {
    const objects = KubernetesObjectApi.makeApiClient(cluster.admin);
    const file = cluster.file("policy-1.yaml", policy);
    const parse = (text: string) => parseAllDocuments(text).map((each) => each.toJS() as KubernetesObject);
    const apply = async (all: KubernetesObject[]) => {
      for (const object of all) await objects.patch(object, undefined, undefined, "kubectl", true, "application/apply-patch+yaml"); // prettier-ignore
    };
    const first = parse(await manifest("--policy", file));
    await apply(first);
    await moved();

    const versions = async () =>
      new Map(
        await Promise.all(
          first.map(async (object): Promise<[string, string | undefined]> => {
            const { metadata } = await objects.read(object as never);
            return [
              `${object.kind} ${metadata!.name}`,
              metadata!.generation === undefined ? undefined : String(metadata!.generation),
            ];
          }),
        ),
      );
    const generations = await versions();
    const second = parse(
      await manifest("--policy", cluster.file("policy-2.yaml", `${policy}idle: {windowMinutes: 20}\n`)),
    );
    await apply(second);
    const changed = [...(await versions())]
      .filter(([name, value]) => generations.get(name) !== value)
      .map(([name]) => name);
    assert.deepEqual(changed.sort(), ["CronJob spot-balancer", "Deployment spot-balancer-watch"]);

    assert.match(await release("spot-balancer"), / 0 workloads left/);
    await released();
    for (const object of [...first, ...second].reverse())
      await objects.delete(object).catch((error: unknown) => {
        if (!(error instanceof ApiException && error.code === 404)) throw error;
      });
    await nothingLeft();
  });

  it("as Helm chart: linted, installed, upgraded, and uninstalled with what it placed taken back", async () => {
    const chart = join(cluster.folder, "chart");
    for (const [path, text] of await chartFiles()) {
      mkdirSync(join(chart, path, ".."), { recursive: true });
      writeFileSync(join(chart, path), text);
    }
    const values = (more: object) =>
      cluster.file(
        "values.yaml",
        stringify({
          prometheus: usage.url,
          namespaces: ["demo"],
          nodeSelector: { pool: "tools" },
          tolerations: [{ key: "dedicated", operator: "Exists" }],
          policy: { ...impatient, ...more },
        }),
      );
    const to = ["--kubeconfig", kubeconfig, "--namespace", "saving"];
    assert.match(
      await helm("lint", "--strict", chart, "-f", values({}), ...kubeVersion),
      /0 chart\(s\) failed/,
    );
    await assert.rejects(
      helm("template", chart, ...kubeVersion, "-f", values({ idel: 1 })),
      /'\/policy': additional properties 'idel' not allowed/,
    );
    await assert.rejects(
      helm("template", chart, ...kubeVersion, "-f", values({}), "--set", `azureClientId=${randomUUID()}`),
      /'\/prometheusSecretName': minLength: got 0, want 1/,
    );
    await helm("install", "balancer", chart, ...to, "--create-namespace", "-f", values({}));
    await moved();
    await helm("upgrade", "balancer", chart, ...to, "-f", values({ idle: { windowMinutes: 20 } }));
    await helm("uninstall", "balancer", ...to, "--timeout", "5m");
    await released();
    await KubernetesObjectApi.makeApiClient(cluster.admin).delete({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "saving" },
    });
    await nothingLeft();
  });

  it("as Pulumi component, from its package: brought up, unchanged, destroyed with what it placed taken back", async () => {
    const program = join(cluster.folder, "program");
    cpSync(join(projectRoot, "examples", "pulumi"), program, { recursive: true });
    mkdirSync(join(program, "node_modules"));
    await writePackage(join(program, "node_modules", "spot-balancer"));
    symlinkSync(join(projectRoot, "node_modules", "@pulumi"), join(program, "node_modules", "@pulumi"));
    const config = {
      kubeconfig: readFileSync(kubeconfig, "utf8"),
      prometheus: usage.url,
      namespaces: '["demo"]',
      nodeSelector: '{"pool":"tools"}',
      tolerations: '[{"key":"dedicated","operator":"Exists"}]',
      policy,
    };
    const settings = Object.entries(config).map(
      ([key, value]) => [`balanced-cluster:${key}`, value] as const,
    );
    writeFileSync(join(program, "Pulumi.dev.yaml"), stringify({ config: Object.fromEntries(settings) }));
    const pulumi = pulumiIn(cluster.folder, { projectDir: program, stack: "dev" });
    await pulumi("up");
    await moved();
    assert.deepEqual(Object.keys(await pulumi("preview")), ["same"]);
    await pulumi("destroy");
    await released();
    await nothingLeft();
  });

  it("as the deploy stack with its part alone: brought up, unchanged, released, destroyed", async () => {
    const { localPassphrase, newEncryptionSalt, openPassphrase } = await trials();
    const encryptionsalt = newEncryptionSalt(localPassphrase);
    const secure = openPassphrase(localPassphrase, encryptionsalt).encrypt(readFileSync(kubeconfig, "utf8"));
    const config = {
      parts: ["balancer"],
      cluster: "existing",
      kubeconfig: { secure },
      prometheusUrl: usage.url,
      systemNodeLabels: { pool: "tools" },
      systemTolerations: [{ key: "dedicated", operator: "Exists" }],
      regularNodeLabels: {},
      spotNodeLabels: { "kubernetes.azure.com/scalesetpriority": "spot" },
      policy: { ...impatient, namespaces: { demo: {} } },
    };
    const configFile = join(cluster.folder, "Pulumi.deploy-bare.yaml");
    const settings = Object.entries(config).map(([key, value]) => [`spot-balancer:${key}`, value] as const);
    writeFileSync(configFile, stringify({ config: Object.fromEntries(settings), encryptionsalt }));
    const pulumi = pulumiIn(cluster.folder, {
      projectDir: projectRoot,
      stack: "deploy-bare",
      configFile,
      passphrase: localPassphrase,
    });
    await pulumi("up");
    await moved();
    assert.deepEqual(Object.keys(await pulumi("preview")), ["same"]);
    assert.match(await release("monitoring"), / 0 workloads left/);
    await released();
    await pulumi("destroy");
    await nothingLeft();
  });
});
