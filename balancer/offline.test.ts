import assert from "node:assert/strict";
import { join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { type OfflineReport, judgeOffline, unhurried } from "./offline.ts";
import { type FoundObject, readObjects } from "./offline/files.ts";
import { renderOffline, sarifOf } from "./offline/render.ts";
import { defaultPolicy, parsePolicy } from "./policy.ts";
import { presetNames } from "./policy/presets.ts";
import { lookedAt } from "./testing/lookedAt.ts";
import { container, manifest } from "./testing/manifest.ts";

const now = Date.parse("2026-11-29T12:00:00Z");
const holds = lookedAt(join(import.meta.dirname, "offline/testdata/offline.txt"));

async function judge(text: string, policy?: string): Promise<OfflineReport> {
  const found = readObjects(["-"], () => text);
  const objects = found.objects.map(({ object }) => object);
  const used = unhurried(policy === undefined ? defaultPolicy : parsePolicy(policy), objects, policy !== undefined); // prettier-ignore
  return judgeOffline(found, used, now);
}

/** Enough of a strategic merge patch: containers by name, null takes away. */
function patched(before: unknown, patch: unknown): unknown {
  if (Array.isArray(before) && Array.isArray(patch)) {
    const named = patch as { name: string }[];
    return before.map((each: { name: string }) => patched(each, named.find(({ name }) => name === each.name) ?? {})); // prettier-ignore
  }
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const merged = { ...(before as Record<string, unknown>) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = patched(merged[key], value);
  }
  return merged;
}

describe("manifests judged offline", () => {
  it("could go to spot where nothing stands in the way", async () => {
    const { workloads, score, cpuShare } = await judge(manifest());
    assert.deepEqual(workloads.map(({ verdict, obstacles }) => [verdict, obstacles]), [["spot", []]]); // prettier-ignore
    assert.deepEqual([score, cpuShare], [100, 1]);
  });

  for (const preset of presetNames) {
    it(`so also on nodes of ${preset}`, async () => {
      const { workloads } = await judge(manifest(), `preset: ${preset}\nnamespaces: { shop: {} }`);
      assert.deepEqual(workloads.map(({ verdict, obstacles }) => [verdict, obstacles]), [["spot", []]]); // prettier-ignore
    });
  }

  const budget = `---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web, namespace: shop }
spec: { minAvailable: "100%", selector: { matchLabels: { app: web } } }
`;
  const rolling = "strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }";
  const stateful = "statefulSets: { enabled: true }\nnamespaces: { shop: {} }";
  const cases: [reason: string, text: string, policy?: string][] = [
    ["NoRequests", manifest({ template: "containers: [{ name: main, image: web }, { name: second, resources: {} }]" })],
    ["RecreateStrategy", manifest({ spec: "strategy: { type: Recreate }" })],
    ["NoSurge", manifest({ spec: rolling })],
    ["NoSurge", manifest({ kind: "StatefulSet" }), stateful],
    ["Paused", manifest({ spec: "paused: true" })],
    ["Paused", manifest({ kind: "StatefulSet", spec: "replicas: 2\n  updateStrategy: { type: RollingUpdate, rollingUpdate: { partition: 1 } }" }), stateful],
    ["OnDeleteStrategy", manifest({ kind: "StatefulSet", spec: "replicas: 2\n  updateStrategy: { type: OnDelete }" }), stateful],
    ["StatefulSetNotOptedIn", manifest({ kind: "StatefulSet", spec: "replicas: 2" })],
    ["DisruptionBudget", manifest({ spec: "replicas: 4" }) + budget],
    ["DoNotDisturb", manifest({ labels: 'annotations: { karpenter.sh/do-not-disrupt: "true" }' })],
    ["ExcludedByLabel", manifest({ metadata: "labels: { spot-balancer/tier: ignore }" })],
    ["Critical", manifest({ metadata: "labels: { spot-balancer/tier: critical }" })],
    ["NoReplicas", manifest({ spec: "replicas: 0" })],
    ["ScoreTooLow", manifest({ template: "containers: [{ name: main, resources: { requests: { cpu: 1m } } }]" })],
    ["FloorOnRegular", manifest(), "namespaces: { shop: { regularFloor: 2 } }"],
    ["FloorOnRegular", manifest({ spec: "replicas: 1" }), "namespaces: { shop: { availability: 0.9999 } }"],
    ["NamespaceForbidden", manifest(), "namespaces: { shop: { allowed: false } }"],
  ]; // prettier-ignore
  for (const [reason, text, policy] of cases) {
    it(`${reason}: says so, and with its patches it could go`, async () => {
      const before = await judge(text, policy);
      const [{ obstacles }] = before.workloads as [OfflineReport["workloads"][number]];
      assert.equal(obstacles[0]?.reason, reason);
      const patches = obstacles.flatMap(({ changes }) => changes);
      let objects = parseAllDocuments(text).map((document) => document.toJS() as FoundObject);
      let rules: unknown = parseAllDocuments(policy ?? "namespaces: { shop: {} }")[0]!.toJS();
      for (const { patch, of } of patches) {
        assert.ok(patch && of, `a patch for ${reason}`);
        if (of === "policy") rules = patched(rules, patch);
        objects = objects.map((object) =>
          of === `${object.kind}/shop/${object.metadata.name}`
            ? (patched(object, patch) as FoundObject)
            : object,
        );
      }
      const after = await judge(objects.map((object) => stringify(object)).join("---\n"), stringify(rules));
      assert.deepEqual(after.workloads.map(({ obstacles }) => obstacles), [[]]); // prettier-ignore
      assert.equal(after.score, 100);
    });
  }

  it("say of each what somebody last looked at, as text and as SARIF", async () => {
    for (const [i, [reason, text, policy]] of cases.entries()) {
      const report = await judge(text, policy);
      holds(`${i + 1}. ${reason}`, `${renderOffline(report)}\n${JSON.stringify(sarifOf(report))}`);
    }
  });

  it("have an answer in words where no patch of a manifest would do", async () => {
    const volumes = "volumes: [{ name: data, hostPath: { path: /data } }]";
    const { workloads } = await judge(manifest({ template: `containers: [${container}], ${volumes}` }));
    const [{ obstacles }] = workloads as [OfflineReport["workloads"][number]];
    assert.equal(obstacles[0]?.reason, "LocalStorage");
    assert.match(obstacles[0].changes[0]!.advice, /PersistentVolumeClaim/);
    const text = renderOffline({ workloads, score: 0, cpuShare: 0, notes: [] });
    assert.match(text, /^ {4}LocalStorage: .*\n {6}Keep its data .*\nScore 0 /m);
  });

  it("keep what is requested of memory where they propose CPU, though more is allowed", async () => {
    const resources = "resources: { requests: { memory: 1Gi }, limits: { memory: 2Gi } }";
    const { workloads } = await judge(manifest({ template: `containers: [{ name: main, ${resources} }]` }));
    const patches = workloads[0]!.obstacles.flatMap(({ changes }) => changes.map(({ patch }) => patch));
    const requests = { cpu: "100m", memory: "1Gi" };
    const containers = [{ name: "main", resources: { requests } }];
    assert.deepEqual(patches, [{ spec: { template: { spec: { containers } } } }]);
  });

  it("say all that is in the way by the manifest, and nothing that hangs on the nodes of a cluster", async () => {
    const reasons = async (text: string) =>
      (await judge(text)).workloads[0]!.obstacles.map(({ reason }) => reason);
    const tied = `containers: [${container}], nodeSelector: { none: such }`;
    assert.deepEqual(await reasons(manifest({ spec: "strategy: { type: Recreate }", template: tied })), ["RecreateStrategy"]); // prettier-ignore
    const claim = `---
{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: data, namespace: shop }, spec: { accessModes: [ReadWriteOnce] } }
`;
    const volumes =
      "volumes: [{ name: a, hostPath: { path: /data } }, { name: b, persistentVolumeClaim: { claimName: data } }]";
    const both = await reasons(manifest({ template: `containers: [${container}], ${volumes}` }) + claim);
    assert.deepEqual(both, ["LocalStorage", "ExclusiveVolume"], "each with its own advice");
  });

  it("count claims, limit ranges and autoscalers as a cluster would", async () => {
    const claim = `---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, namespace: shop }
spec: { accessModes: [ReadWriteOnce] }
`;
    const volumes = "volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]";
    const tied = await judge(manifest({ template: `containers: [${container}], ${volumes}` }) + claim);
    assert.equal(tied.workloads[0]!.obstacles[0]?.reason, "ExclusiveVolume");
    const names = `${volumes}, priorityClassName: gold`;
    const elsewhere = await judge(manifest({ template: `containers: [${container}], ${names}` }));
    assert.equal(elsewhere.workloads[0]!.verdict, "spot", "what is named and not brought is in the cluster");
    const range = `---
apiVersion: v1
kind: LimitRange
metadata: { name: defaults, namespace: shop }
spec: { limits: [{ type: Container, defaultRequest: { cpu: 50m } }] }
`;
    const ranged = await judge(manifest({ template: "containers: [{ name: main, image: web }]" }) + range);
    assert.equal(ranged.workloads[0]!.verdict, "spot");
    const scaler = `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web, namespace: shop }
spec: { minReplicas: 3, maxReplicas: 9, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
`;
    const scaled = await judge(manifest({ spec: rolling }) + scaler);
    assert.deepEqual([scaled.workloads[0]!.replicas, scaled.workloads[0]!.verdict], [3, "spot"]);
  });

  it("take a budget that cannot be read for one that allows nothing", async () => {
    const unreadable = budget.replace("matchLabels: { app: web }", "matchLabels: 7");
    const { workloads } = await judge(manifest({ spec: "replicas: 4" }) + unreadable);
    assert.ok(workloads[0]!.obstacles.some(({ reason }) => reason === "DisruptionBudget"));
  });

  it("say of what cannot be read nothing but that, and where to look", async () => {
    const { workloads } = await judge(manifest().replace(/spec:[^]*/, "spec: 7"));
    const told = workloads.map(({ obstacles }) => obstacles.map(({ reason, message }) => [reason, message]));
    assert.equal(told[0]?.length, 1);
    assert.equal(told[0][0]?.[0], "Unreadable");
    assert.match(told[0][0][1]!, /^the Deployment cannot be read: a field is missing, or of another type /);
    const [web] = (await judge(manifest({ spec: "replicas: ${REPLICAS}" }))).workloads;
    const message = 'the Deployment cannot be read: expected a whole number in replicas, got "${REPLICAS}"';
    assert.deepEqual(
      web?.obstacles.map((each) => each.message),
      [message],
    );
  });

  it("are told from others of their name by kind and API, and count once: as they are told last", async () => {
    const [old, young] = [manifest({ spec: "strategy: { type: Recreate }" }), manifest()];
    const twice = await judge([old, young].join("---"));
    assert.deepEqual([twice.score, twice.notes], [100, ["Deployment/shop/web is in standard input and in standard input: the last one counts"]]); // prettier-ignore
    const foreign = old.replace("apps/v1", "apps.kruise.io/v1");
    assert.deepEqual((await judge([foreign, young].join("---"))).notes, []);
    // Of one name, but each with obstacles of its own.
    const volumes = "volumes: [{ name: a, hostPath: { path: /data } }]";
    const set = manifest({ kind: "StatefulSet", spec: "updateStrategy: { type: OnDelete }" });
    const both = await judge([manifest({ spec: "paused: true", template: `containers: [${container}], ${volumes}` }), set].join("---")); // prettier-ignore
    const reasons = both.workloads.map(({ kind, obstacles }) => `${kind} ${obstacles.map(({ reason }) => reason).join()}`); // prettier-ignore
    assert.deepEqual(reasons, ["Deployment Paused,LocalStorage", "StatefulSet StatefulSetNotOptedIn,OnDeleteStrategy,NoSurge"]); // prettier-ignore
  });

  it("are judged without limits of time, of number, and of a share, and with all others", () => {
    const window = "{ days: [Mon], from: '01:00', to: '02:00', timeZone: UTC }";
    const given = parsePolicy(`namespaces: { shop: { regularFloor: 2, maxSpotShare: 0.5, windows: [${window}] } }\nbudgets: { maxMovesPerRound: 1, maxMovesPerHour: 1 }`); // prettier-ignore
    const most = Number.MAX_SAFE_INTEGER;
    const { namespaces, budgets } = unhurried(given, [], true);
    assert.deepEqual(namespaces, { shop: { ...given.namespaces["shop"], windows: [], maxSpotShare: 1 } });
    assert.deepEqual(budgets, { maxMovesPerRound: most, maxMovesPerHour: most });
    const found = [{ metadata: { name: "web", namespace: "other" } }] as FoundObject[];
    const listed = parsePolicy("namespaces: { other: {} }").namespaces;
    assert.deepEqual(unhurried(given, found, false).namespaces, listed);
  });

  it("weigh by the CPU that all replicas request", async () => {
    const old = manifest({ spec: "strategy: { type: Recreate }" }).replace("name: web,", "name: old,");
    const { workloads, cpuShare } = await judge([manifest({ spec: "replicas: 3" }), old].join("---"));
    assert.deepEqual([workloads.map(({ replicas, cpu }) => [replicas, cpu]), cpuShare], [[[1, 100], [3, 300]], 0.75]); // prettier-ignore
  });

  it("tell what of a folder was passed over", async () => {
    const report = await judgeOffline({ objects: [], skipped: ["a.yaml: no"] }, defaultPolicy, now);
    assert.deepEqual([report.notes, report.score, report.cpuShare], [["a.yaml: no"], 100, 0]);
  });

  it("score only what nobody keeps on purpose", async () => {
    const critical = manifest({ metadata: "labels: { spot-balancer/tier: critical }" }).replace("name: web,", "name: vault,"); // prettier-ignore
    const recreated = manifest({ spec: "strategy: { type: Recreate }" }).replace("name: web,", "name: old,");
    const report = await judge([manifest(), critical, recreated].join("---"));
    const { score, workloads } = report;
    assert.equal(score, 50);
    assert.match(
      renderOffline(report),
      /\nScore 50 of 100: 1 of 3 workloads could go to spot when they are idle, with 33 % of the CPU/,
    );
    assert.deepEqual(workloads.map(({ name, verdict }) => `${name} ${verdict}`), ["old regular", "vault purpose", "web spot"]); // prettier-ignore
  });
});
