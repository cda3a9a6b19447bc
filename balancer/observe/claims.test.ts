import assert from "node:assert/strict";
import { addObject, buildApiPod } from "../testing/apiObjects.ts";
import { useApiServer } from "../testing/apiServer/use.ts";
import { buildPods, buildWorkload } from "../testing/builders.ts";
import { bindVolumes } from "./bound.ts";
import { readClaims } from "./claims.ts";
import { podReader } from "./pods.ts";

describe("a claim, by the volume that it is bound to", () => {
  const api = useApiServer();
  const addVolume = (name: string, spec: unknown, labels = {}) =>
    addObject(api.server, "persistentvolumes", { metadata: { name, labels }, spec });
  const addClaim = (name: string, spec: object) =>
    addObject(api.server, "persistentvolumeclaims", { metadata: { name, namespace: "demo" }, spec });
  const term = (...expressions: [key: string, operator: string, ...values: string[]][]) => ({
    matchExpressions: expressions.map(([key, operator, ...values]) => ({ key, operator, values })),
  });
  const on = (...nodeSelectorTerms: object[]) => ({ nodeAffinity: { required: { nodeSelectorTerms } } });
  const demand = (key: string, operator: string, ...values: string[]) => ({ key, operator, values });

  const cases: [what: string, spec: object, labels: object, expected: object][] = [
    ["goes anywhere", {}, {}, {}],
    ["is attached by its driver", { csi: { driver: "d" } }, {}, { driver: "d" }],
    ["of an Azure disk of the old kind", { azureDisk: {} }, {}, { driver: "disk.csi.azure.com" }],
    ["of an Amazon disk of the old kind", { awsElasticBlockStore: {} }, {}, { driver: "ebs.csi.aws.com" }],
    ["of a Google disk of the old kind", { gcePersistentDisk: {} }, {}, { driver: "pd.csi.storage.gke.io" }],
    ["lies on a node", { local: { path: "/" } }, {}, { local: true }],
    ["lies on a node, by a path", { hostPath: { path: "/" } }, {}, { local: true }],
    ["lies on a node, by its driver's label", on(term(["topology.topolvm.io/node", "In", "n"])), {}, { local: true }],
    ["lies on some nodes, by alternatives", on(term(["rack", "In", "7"]), term(["rack", "In", "8"])), {}, { local: true }],
    ["is in a zone or another, by alternatives", on(term(["x/zone", "In", "a"]), term(["x/zone", "In", "b"])), {}, { zones: ["a", "b"] }],
    ["is in a region or another, by alternatives", on(term(["x/region", "In", "a"]), term(["region", "In", "b"])), {}, {}],
    ["is in a zone, by a label", {}, { "topology.kubernetes.io/zone": "a" }, { zones: ["a"] }],
    ["is in zones, by a label", {}, { "topology.kubernetes.io/zone": "a__b" }, { zones: ["a", "b"] }],
    ["is in a zone, by the old label", {}, { "failure-domain.beta.kubernetes.io/zone": "c" }, { zones: ["c"] }],
    ["is in a zone, by the new label before the old one", {}, { "topology.kubernetes.io/zone": "a", "failure-domain.beta.kubernetes.io/zone": "c" }, { zones: ["a"] }],
    ["is in a zone, by what its driver demands before a label", on(term(["x/zone", "In", "b"])), { "topology.kubernetes.io/zone": "a" }, { zones: ["b"] }],
    ["is outside of a zone, which names none", on(term(["x/zone", "NotIn", "b"])), { "topology.kubernetes.io/zone": "a" }, { zones: ["a"] }],
    ["is in no zone at all", on(term(["x/zone", "In", ""])), {}, { demands: [demand("x/zone", "In", "")] }],
    ["is in no zone at all, or in one", on(term(["x/zone", "In", ""]), term(["x/zone", "In", "a"])), {}, { zones: ["a"] }],
    ["is in a zone and a rack", on(term(["x/zone", "In", "a"], ["rack", "In", "7"])), {}, { zones: ["a"], demands: [demand("rack", "In", "7")] }],
    ["is in a rack of one region", on(term(["x/region", "In", "a"], ["rack", "In", "7"])), {}, { demands: [demand("rack", "In", "7")] }],
  ]; // prettier-ignore
  for (const [what, spec, labels, expected] of cases)
    it(what, async () => {
      addVolume("pv", spec, labels);
      addVolume("other", { local: {} }, { "topology.kubernetes.io/zone": "other" });
      addClaim("files", { volumeName: "pv", accessModes: ["ReadWriteMany"] });
      const claim = (await readClaims(api.client)).named("demo", "files");
      assert.deepEqual(claim, { local: false, exclusive: false, zones: [], ...expected });
    });

  for (const [modes, exclusive] of [
    [["ReadWriteOnce"], true],
    [["ReadWriteOncePod"], true],
    [["ReadWriteMany"], false],
    [["ReadOnlyMany"], false],
    [["ReadWriteOnce", "ReadOnlyMany"], false],
    [[], true],
  ] as const)
    it(`of ${modes.join(" and ") || "no mode"} is ${exclusive ? "one node's alone" : "shared"}`, async () => {
      addClaim("files", { accessModes: modes });
      assert.equal((await readClaims(api.client)).named("demo", "files")?.exclusive, exclusive);
    });

  it("that is bound to none is one node's alone unless it says otherwise, and nothing else", async () => {
    addVolume("pv", { local: {} });
    addClaim("new", {});
    const claim = (await readClaims(api.client)).named("demo", "new");
    assert.deepEqual(claim, { local: false, exclusive: true, zones: [] });
  });

  it("is of its namespace alone", async () => {
    addObject(api.server, "persistentvolumeclaims", {
      metadata: { name: "files", namespace: "shop" },
      spec: {},
    });
    const claims = await readClaims(api.client);
    assert.deepEqual([claims.named("demo", "files"), claims.named("shop", "files")?.exclusive], [undefined, true]); // prettier-ignore
  });

  it("says which of it, or of its volume, cannot be read", async () => {
    addVolume("pv", { csi: { driver: "d" }, nodeAffinity: { required: { nodeSelectorTerms: 7 } } });
    addClaim("files", { volumeName: "pv" });
    addClaim("odd", { accessModes: "ReadWriteMany" });
    addClaim("good", {});
    const claims = await readClaims(api.client);
    for (const [name, why] of [
      ["files", /^volume pv cannot be read: .*nodeSelectorTerms/],
      ["odd", /^claim odd cannot be read: .*accessModes/],
    ] as const) {
      const { fault = "", ...rest } = claims.named("demo", name)!;
      assert.match(fault, why);
      assert.deepEqual(rest, { local: false, exclusive: true, zones: [] });
    }
    assert.equal(claims.named("demo", "good")?.fault, undefined);
  });

  it("that is being deleted, or has lost its volume, is no other pod's (kubernetes/kubernetes#89910)", async () => {
    const claim = (name: string, deletionTimestamp: string | undefined, phase: string) =>
      addObject(api.server, "persistentvolumeclaims", {
        metadata: { name, namespace: "demo", deletionTimestamp },
        spec: {},
        status: { phase },
      });
    claim("going", "2026-11-29T10:00:00Z", "Bound");
    claim("lost", undefined, "Lost");
    claim("bound", undefined, "Bound");
    const shared = ["bound", "lost", "going"];
    const claims = await readClaims(api.client);
    const endings = shared.map((name) => claims.named("demo", name)?.ending);
    assert.deepEqual(endings, [undefined, "claim lost has lost its volume", "claim going is being deleted"]);
    const workload = buildWorkload("web");
    const bound = await bindVolumes(api.client, [{ workload, claims: { shared, perReplica: [] } }], []);
    assert.equal(bound.workloads[0]!.template.volumes.ending, endings[1]);
  });

  describe("of pods and their workloads", () => {
    const none = { shared: [], perReplica: [] };
    const bare = { claimNames: [], drivers: [], owner: undefined, containers: 1, hostNetwork: false };
    const [pod] = buildPods(buildWorkload("web"), ["n"]) as [ReturnType<typeof buildPods>[number]];

    it("is not read where nobody has any", async () => {
      const workload = buildWorkload("web");
      const { workloads, drivers } = await bindVolumes(api.client, [{ workload, claims: none }], [{ ...bare, pod }]); // prettier-ignore
      assert.deepEqual([workloads, drivers.size, api.server.requests.length], [[workload], 0, 0]);
      assert.equal(workloads[0], workload);
    });

    it("is read where a template, a StatefulSet's or a pod names one", async () => {
      const perReplica = [{ prefix: "data-web-", first: 0, count: 1 }];
      for (const [claims, claimNames] of [
        [{ ...none, shared: ["files"] }, []],
        [{ ...none, perReplica }, []],
        [none, ["files"]],
        [{ shared: ["files"], perReplica }, []],
      ] as const) {
        api.server.requests.length = 0;
        const names = claims as { shared: string[]; perReplica: typeof perReplica };
        const { workloads } = await bindVolumes(api.client, [{ workload: buildWorkload("other"), claims: none }, { workload: buildWorkload("web"), claims: names }], [{ ...bare, pod: { ...pod }, claimNames }]); // prettier-ignore
        assert.equal(api.server.requests.length, 2, JSON.stringify([claims, claimNames]));
        const { ending, drivers } = workloads[1]!.template.volumes;
        assert.deepEqual([ending, drivers], [names.shared.length > 0 ? "claim files is gone" : undefined, undefined]); // prettier-ignore
      }
    });

    it("gives each pod what it attaches, and its workload every driver that one of its pods has", async () => {
      addVolume("pv", { csi: { driver: "disk" } });
      for (const name of ["a", "b"]) addClaim(name, { volumeName: "pv" });
      const pods = [
        { ...bare, pod: { ...pod, name: "web-1" }, drivers: ["secrets"] },
        { ...bare, pod: { ...pod, name: "web-2" }, claimNames: ["a", "b", "gone"] },
        { ...bare, pod: { ...pod, name: "web-3" }, drivers: ["secrets"] },
        { ...bare, pod: { ...pod, name: "alone", workload: undefined }, claimNames: ["a"], drivers: ["cert"] },
        { ...bare, pod: { ...pod, name: "elsewhere", namespace: "x", workload: "Deployment/x/y" }, claimNames: ["a"] },
      ]; // prettier-ignore
      const { workloads, drivers } = await bindVolumes(
        api.client,
        [{ workload: buildWorkload("web"), claims: none }],
        pods,
      );
      const [disk1, disk2] = [new Map([["disk", 1]]), new Map([["disk", 2]])];
      assert.deepEqual(pods.map(({ pod }) => pod.attachments), [undefined, disk2, undefined, disk1, undefined]); // prettier-ignore
      const { attachments, drivers: needed } = workloads[0]!.template.volumes;
      assert.deepEqual([attachments, needed, [...drivers].sort()], [disk2, ["disk", "secrets"], ["disk", "secrets"]]); // prettier-ignore
    });

    it("asks of nodes for the one driver of a pod, and for those of claims that no pod has yet", async () => {
      addVolume("pv", { csi: { driver: "disk" } });
      addClaim("a", { volumeName: "pv" });
      const workload = buildWorkload("web");
      const bind = (shared: string[], drivers: string[]) => bindVolumes(api.client, [{ workload, claims: { ...none, shared } }], [{ ...bare, pod: { ...pod }, drivers }]); // prettier-ignore
      const inline = await bind([], ["secrets"]);
      assert.deepEqual([inline.workloads[0]!.template.volumes.drivers, [...inline.drivers]], [["secrets"], ["secrets"]]); // prettier-ignore
      assert.deepEqual([...(await bind(["a"], [])).drivers], ["disk"]);
    });

    it("that cannot be read is its workload's fault alone", async () => {
      addClaim("odd", { accessModes: 7 });
      addClaim("files", { accessModes: ["ReadWriteOnce"] });
      const [bad, good] = [buildWorkload("bad"), buildWorkload("good")];
      const { workloads } = await bindVolumes(api.client, [{ workload: bad, claims: { ...none, shared: ["odd"] } }, { workload: good, claims: { ...none, shared: ["files"] } }], []); // prettier-ignore
      assert.match(workloads[0]!.fault ?? "", /^claim odd cannot be read/);
      assert.deepEqual([workloads[1]!.fault, workloads[1]!.template.volumes.exclusive], [undefined, true]);
    });
  });

  it("is among those of a pod as it was read", () => {
    const { read } = podReader({ namespaces: [], priorityClasses: [] });
    const pod = buildApiPod("web", "n");
    pod.spec!.volumes = [
      { name: "own", ephemeral: {} },
      { name: "s", csi: { driver: "secrets" } },
    ];
    const { claimNames, drivers } = read(pod)!;
    assert.deepEqual([claimNames, drivers], [["web-1-own"], ["secrets"]]);
  });
});
