// What a run looks like on a terminal.
import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { textDisplay } from "./display.ts";
import type { EngineEvent, Op } from "./events.ts";

const root = "urn:pulumi:base-local::trial::pulumi:pulumi:Stack::trial-base-local";

function buildStep(op: Op, type: string, name: string, over: object = {}): EngineEvent {
  const urn = `urn:pulumi:base-local::trial::${type}::${name}`;
  return { type: "step", phase: "planned", op, urn, resourceType: type, name, parent: root, ...over };
}

function shown(...events: EngineEvent[]): string {
  const lines: string[] = [];
  const show = textDisplay((line) => lines.push(stripVTControlCharacters(line)));
  for (const event of events) show(event);
  return lines.join("\n");
}

describe("text display", () => {
  it("draws a preview as a tree, with what changes and why", () => {
    const text = shown(
      { type: "start", operation: "preview", stack: "base-local", project: "trial" },
      {
        type: "step",
        phase: "planned",
        op: "same",
        urn: root,
        resourceType: "pulumi:pulumi:Stack",
        name: "trial-base-local",
      },
      buildStep("create", "random:index/randomString:RandomString", "suffix"),
      buildStep("update", "kubernetes:apps/v1:Deployment", "web", {
        changes: [
          { path: "spec.replicas", kind: "update", old: 1, new: 3 },
          { path: "metadata.labels", kind: "add", new: { a: "b" } },
          { path: "data", kind: "add", new: 1 },
          { path: "type", kind: "delete", old: "x" },
        ],
      }),
      buildStep("replace", "kubernetes:batch/v1:Job", "once", {
        changes: [{ path: "spec.template", kind: "update", old: "[secret]", new: "[secret]" }],
        because: ["spec.template"],
      }),
      {
        type: "end",
        operation: "preview",
        ok: true,
        interrupted: false,
        counts: { same: 1, create: 1, update: 1, replace: 1 },
        outputs: { url: "http://x", password: "[secret]" },
        seconds: 1.234,
      },
    );
    assert.equal(
      text,
      `Previewing update (base-local) with the embedded engine, which is for local use only

     Type                              Name              Plan
     pulumi:pulumi:Stack               trial-base-local
 +   ├─ random:index:RandomString      suffix            create
 ~   ├─ kubernetes:apps/v1:Deployment  web               update [diff: ~spec,~metadata,+data,-type]
      ~ spec.replicas: 1 => 3
      + metadata.labels: {"a":"b"}
      + data: 1
      - type: "x"
 +-  └─ kubernetes:batch/v1:Job        once              replace [diff: ~spec] because of spec.template
      ~ spec.template: "[secret]" => "[secret]"

Outputs:
    password: [secret]
    url     : http://x

Resources:
    + 1 to create
    ~ 1 to update
    +- 1 to replace
    1 unchanged

Duration: 1.2s`,
    );
  });

  it("writes a line per step of an update, and what failed", () => {
    const name = "web";
    const text = shown(
      { type: "start", operation: "up", stack: "deploy-local", project: "trial" },
      buildStep("create", "kubernetes:apps/v1:Deployment", name, { phase: "started" }),
      { type: "status", urn: `x::${name}`, message: "0 of 1 replicas are available" },
      { type: "status", urn: `x::${name}`, message: "0 of 1 replicas are available" },
      buildStep("create", "kubernetes:apps/v1:Deployment", name, {
        phase: "failed",
        error: "no node",
        seconds: 3,
        changes: [{ path: "spec", kind: "update", old: 1, new: 2 }],
      }),
      { type: "log", severity: "warning", message: "careful" },
      {
        type: "end",
        operation: "up",
        ok: false,
        interrupted: false,
        counts: { same: 2, create: 3, update: 4, replace: 5, delete: 6 },
        outputs: {},
        seconds: 3,
      },
    );
    assert.equal(
      text,
      `Updating (deploy-local) with the embedded engine, which is for local use only

 +  kubernetes:apps/v1:Deployment web creating
    web: 0 of 1 replicas are available
 +  kubernetes:apps/v1:Deployment web failed (3.0s): no node
warning: careful
Resources:
    + 3 created
    ~ 4 updated
    +- 5 replaced
    - 6 deleted
    2 unchanged

Failed. What was done is recorded.
Duration: 3.0s`,
    );
  });

  it("keeps values to a line, and changes to a dozen", () => {
    const linesOf = (count: number, value: string) =>
      shown(
        buildStep("update", "kubernetes:core/v1:ConfigMap", "map", {
          phase: "started",
          changes: Array.from({ length: count }, (_, index) => ({
            ...{ path: `data.k${index}`, kind: "update" as const, old: 1, new: value },
          })),
        }),
      ).split("\n");
    const whole = linesOf(12, "x".repeat(58));
    assert.equal(whole.length, 13);
    assert.equal(whole[1]?.trim(), `~ data.k0: 1 => "${"x".repeat(58)}"`);
    const cut = linesOf(13, "x".repeat(59));
    assert.deepEqual([cut.length, cut.at(-1)?.trim()], [14, "… and 1 more"]);
    assert.equal(cut[1]?.trim(), `~ data.k0: 1 => "${"x".repeat(59)}…`);
  });
});
