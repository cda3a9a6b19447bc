// Every folder in k8s/ is deployed, and works without Pulumi as well.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { parse } from "yaml";
import { loadManifests, readWorkloadFile, type Manifest } from "./manifests.ts";
import { recordedObjects } from "./testing/recorded.ts";

describe("each folder in k8s/", () => {
  const folder = new URL("../../k8s/", import.meta.url);
  const workloads = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  for (const workload of workloads) {
    it(`${workload}: works with kubectl apply -k, and explains itself`, () => {
      const { resources = [] } = parse(readWorkloadFile(`${workload}/kustomization.yaml`)) as {
        resources?: string[];
      };
      const files = readdirSync(new URL(workload, folder)).filter((name) => name.endsWith(".yaml"));
      assert.deepEqual(
        resources.filter((path) => !path.startsWith("../")).sort(),
        files.filter((name) => name !== "kustomization.yaml").sort(),
      );
      for (const path of resources.filter((path) => path.startsWith("../"))) {
        assert.ok(existsSync(new URL(`${workload}/${path}/kustomization.yaml`, folder)), path);
      }
      assert.ok(existsSync(new URL(`${workload}/README.md`, folder)), "a README.md");
    });

    it(`${workload}: is deployed`, async () => {
      const keyOf = ({ kind, metadata: { namespace, name } }: Manifest) => `${kind} ${namespace}/${name}`;
      const deployed = new Set((await recordedObjects()).map(keyOf));
      const missing = loadManifests(workload).map(keyOf);
      assert.deepEqual(
        missing.filter((key) => !deployed.has(key)),
        [],
      );
    });
  }
});
