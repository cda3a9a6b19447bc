import assert from "node:assert/strict";
import { decide } from "../decide.ts";
import {
  buildNode,
  buildPods,
  buildPolicy,
  buildSnapshot,
  buildWorkload,
  noon,
  withCpu,
} from "../testing/builders.ts";
import { buildStats } from "./stats.ts";
import { ratioText, renderTable } from "./table.ts";

describe("the table", () => {
  const policy = buildPolicy();
  const both = buildWorkload("both", { replicas: 3, placement: "spot" });
  const reports = buildWorkload("reports", { kind: "StatefulSet", labels: { "spot-balancer/tier": "low" } });
  const snapshot = buildSnapshot({
    nodes: [buildNode("spot", "spot-1"), buildNode("regular", "regular-1")],
    workloads: [both, reports, buildWorkload("elsewhere", { namespace: "other" })],
    pods: [
      ...withCpu(buildPods(both, ["spot-1", "spot-1", "regular-1"]), 0.25, 0.2),
      ...buildPods(reports, [undefined]),
    ],
  });
  const plan = decide(snapshot, policy, noon);
  const stats = buildStats(plan, [], snapshot, {
    ...{ startedAt: "", durationMs: 1234, dryRun: true, apiReads: 0, apiWrites: 0, promQueries: 0 },
    ...{ newestSampleAgeSeconds: null, warnings: ["so it is"] },
  });
  const lines = (width?: number) =>
    renderTable(plan, [], stats, { snapshot, policy, now: noon, width }).split("\n");

  it("says of each workload how important it is, where it runs and what it uses", () => {
    const [head, first, second, ...rest] = lines();
    assert.match(head!, /^WORKLOAD +TIER +WHERE +CPU +DECISION +REASON +WHY$/);
    assert.match(first!, /^demo\/both +standard +regular 1, spot 2 +25 % \(20 %\) +stays +\w+ +\S/);
    assert.match(
      second!,
      /^demo\/reports \(StatefulSet\) +low +pending +– +stays +StatefulSetNotOptedIn +\S/,
    );
    assert.deepEqual(rest, [
      "",
      "2 nodes, 4 pods, 3 workloads (1 out of scope); 0 moves, 0 done (dry run); 1.2 s",
      "warning: so it is",
      "",
    ]);
  });

  it("says what spot is asked for, which a round writes as well as its moves (kubernetes-sigs/descheduler#1584)", () => {
    const web = buildWorkload("web", { template: { requests: { cpu: 1500, memory: 2 ** 30 } } });
    const room = buildWorkload("room", {
      ...{ namespace: "placeholder", kind: "Pod" },
      template: { priority: -10, labels: { "spot-balancer/placeholder": "true" } },
    });
    const seen = buildSnapshot({
      nodes: [buildNode("regular", "regular-1"), buildNode("regular", "regular-2")],
      workloads: [web],
      pods: [
        ...withCpu(buildPods(web, ["regular-1"]), 0.02),
        ...buildPods(room, [undefined], { workload: undefined }),
      ],
    });
    const decided = decide(seen, policy, noon);
    const said = (dryRun: boolean) =>
      renderTable(decided, [], buildStats(decided, [], seen, { ...stats, dryRun, warnings: [] }), {
        ...{ snapshot: seen, policy, now: noon },
      }).split("\n");
    const news = "asks spot for room: 2 x 1500m and 1024 MiB; takes back 1 placeholder";
    assert.equal(said(true).at(-2), `${news} (dry run)`);
    assert.equal(said(false).at(-2), news);
  });

  it("counts those that policy forbids among those that are out of scope", () => {
    const forbidding = buildPolicy("namespaces: { demo: {}, other: { allowed: false } }");
    const decided = decide(snapshot, forbidding, noon);
    const text = renderTable(decided, [], stats, { snapshot, policy: forbidding, now: noon });
    assert.equal(decided.refusals.length, 3);
    assert.match(text, /, 3 workloads \(1 out of scope\); 0 moves/);
  });

  it("says ratios in whole percents, and a dash where there is none", () => {
    assert.deepEqual([0, 0.005, 0.994, 1, 1.5, NaN].map(ratioText), ["0 %", "1 %", "99 %", "100 %", "150 %", "–"]); // prettier-ignore
  });

  it("says moves first, what came of them, and the rest by name", () => {
    const web = buildWorkload("web");
    const list = ["z", "a"].map((name) => buildWorkload(name, { kind: "StatefulSet" }));
    const seen = buildSnapshot({
      nodes: [buildNode("spot", "spot-1"), buildNode("regular", "regular-1")],
      workloads: [...list, web],
      pods: withCpu(
        [...list, web].flatMap((each) => buildPods(each, ["regular-1"])),
        0.02,
      ),
    });
    const decided = decide(seen, policy, noon);
    const outcome = { move: decided.moves[0]!, result: "Done", reason: "Applied", message: "placed", at: noon } as const; // prettier-ignore
    const ofRound = buildStats(decided, [outcome], seen, { ...stats, dryRun: false, warnings: [] });
    const [, ...rows] = renderTable(decided, [outcome], ofRound, { snapshot: seen, policy, now: noon }).split("\n"); // prettier-ignore
    assert.match(rows[0]!, /^demo\/web +standard +regular +2 % +→ spot +Idle +\S.*; done, placed$/);
    assert.match(rows[1]!, /^demo\/a \(StatefulSet\) /);
    assert.match(rows[2]!, /^demo\/z \(StatefulSet\) /);
    assert.match(rows[4]!, /^2 nodes, 3 pods, 3 workloads \(0 out of scope\); 1 moves, 1 done; 1\.2 s$/);
    const nothing = renderTable({ ...decided, moves: [], refusals: [] }, [], ofRound, { snapshot: seen, policy, now: noon }); // prettier-ignore
    assert.match(
      nothing,
      /^No workload is in a namespace that the policy lists\.\n\n2 nodes, .* \(3 out of scope\)/,
    );
  });

  it("shows what would move the cursor, or turn reading around, as text", () => {
    const odd = { ...stats, warnings: ["\u001b[2Jcleared\nnext", "\u202eback"] };
    const text = renderTable(plan, [], odd, { snapshot, policy, now: noon });
    assert.ok(text.includes("warning: \\u{1b}[2Jcleared next\nwarning: \\u{202e}back"), text);
  });

  it("fits into a terminal, and loses no word", () => {
    const wide = lines();
    const narrow = lines(130);
    for (const line of narrow) assert.ok(line.length <= 130, line);
    assert.ok(narrow.length > wide.length);
    const words = (text: string[]) => text.join(" ").split(/\s+/).sort();
    assert.deepEqual(words(narrow), words(wide));
  });

  it("puts what it says of a workload below its name, where 80 columns are all there is", () => {
    const narrow = lines(80).slice(0, -4);
    for (const line of narrow) assert.ok(line.length <= 80, line);
    assert.match(narrow[0]!, /^demo\/both {2}stays {2}\w+$/);
    assert.match(narrow[1]!, /^ {4}standard, regular 1, spot 2, CPU 25 % \(20 %\); \S/);
    const said = narrow.join(" ").replaceAll(/\s+/g, " ");
    for (const { message } of plan.refusals.slice(0, 2)) assert.ok(said.includes(message), message);
  });
});
