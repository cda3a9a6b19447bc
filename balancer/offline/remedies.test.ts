// What is advised for each reason: patches as `kubectl patch` and the policy take them.
import assert from "node:assert/strict";
import { type RefusalReason, refusalReasons } from "../reasons.ts";
import { buildPolicy } from "../testing/builders.ts";
import type { FoundObject } from "./files.ts";
import { changesFor, isOnPurpose } from "./remedies.ts";

const object = (kind: string, name: string, spec: object = {}) =>
  ({ apiVersion: "apps/v1", kind, metadata: { name, namespace: "demo" }, spec }) as unknown as FoundObject;

const reasons = Object.keys(refusalReasons) as RefusalReason[];

describe("the remedy for a reason", () => {
  const policy = buildPolicy("namespaces: { demo: { regularFloor: 3 } }");
  const label = policy.priorities.label;
  const containers = [
    { name: "none" },
    { name: "memory", resources: { requests: { memory: "1Gi" } } },
    { name: "requests", resources: { requests: { cpu: "1" } } },
    { name: "limits", resources: { limits: { cpu: "1" } } },
  ];
  const template = { template: { metadata: { labels: { app: "web" } }, spec: { containers } } };
  const selecting = (app: string) => ({ selector: { matchLabels: { app } } });
  const rolling = { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } } }; // prettier-ignore
  const [web, db] = [object("Deployment", "web", template), object("StatefulSet", "db", template)];
  const budgets = ["web", "other"].map((app) => object("PodDisruptionBudget", `of-${app}`, selecting(app)));

  const patches: [reason: RefusalReason, of: FoundObject | "policy", patch: object, on?: FoundObject][] = [
    ["NoReplicas", web, { spec: { replicas: 1 } }],
    ["NamespaceForbidden", "policy", { namespaces: { demo: { allowed: true } } }],
    ["Critical", web, { metadata: { labels: { [label]: "standard" } } }],
    ["ExcludedByLabel", web, { metadata: { labels: { [label]: null } } }],
    ["FloorOnRegular", web, { spec: { replicas: 6 } }],
    ["ScoreTooLow", "policy", { score: { threshold: 0 } }],
    ["StatefulSetNotOptedIn", "policy", { statefulSets: { enabled: true } }],
    ["EmptyDirData", "policy", { leaveAlone: { emptyDir: false } }],
    ["RecreateStrategy", web, rolling],
    ["NoSurge", web, rolling],
    ["NoSurge", db, { spec: { replicas: 2 } }, db],
    ["OnDeleteStrategy", db, { spec: { updateStrategy: { type: "RollingUpdate" } } }, db],
    ["Paused", web, { spec: { paused: false } }],
    ["Paused", db, { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } }, db],
    ["NoRequests", web, { spec: { template: { spec: { containers: [{ name: "none", resources: { requests: { cpu: "100m", memory: "128Mi" } } }, { name: "memory", resources: { requests: { cpu: "100m", memory: "1Gi" } } }] } } } }],
    ["DisruptionBudget", budgets[0]!, { spec: { minAvailable: null, maxUnavailable: 1 } }],
  ]; // prettier-ignore
  for (const [reason, of, patch, on = web] of patches)
    it(`is a patch of ${of === "policy" ? of : of.kind} for ${reason}`, () => {
      const [change, ...more] = changesFor(reason, on, [web, db, ...budgets], policy);
      const { kind, metadata } = of === "policy" ? web : of;
      assert.deepEqual([change?.of, change?.patch, more], [of === "policy" ? of : `${kind}/demo/${metadata.name}`, patch, []]); // prettier-ignore
    });

  it("asks of a workload without containers for none", () => {
    for (const bare of [
      object("Deployment", "web"),
      object("Deployment", "web", { template: { spec: { containers: 7 } } }),
    ]) {
      const [change] = changesFor("NoRequests", bare, [], policy);
      assert.deepEqual(change?.patch, { spec: { template: { spec: { containers: [] } } } });
    }
  });

  it("is a sentence for every reason", () => {
    for (const reason of reasons)
      for (const { advice } of changesFor(reason, web, budgets, policy)) assert.match(advice, /^[A-Z].*\.$/, reason); // prettier-ignore
  });

  it("is not to be looked for where somebody wants it so", () => {
    assert.deepEqual(reasons.filter(isOnPurpose).toSorted(), ["Critical", "DoNotDisturb", "ExcludedByLabel", "NamespaceForbidden", "NoReplicas", "Placeholder", "UnsupportedKind"]); // prettier-ignore
  });
});
