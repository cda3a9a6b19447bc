// The chart without Helm: what can be told of its files alone. With Helm: ways.cluster.test.ts.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { V1Job } from "@kubernetes/client-node";
import { loadManifests } from "../../stacks/deploy/manifests.ts";
import { chartFiles } from "./files.ts";
import { programFile } from "./expressions.ts";
import { releaseHook } from "./releaseHook.ts";

/** A template's lines that Helm fills in, without what Prometheus and Grafana fill in later. */
const filledIn = (text: string): string[] =>
  text.split("\n").filter((line) => line.replaceAll('{{ "{{" }}', "").includes("{{"));

describe("the chart", () => {
  let files: Awaited<ReturnType<typeof chartFiles>>;
  before(async () => {
    files = await chartFiles();
  });

  it("hangs on its values as it did when it was last looked at (UPDATE_ASKED=1 writes it anew)", () => {
    const file = join(import.meta.dirname, "testdata/chart.txt");
    const shown = ([path, text]: [string, string | Buffer]) =>
      [path, ...(path === "values.yaml" ? String(text).trim().split("\n") : filledIn(String(text)))].join(
        "\n  ",
      );
    const ours = [...files].filter(
      ([path]) => path === "values.yaml" || /^templates\/[^_]*\.yaml$/.test(path),
    );
    const now = `${ours.map(shown).sort().join("\n")}\n`;
    if (process.env["UPDATE_ASKED"] === "1") writeFileSync(file, now);
    assert.equal(now, readFileSync(file, "utf8"));
  });

  it("takes every placement back before it goes, in ten minutes, with what a round needs but Prometheus", () => {
    const manifests = loadManifests("balancer");
    const { metadata, spec } = releaseHook(manifests) as unknown as V1Job;
    assert.deepEqual(metadata?.annotations, {
      "helm.sh/hook": "pre-delete",
      "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
    });
    assert.deepEqual([spec?.activeDeadlineSeconds, spec?.backoffLimit], [600, 2]);
    const { containers, restartPolicy, serviceAccountName } = spec!.template.spec!;
    assert.deepEqual([restartPolicy, serviceAccountName], ["Never", "spot-balancer"]);
    assert.deepEqual(containers[0]!.args, [
      ...["--max-semi-space-size=8", "--import=/opt/spot-balancer/unpack.mjs", "/tmp/main.mjs"],
      "--service-account-dir=/var/run/secrets/kubernetes.io/serviceaccount",
      ...["--namespace=monitoring", "--release", "--deadline=540"],
    ]);
    assert.throws(
      () => releaseHook(manifests.filter(({ kind }) => kind !== "CronJob")),
      /expected a CronJob/,
    );
  });

  it("fits with its program into the one Secret in which Helm keeps chart and manifest, as base64", () => {
    const program = files.get(programFile);
    assert.ok(Buffer.isBuffer(program));
    const all = 2 * program.length * (4 / 3);
    assert.ok(all < 0.92 * 2 ** 20, `${all} bytes: release it with an image (npm run chart -- --image …)`);
  });

  it("with an image has no program, and no setting's stand-in anywhere", async () => {
    const withImage = await chartFiles("example.com/spot-balancer:1");
    assert.ok(
      !withImage.has(programFile) && !withImage.has("templates/configmap-spot-balancer-program.yaml"),
    );
    assert.ok(files.has("templates/configmap-spot-balancer-program.yaml"));
    assert.match(String(withImage.get("values.yaml")), /^image: example\.com\/spot-balancer:1$/m);
    for (const [path, text] of [...files, ...withImage])
      if (path.startsWith("templates/")) assert.doesNotMatch(String(text), /helm-(?!$)[a-z]/, path);
  });
});
