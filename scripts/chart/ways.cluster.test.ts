// Ways to install the balancer alone, on a control plane that knows nothing of it: each is installed, moves a workload, is
// taken back and removed, and leaves nothing. The others: ways.nightly.test.ts.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ApiException, type KubernetesObject, KubernetesObjectApi } from "@kubernetes/client-node";
import { parseAllDocuments, stringify } from "yaml";
import { writePackage } from "../component/package.ts";
import { projectRoot } from "../local/index.ts";
import { BareCluster, run } from "./testing/bareCluster.ts";
import { pulumiIn } from "./testing/pulumi.ts";
import { impatient } from "./testing/toolsNode.ts";

const policy = stringify(impatient);

describe("the balancer alone", () => {
  const bare = new BareCluster();
  before(() => bare.start(policy));
  after(() => bare.stop());

  const manifest = (...flags: string[]) =>
    run(join(projectRoot, "scripts/manifest.ts"), ...["--prometheus", bare.usage.url, "--namespaces", "demo", ...flags], ...["--node-selector", "pool=tools", "--tolerations", "dedicated"]); // prettier-ignore

  it("as one manifest: applied, applied again with another policy, released, deleted", async () => {
    const objects = KubernetesObjectApi.makeApiClient(bare.cluster.admin);
    const file = bare.cluster.file("policy-1.yaml", policy);
    const parse = (text: string) => parseAllDocuments(text).map((each) => each.toJS() as KubernetesObject);
    const apply = async (all: KubernetesObject[]) => {
      for (const object of all) await objects.patch(object, undefined, undefined, "kubectl", true, "application/apply-patch+yaml"); // prettier-ignore
    };
    const first = parse(await manifest("--policy", file));
    await apply(first);
    await bare.moved();

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
      await manifest("--policy", bare.cluster.file("policy-2.yaml", `${policy}idle: {windowMinutes: 20}\n`)),
    );
    await apply(second);
    const changed = [...(await versions())]
      .filter(([name, value]) => generations.get(name) !== value)
      .map(([name]) => name);
    assert.deepEqual(changed.sort(), ["CronJob spot-balancer", "Deployment spot-balancer-watch"]);

    assert.match(await bare.release("spot-balancer"), / 0 workloads left/);
    await bare.released();
    for (const object of [...first, ...second].reverse())
      await objects.delete(object).catch((error: unknown) => {
        if (!(error instanceof ApiException && error.code === 404)) throw error;
      });
    await bare.nothingLeft();
  });

  it("as Pulumi component, from its package: brought up, unchanged, destroyed with what it placed taken back", async () => {
    const program = join(bare.cluster.folder, "program");
    cpSync(join(projectRoot, "examples", "pulumi"), program, { recursive: true });
    mkdirSync(join(program, "node_modules"));
    await writePackage(join(program, "node_modules", "spot-balancer"));
    symlinkSync(join(projectRoot, "node_modules", "@pulumi"), join(program, "node_modules", "@pulumi"));
    const config = {
      kubeconfig: readFileSync(bare.kubeconfig, "utf8"),
      prometheus: bare.usage.url,
      namespaces: '["demo"]',
      nodeSelector: '{"pool":"tools"}',
      tolerations: '[{"key":"dedicated","operator":"Exists"}]',
      policy,
    };
    const settings = Object.entries(config).map(
      ([key, value]) => [`balanced-cluster:${key}`, value] as const,
    );
    writeFileSync(join(program, "Pulumi.dev.yaml"), stringify({ config: Object.fromEntries(settings) }));
    const pulumi = pulumiIn(bare.cluster.folder, { projectDir: program, stack: "dev" });
    await pulumi("up");
    await bare.moved();
    assert.deepEqual(Object.keys(await pulumi("preview")), ["same"]);
    await pulumi("destroy");
    await bare.released();
    await bare.nothingLeft();
  });
});
