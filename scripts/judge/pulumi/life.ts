// The life of the local stacks by one engine, step by step: each step must be seen, and its records are kept.
import { join } from "node:path";
import { AppsV1Api, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { isDeepStrictEqual } from "node:util";
import { cluster, type ProjectCopy, type TestEnvironment } from "../../local/index.ts";
import type { Recorded } from "./compare.ts";
import type { Changes, Engine } from "./engines.ts";

export const stacks = ["base-local", "db-local", "deploy-local"] as const;

export interface Life {
  /** By stack, after the first `up`. */
  recorded: Record<string, Recorded[]>;
  /** What did not happen as it should. */
  failures: string[];
}

const image = { file: "k8s/nginx-demo/deployment.yaml", before: "1.29-alpine@", after: "1.29.0-alpine@" };
const workload = { namespace: "demo", name: "nginx-demo" };
const tolerations = [{ key: "kubernetes.azure.com/scalesetpriority", operator: "Exists" }];

export async function live(
  engine: Engine,
  environment: TestEnvironment,
  project: ProjectCopy,
  report: (line: string) => void,
): Promise<Life> {
  const failures: string[] = [];
  const recorded: Life["recorded"] = {};
  const step = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    const started = performance.now();
    await work();
    report(`${engine.name}: ${what} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  };
  const expect = async (what: string, found: Promise<Changes>, wanted: Changes): Promise<void> => {
    const changes = await found;
    if (!isDeepStrictEqual(changes, wanted))
      failures.push(
        `${engine.name}: ${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(changes)}`,
      );
  };
  const deploy = "deploy-local";

  for (const stack of stacks) {
    await step(`up ${stack}`, () => engine.run("up", stack));
    recorded[stack] = await engine.recorded(stack);
  }
  for (const stack of stacks)
    await step(`preview ${stack} again`, () => expect(`a second ${stack}`, engine.preview(stack), {}));
  await step("a move, then preview --refresh", async () => {
    await move(environment);
    await expect("a preview after a move", engine.preview(deploy, true), {});
  });
  project.edit(image.file, image.before, image.after);
  try {
    await step("one image changed", async () => {
      await expect("a preview of one changed image", engine.preview(deploy), { update: 1 });
      await engine.run("up", deploy);
      if (!(await isMoved(environment))) failures.push(`${engine.name}: an update undid the move`);
    });
  } finally {
    project.edit(image.file, image.after, image.before);
  }
  for (const stack of stacks.toReversed()) {
    await step(`destroy ${stack}`, () => engine.run("destroy", stack));
    const left = await engine.recorded(stack);
    if (left.length > 0) failures.push(`${engine.name}: ${left.length} resources of ${stack} are left`);
  }
  return { recorded, failures };
}

async function deployments(environment: TestEnvironment): Promise<AppsV1Api> {
  const { loadKubeConfig } = await cluster();
  return loadKubeConfig(join(environment.state, "kubeconfig")).makeApiClient(AppsV1Api);
}

/** As the balancer moves a workload: by server-side apply under its own name. */
async function move(environment: TestEnvironment): Promise<void> {
  const body = {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: workload },
    spec: { template: { spec: { tolerations } } },
  };
  await (
    await deployments(environment)
  ).patchNamespacedDeployment(
    { ...workload, body, fieldManager: "spot-balancer", force: true },
    setHeaderOptions("Content-Type", PatchStrategy.ServerSideApply),
  );
}

async function isMoved(environment: TestEnvironment): Promise<boolean> {
  const { spec } = await (await deployments(environment)).readNamespacedDeployment(workload);
  return spec?.template.spec?.tolerations?.some(({ key }) => key === tolerations[0]!.key) ?? false;
}
