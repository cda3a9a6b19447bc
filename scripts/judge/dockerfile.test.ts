import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { V1CronJob, V1Deployment, V1PodSpec } from "@kubernetes/client-node";
import { loadManifests } from "../../stacks/deploy/manifests.ts";
import { projectRoot } from "../local/index.ts";
import { parseDockerfile, playBuild } from "./dockerfile.ts";

const podSpecs = (workload: string): V1PodSpec[] =>
  loadManifests(workload).flatMap((manifest) => {
    const { spec } = manifest as unknown as V1CronJob & V1Deployment;
    const pod = spec?.jobTemplate?.spec?.template.spec ?? spec?.template?.spec;
    return pod ? [pod] : [];
  });

describe("our images", () => {
  for (const [file, workload] of [
    ["balancer/Dockerfile", "balancer"],
    ["k8s/backend/Dockerfile", "backend"],
    ["k8s/frontend/Dockerfile", "frontend"],
  ] as const) {
    it(`${file} stands on the pinned image of the manifests, and runs as their user`, () => {
      const steps = parseDockerfile(readFileSync(join(projectRoot, file), "utf8"));
      const values = (name: string) =>
        steps.filter(({ instruction }) => instruction === name).map(({ rest }) => rest);
      const pods = podSpecs(workload);
      assert.ok(pods.length > 0);
      for (const { containers, securityContext } of pods) {
        const image = containers[0]!.image!;
        assert.deepEqual(values("FROM"), [`${image} AS build`, image]);
        assert.deepEqual(values("USER"), [`${securityContext!.runAsUser}:${securityContext!.runAsGroup}`]);
      }
      assert.equal(values("ENTRYPOINT").length, 1);
    });
  }
});

describe("a build stage that is played", () => {
  const folder = mkdtempSync(join(tmpdir(), "dockerfile-"));
  const [project, root] = [join(folder, "project"), join(folder, "root")];
  before(() => {
    mkdirSync(join(project, "app/node_modules"), { recursive: true });
    for (const name of ["app/main.ts", "app/main.test.ts", "app/node_modules/x.js", "lock"]) {
      writeFileSync(join(project, name), name);
    }
  });
  after(() => rmSync(folder, { recursive: true }));
  const play = (...steps: string[]): Promise<string[]> => {
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root);
    const text = [
      "# why",
      "FROM base AS build",
      "WORKDIR /src",
      ...steps,
      "FROM base",
      "COPY --from=build /out/made /",
    ];
    writeFileSync(join(project, "Dockerfile"), `${text.join("\n")}\n`);
    return playBuild("Dockerfile", project, root);
  };

  it("sees what was copied, without what is ignored", async () => {
    assert.deepEqual(await play("COPY lock ./", "COPY app code", "RUN find . -type f | sort > /out"), [
      "/out/made",
    ]);
    assert.equal(readFileSync(join(root, "out"), "utf8"), "./code/main.ts\n./lock\n");
  });

  it("misses nothing that it made", async () =>
    assert.deepEqual(await play("RUN mkdir /out \\\n  && touch /out/made"), []));

  it("fails with a step that fails", async () => {
    await assert.rejects(play("RUN cat lock"), /No such file/);
  });
});
