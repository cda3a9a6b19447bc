// Reasons excuse what they are written for, and nothing else.
import assert from "node:assert/strict";
import { parseExceptions, readExceptions, workloadsByObject } from "./exceptions.ts";
import type { Finding } from "./model.ts";
import { explain, verdictOn, type Opinion } from "./verdict.ts";

const buildFinding = (over: Partial<Finding> = {}): Finding => ({
  judge: "checkov",
  check: "CKV_1",
  object: "Deployment shop/web",
  text: "is not nice",
  ...over,
});

const workloadOf = (object: string) => /\/(\w+)$/.exec(object)?.[1];

function judge(findings: Finding[], files: Record<string, string>) {
  const opinions: Opinion[] = ["checkov", "kube-score"].map((judge) => ({
    ...{ rendering: "deploy-test", judge },
    findings: findings.filter((finding) => finding.judge === judge),
  }));
  const exceptions = Object.entries(files).flatMap(([workload, text]) =>
    parseExceptions(text, workload === "all" ? undefined : workload),
  );
  return verdictOn(opinions, exceptions, workloadOf);
}

const reason = "because it has always been like this";

describe("the verdict of judges", () => {
  const cases: [name: string, files: Record<string, string>, open: number, unused: number][] = [
    ["stands without a reason", {}, 1, 0],
    ["is excused by the workload's own reason", { web: `checkov: { CKV_1: ${reason} }` }, 0, 0],
    ["is excused by a reason for all", { all: `checkov: { CKV_1: ${reason} }` }, 0, 0],
    ["stands with another workload's reason", { api: `checkov: { CKV_1: ${reason} }` }, 1, 1],
    ["stands with a reason for another check", { web: `checkov: { CKV_2: ${reason} }` }, 1, 1],
    ["stands with a reason for another judge", { web: `kube-score: { CKV_1: ${reason} }` }, 1, 1],
    [
      "uses up the workload's own reason first",
      { all: `checkov: { CKV_1: ${reason} }`, web: `checkov: { CKV_1: ${reason} }` },
      ...([0, 1] as const),
    ],
  ];
  for (const [name, files, open, unused] of cases) {
    it(name, () => {
      const verdict = judge([buildFinding()], files);
      assert.equal(verdict.opinions.flatMap((opinion) => opinion.open).length, open);
      assert.equal(verdict.unused.length, unused);
    });
  }

  it("says what to do, once for all renderings", () => {
    const opinion = { judge: "checkov", findings: [buildFinding()] };
    const verdict = verdictOn(
      [
        { rendering: "deploy-dev", ...opinion },
        { rendering: "deploy-prod", ...opinion },
      ],
      parseExceptions(`checkov: { CKV_9: ${reason} }`, "api"),
      workloadOf,
    );
    assert.deepEqual(explain(verdict, workloadOf), [
      "deploy-dev, deploy-prod: checkov CKV_1: Deployment shop/web: is not nice (a reason to leave it so: in k8s/web/exceptions.yml)",
      "k8s/api/exceptions.yml: checkov no longer finds CKV_9: delete the reason",
    ]);
  });
});

describe("written reasons", () => {
  it("are sentences, for judges that there are", () => {
    assert.throws(
      () => parseExceptions("checkov: { CKV_1: no }", "web"),
      /k8s\/web\/exceptions\.yml:\n.*a sentence/s,
    );
    assert.throws(
      () => parseExceptions(`hadolint: { DL1: ${reason} }`),
      /k8s\/exceptions\.yml:\n.*hadolint/s,
    );
  });

  it("of this project can be read, beside the manifests that they are for", () => {
    const withManifests = new Set(workloadsByObject().values());
    const exceptions = readExceptions();
    assert.ok(exceptions.length > 0);
    for (const { workload } of exceptions)
      assert.ok(workload === undefined || withManifests.has(workload), workload);
  });
});
