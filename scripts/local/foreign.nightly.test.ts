// A cluster that this project did not make: nodes with labels of their own, no spot pool, a kubeconfig with two contexts.
// Nightly: the programs of operation.cluster.test.ts with another configuration, which preflight.test.ts and the judges (their
// stack deploy-foreign) see at every change.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import { parse, stringify } from "yaml";
import { localPassphrase, newEncryptionSalt, openPassphrase } from "./engine/passphrase.ts";
import { waitFor } from "./waitFor.ts";
import type { ProcessNode } from "./processNode.ts";
import { startOwnNode } from "./processNode/testing/ownNode.ts";
import { viewCluster } from "./scenario/clusterView.ts";
import { requestRound } from "./scenario/rounds.ts";
import { imagePrograms } from "./supervisor/imagePrograms.ts";
import { inOrder } from "./testing/inOrder.ts";
import { listObjects } from "./testing/inventory.ts";
import { StackTrial } from "./testing/stackTrial.ts";
import { ensureTools } from "./tools/index.ts";

const stack = "deploy-localforeign";

/** What a person would write into the stack's file; only the policy is that of the local environment. */
function settings(policy: object, kubeconfig: string): Record<string, unknown> {
  return {
    cluster: "existing",
    kubeconfig,
    kubeContext: "theirs",
    systemNodeLabels: { pool: "tools" },
    systemTolerations: [{ key: "dedicated" }],
    regularNodeLabels: { pool: "stable" },
    spotNodeLabels: {},
    appNodes: "system",
    gateway: { routing: "services" },
    // Nothing answers there: the backend starts all the same, and says so.
    database: { host: "127.0.0.1", port: 1, user: "nobody" },
    scrapeInterval: 5,
    balancerSchedule: "0 0 1 1 *",
    demoLoad: { "nginx-demo": { cpu: "4m", memory: "24Mi" } },
    policy,
  };
}

/** The kubeconfig with a second context, which leads nowhere and is the current one. */
function withSecondContext(text: string): string {
  interface Kubeconfig {
    contexts: { name: string }[];
    clusters: { name: string; cluster: object }[];
  }
  const config = parse(text) as Kubeconfig;
  const [context] = config.contexts;
  return stringify({
    ...config,
    "current-context": "mine",
    contexts: [
      { ...context, name: "theirs" },
      { name: "mine", context: { cluster: "mine", user: "me" } },
    ],
    clusters: [...config.clusters, { name: "mine", cluster: { server: "https://127.0.0.1:1" } }],
  });
}

describe("a cluster that this project did not make", function () {
  inOrder(this);
  const trial = new StackTrial();
  const { project, environment } = trial;
  let toolsNode: ProcessNode | undefined;
  let configure: (changes?: Record<string, unknown>) => void;

  before(async () => {
    const { kubeconfig } = await environment.up();
    const salt = newEncryptionSalt(localPassphrase);
    const secret = (text: string) => ({ secure: openPassphrase(localPassphrase, salt).encrypt(text) });
    const file = join(project.root, "stacks", "config", "Pulumi.deploy-local.yaml");
    const local = parse(readFileSync(file, "utf8")) as { config: { "spot-balancer:policy": object } };
    configure = (changes = {}) => {
      const all = {
        ...settings(
          local.config["spot-balancer:policy"],
          withSecondContext(readFileSync(kubeconfig, "utf8")),
        ),
        ...changes,
      };
      const encrypted = {
        ...all,
        kubeconfig: secret(all["kubeconfig"] as string),
        databasePassword: secret("none"),
      };
      project.write(
        `stacks/config/Pulumi.${stack}.yaml`,
        stringify({
          config: Object.fromEntries(
            Object.entries(encrypted).map(([key, value]) => [`spot-balancer:${key}`, value]),
          ),
          encryptionsalt: salt,
        }),
      );
    };
  });
  after(async () => {
    await toolsNode?.stop();
    await trial.remove();
  });

  it("is refused with all that it lacks, before anything is created", async () => {
    const before = await listObjects(trial.config);
    configure({
      prometheusVolume: { size: "8Gi", storageClass: "fast" },
      gateway: { controller: { className: "istio", namespace: "istio-system" }, host: "app.example.com" },
    });
    const { code, output } = await environment.run("up", stack);
    assert.equal(code, 1);
    assert.match(
      output,
      /nothing was created:\n- it has no GatewayClass istio.*\n- it has no storage class fast/,
    );
    assert.match(output, /no node has the labels of systemNodeLabels \(pool=tools\)/);
    assert.deepEqual(await listObjects(trial.config), before);
  });

  it("takes the whole stack, by the labels, tolerations and context of its configuration", async () => {
    const tools = await ensureTools(["prometheus", "node_exporter", "kube-state-metrics", "traefik"], {
      report: (line) => process.stderr.write(`${line}\n`),
    });
    const core = trial.config.makeApiClient(CoreV1Api);
    for (const name of ["one", "two"]) {
      const size = { cpu: "8", memory: "16Gi", pods: "110", "ephemeral-storage": "30Gi" };
      const annotations = {
        "kwok.x-k8s.io/node": "fake",
        "metrics.k8s.io/resource-metrics-path": `/metrics/nodes/${name}/metrics/resource`,
      };
      const labels = { pool: "stable", "kubernetes.io/hostname": name };
      await core.createNode({ body: { metadata: { name, labels, annotations }, status: { allocatable: size, capacity: size } } }); // prettier-ignore
    }
    toolsNode = await startOwnNode({
      name: "tools",
      labels: { pool: "tools", "kubernetes.io/hostname": "tools" },
      taints: [{ key: "dedicated", value: "tools", effect: "NoSchedule" }],
      kubeconfig: join(environment.state, "kubeconfig"),
      rootDir: join(environment.state, "nodes", "tools"),
      executables: imagePrograms(tools),
      log: () => undefined,
    });
    configure();
    const { code, output } = await environment.run("up", stack);
    assert.equal(code, 0, output);
    assert.match(
      output,
      /spotNodeLabels is empty, so there is no spot pool: the balancer says so and moves nothing/,
    );
    const url = /frontendUrl *: (\S+)/.exec(output)?.[1] ?? "";
    assert.equal((await fetch(`${url}/api/info`)).status, 200);
  });

  it("has its balancer say that there is no spot pool, and move nothing", async () => {
    const view = viewCluster(trial.config);
    const decision = await waitFor(
      async () => {
        await requestRound(trial.config, Date.now());
        const decisions = await view.decisions("demo");
        return decisions.find(
          ({ workload, reason }) => workload === "nginx-demo" && reason === "NoSpotNodes",
        );
      },
      { what: "the balancer's word", timeoutMs: 240_000, intervalMs: 1_000 },
    );
    assert.equal(decision.action, "Refuse");
    assert.match(decision.message, /no usable spot node/);
    const { items } = await trial.config.makeApiClient(AppsV1Api).listDeploymentForAllNamespaces();
    const moved = items.filter(({ metadata }) =>
      metadata?.managedFields?.some(
        ({ manager, subresource }) => manager === "spot-balancer" && subresource === undefined,
      ),
    );
    assert.deepEqual(
      moved.map(({ metadata }) => metadata?.name),
      [],
    );
  });
});
