// Further ways to install the balancer alone (ways.cluster.test.ts): by Helm, and as the deploy stack with its part alone.
// Nightly: they differ in what writes the objects, which unit tests and the judges see at every change.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KubernetesObjectApi } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { helm, kubeVersion } from "../judge/helm.ts";
import { projectRoot, trials } from "../local/index.ts";
import { chartFiles } from "./files.ts";
import { BareCluster } from "./testing/bareCluster.ts";
import { pulumiIn } from "./testing/pulumi.ts";
import { impatient } from "./testing/toolsNode.ts";

describe("the balancer alone, installed otherwise", () => {
  const bare = new BareCluster();
  before(() => bare.start(stringify(impatient)));
  after(() => bare.stop());

  it("as Helm chart: linted, installed, upgraded, and uninstalled with what it placed taken back", async () => {
    const chart = join(bare.cluster.folder, "chart");
    for (const [path, text] of await chartFiles()) {
      mkdirSync(join(chart, path, ".."), { recursive: true });
      writeFileSync(join(chart, path), text);
    }
    const values = (more: object) =>
      bare.cluster.file(
        "values.yaml",
        stringify({
          prometheus: bare.usage.url,
          namespaces: ["demo"],
          nodeSelector: { pool: "tools" },
          tolerations: [{ key: "dedicated", operator: "Exists" }],
          policy: { ...impatient, ...more },
        }),
      );
    const to = ["--kubeconfig", bare.kubeconfig, "--namespace", "saving"];
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
    await bare.moved();
    await helm("upgrade", "balancer", chart, ...to, "-f", values({ idle: { windowMinutes: 20 } }));
    await helm("uninstall", "balancer", ...to, "--timeout", "5m");
    await bare.released();
    await KubernetesObjectApi.makeApiClient(bare.cluster.admin).delete({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "saving" },
    });
    await bare.nothingLeft();
  });

  it("as the deploy stack with its part alone: brought up, unchanged, released, destroyed", async () => {
    const { localPassphrase, newEncryptionSalt, openPassphrase } = await trials();
    const encryptionsalt = newEncryptionSalt(localPassphrase);
    const secure = openPassphrase(localPassphrase, encryptionsalt).encrypt(
      readFileSync(bare.kubeconfig, "utf8"),
    );
    const config = {
      parts: ["balancer"],
      cluster: "existing",
      kubeconfig: { secure },
      prometheusUrl: bare.usage.url,
      systemNodeLabels: { pool: "tools" },
      systemTolerations: [{ key: "dedicated", operator: "Exists" }],
      regularNodeLabels: {},
      spotNodeLabels: { "kubernetes.azure.com/scalesetpriority": "spot" },
      policy: { ...impatient, namespaces: { demo: {} } },
    };
    const configFile = join(bare.cluster.folder, "Pulumi.deploy-bare.yaml");
    const settings = Object.entries(config).map(([key, value]) => [`spot-balancer:${key}`, value] as const);
    writeFileSync(configFile, stringify({ config: Object.fromEntries(settings), encryptionsalt }));
    const pulumi = pulumiIn(bare.cluster.folder, {
      projectDir: projectRoot,
      stack: "deploy-bare",
      configFile,
      passphrase: localPassphrase,
    });
    await pulumi("up");
    await bare.moved();
    assert.deepEqual(Object.keys(await pulumi("preview")), ["same"]);
    assert.match(await bare.release("monitoring"), / 0 workloads left/);
    await bare.released();
    await pulumi("destroy");
    await bare.nothingLeft();
  });
});
