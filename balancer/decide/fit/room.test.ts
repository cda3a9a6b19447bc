// What a node has room for, beyond CPU and memory by requests: the scheduler knows more, and so does whoever measured.
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Pod, Snapshot } from "../../model.ts";
import { buildNode, buildPods, buildUsage, buildWorkload, gibibyte } from "../../testing/builders.ts";
import { planFor, running } from "../../testing/deciding.ts";
import { appIs, volumes, zone } from "../../testing/refusals/case.ts";

const regular = buildNode("regular", "r1");
const spot = (name: string, changes: Parameters<typeof buildNode>[2] = {}) =>
  buildNode("spot", name, changes);
const policy = "{ namespaces: { demo: }, statefulSets: { enabled: true }, score: { threshold: 0 } }";

/** What is said of `web`. */
function said(parts: Partial<Snapshot>): string {
  const plan = planFor(parts, policy);
  const move = plan.moves.find(({ workload }) => workload.name === "web");
  return move
    ? `to ${move.nodes.join()}`
    : plan.refusals.find(({ workload }) => workload.name === "web")!.reason;
}

describe("room on a node", () => {
  it("is of scratch space, too, where it is requested", () => {
    const requests = { cpu: 100, memory: gibibyte, storage: 50 * gibibyte };
    const web = running([buildWorkload("web", { template: { requests } }), ["r1"]]);
    const of = (storage: number) => ({ allocatable: { cpu: 2000, memory: 8 * gibibyte, pods: 30, storage } });
    assert.equal(said({ nodes: [regular, spot("s1", of(20 * gibibyte))], ...web }), "NoCapacityOnSpot");
    assert.equal(said({ nodes: [regular, spot("s1"), spot("s2", of(60 * gibibyte))], ...web }), "to s2");
  });

  it("is another's, where that has preempted others and waits for them to end", () => {
    const web = running([buildWorkload("web", { template: { requests: { cpu: 500, memory: 1000 } } }), ["r1"]]);
    const waiting = (changes: Partial<Pod>) =>
      buildPods(buildWorkload("big", { namespace: "other" }), [undefined], { workload: undefined, requests: { cpu: 1600, memory: 1000 }, nominatedTo: "s1", ...changes });
    const among = (changes: Partial<Pod>, ...nodes: ReturnType<typeof spot>[]) =>
      said({ nodes: [regular, spot("s1"), ...nodes], ...web, pods: [...web.pods, ...waiting(changes)] });
    assert.equal(among({}), "NoCapacityOnSpot");
    assert.equal(among({}, spot("s2")), "to s2");
    for (const changes of [{ nominatedTo: undefined }, { nominatedTo: "gone" }, { deletingAt: 1 }, { requests: { cpu: 100, memory: 1000 } }])
      assert.equal(among(changes), "to s1", JSON.stringify(changes));
  }); // prettier-ignore

  it("is of the memory that its pods are known to use, where they request less", () => {
    const using = (memory: number, request = 0) => {
      const web = buildWorkload("web", { template: { requests: { cpu: 100, memory: request } } });
      return { workloads: [web], pods: buildPods(web, ["r1"], { usage: buildUsage({ memory }) }) };
    };
    const small = { allocatable: { cpu: 2000, memory: 4 * gibibyte, pods: 30 } };
    // Takes no pod, but keeps the pool as a whole below its mark.
    const full = spot("s2", { allocatable: { ...small.allocatable, memory: 100 * gibibyte, pods: 0 } });
    const nodes = [regular, spot("s1", small), full];
    assert.equal(said({ nodes, ...using(3 * gibibyte) }), "to s1");
    assert.equal(said({ nodes, ...using(5 * gibibyte) }), "NoCapacityOnSpot");
    // What ends says nothing of those that come.
    const ending = using(2 * gibibyte);
    const [pod] = using(6 * gibibyte).pods;
    const going = { ...ending, pods: [...ending.pods, { ...pod!, name: "web-9", deletingAt: 1 }] };
    assert.equal(said({ nodes, ...going }), "to s1");
    const hog = buildWorkload("hog", { namespace: "other", template: { requests: { cpu: 100, memory: 0 } } });
    const beside = (parts: ReturnType<typeof using>) => ({
      workloads: [...parts.workloads, hog],
      pods: [...parts.pods, ...buildPods(hog, ["s1"], { usage: buildUsage({ memory: 2 * gibibyte }) })],
    });
    assert.equal(said({ nodes, ...beside(using(1 * gibibyte)) }), "to s1");
    assert.equal(
      said({ nodes, ...beside(using(3 * gibibyte)) }),
      "NoCapacityOnSpot",
      "somebody else uses it",
    );
    assert.equal(said({ nodes, ...beside(using(gibibyte, 2 * gibibyte)) }), "to s1", "by requests, as ever");
  });

  it("is told with the memory in use where that is the matter", () => {
    const web = buildWorkload("web", { template: { requests: { cpu: 100, memory: 0 } } });
    const pods = buildPods(web, ["r1"], { usage: buildUsage({ memory: 7 * gibibyte }) });
    const small = { allocatable: { cpu: 2000, memory: 4 * gibibyte, pods: 30 } };
    const nodes = [regular, ...["s1", "s2", "s3"].map((name) => spot(name, small))];
    const [refusal] = planFor({ nodes, workloads: [web], pods }).refusals;
    assert.match(refusal!.message, /0 of 1 pods .*; each uses 7.0 GiB of memory and requests 0.0 GiB$/);
  });

  it("is nobody's beside a pod that cannot be read: it may take all of it", () => {
    const web = running([buildWorkload("web"), ["r1"]]);
    const [odd] = buildPods(buildWorkload("odd", { namespace: "x" }), ["s1"], { fault: "no number", requests: { cpu: 0, memory: 0 } }); // prettier-ignore
    const nodes = [regular, spot("s1")];
    assert.equal(said({ nodes, workloads: web.workloads, pods: [...web.pods, odd!] }), "NoCapacityOnSpot");
    assert.equal(said({ nodes: [...nodes, spot("s2")], workloads: web.workloads, pods: [...web.pods, odd!] }), "to s2"); // prettier-ignore
  });

  it("is refused by bare pods that want no such neighbors", () => {
    const web = running([buildWorkload("web"), ["r1"]]);
    const hermit: Pod = {
      ...buildPods(buildWorkload("hermit"), ["s1"])[0]!,
      workload: undefined,
      podAntiAffinity: [{ topologyKey: "kubernetes.io/hostname", selector: appIs("web"), namespaces: [] }],
    };
    const nodes = [regular, spot("s1")];
    assert.equal(said({ nodes, workloads: web.workloads, pods: [...web.pods, hermit] }), "AntiAffinity");
    const elsewhere = { ...hermit, namespace: "other" };
    assert.equal(said({ nodes, workloads: web.workloads, pods: [...web.pods, elsewhere] }), "to s1");
  });

  it("is of volumes, by the driver that attaches them, those of others counted", () => {
    const disk = new Map([["disk.csi.azure.com", 1]]);
    const template = { volumes: { ...volumes, emptyDir: false, attachments: disk } };
    const db = buildWorkload("web", { kind: "StatefulSet", replicas: 3, template });
    const nodes = [regular, spot("s1", { attachable: new Map([["disk.csi.azure.com", 4]]) })];
    const others = (count: number) =>
      buildPods(buildWorkload("x"), Array<string>(count).fill("s1"), {
        workload: undefined,
        attachments: disk,
      });
    const own = running([db, ["r1", "r1", "r1"]]);
    assert.equal(said({ nodes, workloads: [db], pods: [...own.pods, ...others(1)] }), "to s1,s1,s1");
    assert.equal(said({ nodes, workloads: [db], pods: [...own.pods, ...others(2)] }), "VolumeLimit");
    const files = others(2).map((pod) => ({ ...pod, attachments: new Map([["file.csi.azure.com", 9]]) }));
    assert.equal(
      said({ nodes, workloads: [db], pods: [...own.pods, ...files] }),
      "to s1,s1,s1",
      "no limit stated",
    );
  });

  it("is one zone for each replica whose disk is there", () => {
    const db = (...zonesByReplica: string[][]) => {
      const zones = [...new Set(zonesByReplica.flat())];
      const template = { volumes: { ...volumes, emptyDir: false, zones, zonesByReplica } };
      return running([buildWorkload("web", { kind: "StatefulSet", replicas: 2, template }), ["r1", "r1"]]);
    };
    const home = { ...regular, labels: { ...regular.labels, [zone]: "a" } };
    const [a, b] = ["a", "b"].map((name) => spot(`s-${name}`, { labels: { [zone]: name } }));
    assert.equal(said({ nodes: [home, a!], ...db(["a"], ["b"]) }), "VolumeZone");
    assert.equal(said({ nodes: [home, a!, b!], ...db(["a"], ["b"]) }), "to s-a,s-b");
    assert.equal(said({ nodes: [home, a!], ...db(["a", "b"], ["a"]) }), "to s-a,s-a", "kept in both zones");
    assert.equal(said({ nodes: [home, a!], ...db(["a"]) }), "to s-a,s-a", "one has no disk yet");
  });

  it("is none of an absurd request, whose booking leaves no trace on others", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2 ** 20, max: 2 ** 50 }),
        fc.integer({ min: 1, max: 1900 }),
        (absurd, cpu) => {
          const web = running([buildWorkload("web", { template: { requests: { cpu, memory: 1 } } }), ["r1"]]);
          const giant = buildWorkload("a-giant", { template: { requests: { cpu: absurd, memory: absurd } } });
          const pods = buildPods(giant, ["gone"], { requests: { cpu: absurd, memory: absurd } });
          const nodes = [regular, spot("s1")];
          const alone = said({ nodes, ...web });
          assert.equal(
            said({ nodes, workloads: [...web.workloads, giant], pods: [...web.pods, ...pods] }),
            alone,
          );
        },
      ),
    );
  });
});
