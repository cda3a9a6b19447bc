import assert from "node:assert/strict";
import type { Requirement } from "../model.ts";
import { buildWorkload } from "../testing/builders.ts";
import { type Claim, Claims } from "./claims.ts";
import { type ClaimNames, attachmentsOf, bindClaims, claimsOf, inlineDrivers, ownClaims, podClaims, sharedClaims, volumesWithoutClaims } from "./volumes.ts"; // prettier-ignore

const disk = "disk.csi.azure.com";
const plain: Claim = { local: false, exclusive: false, zones: [] };

describe("what the claims of a workload tie it to", () => {
  const inRack = (rack: string): Requirement => ({ key: "rack", operator: "In", values: [rack] });
  interface Case {
    kind?: "Deployment" | "StatefulSet";
    replicas?: number;
    first?: number;
    /** Of names: `files` and `more` are shared, `data-db-N` and `logs-db-N` each replica's own. */
    claims: Record<string, Partial<Claim>>;
    own?: string;
  }
  const bind = ({ kind = "StatefulSet", replicas = 2, first = 0, claims, own = "demo" }: Case) => {
    const known = new Claims();
    for (const [name, claim] of Object.entries(claims)) known.add(own, name, { ...plain, ...claim });
    const names: ClaimNames = {
      shared: ["files", "more"].filter((name) => name in claims),
      perReplica: ["data-db-", "logs-db-"].map((prefix) => ({ prefix, first, count: replicas })),
    };
    const { zones, exclusive, local, ...rest } = bindClaims(buildWorkload("db", { kind, replicas }), names, known); // prettier-ignore
    return { ...(zones.length > 0 && { zones }), ...(exclusive && { exclusive }), ...(local && { local }), ...rest, emptyDir: undefined }; // prettier-ignore
  };
  const nowhere = ["(its volumes are in different zones)"];
  const one = { exclusive: true };
  const cases: [what: string, given: Case, expected: object][] = [
    ["nothing, where none is bound", { claims: {} }, {}],
    ["nothing new, where one that they share is gone: the other is another namespace's", { claims: { files: one }, own: "other" }, { ending: "claim files is gone" }],
    ["one node for the single pod of a Deployment", { kind: "Deployment", replicas: 1, claims: { files: one } }, { exclusive: true }],
    ["one node, for pods of a Deployment", { kind: "Deployment", claims: { files: one } }, { exclusive: true }],
    ["one node, for the replicas of a StatefulSet together", { claims: { files: one } }, { exclusive: true, shared: true }],
    ["nothing together for a single one, which lets go before the next starts", { replicas: 1, claims: { files: one } }, { exclusive: true }],
    ["nothing together by claims of their own", { claims: { "data-db-0": one, "data-db-1": one } }, { exclusive: true }],
    ["nothing together by what many may mount", { claims: { files: {}, "data-db-0": one } }, { exclusive: true }],
    ["a zone", { claims: { files: { zones: ["a"] } } }, { zones: ["a"] }],
    ["the zones that shared ones have in common", { claims: { files: { zones: ["a", "b"] }, more: { zones: ["b", "c"] } } }, { zones: ["b"] }],
    ["no zone at all, where they have none in common", { claims: { files: { zones: ["a"] }, more: { zones: ["c"] } } }, { zones: nowhere }],
    ["each replica to its zone", { claims: { "data-db-0": { zones: ["a"] }, "data-db-1": { zones: ["b"] } } }, { zones: ["a", "b"], zonesByReplica: [["a"], ["b"]] }],
    ["a zone, where only one replica's are in any", { claims: { "data-db-0": { zones: ["a"] }, "data-db-1": {} } }, { zones: ["a"] }],
    ["all replicas to the same zones, in whatever order they stand", { claims: { "data-db-0": { zones: ["a", "b"] }, "data-db-1": { zones: ["b", "a"] } } }, { zones: ["a", "b"] }],
    ["a replica to what its claims and the shared ones have in common", { claims: { files: { zones: ["a", "b"] }, "data-db-0": { zones: ["b", "c"] }, "logs-db-0": { zones: [] } } }, { zones: ["b"] }],
    ["replicas that exist only: number 2 is left over", { claims: { "data-db-0": { zones: ["a"] }, "data-db-2": { zones: ["c"] } } }, { zones: ["a"] }],
    ["replicas from the first number on", { first: 1, claims: { "data-db-0": { zones: ["z"] }, "data-db-1": { zones: ["a"] }, "data-db-2": { zones: ["a"] }, "data-db-3": { zones: ["z"] } } }, { zones: ["a"] }],
    ["its node, by one local volume", { claims: { "data-db-0": {}, "data-db-1": { local: true } } }, { local: true }],
    ["a rack", { claims: { "data-db-0": { demands: [inRack("7")] }, "data-db-1": { demands: [inRack("7")] } } }, { demands: [inRack("7")] }],
    ["a rack and a row", { claims: { "data-db-0": { demands: [inRack("7"), { ...inRack("1"), key: "row" }] } } }, { demands: [inRack("7"), { ...inRack("1"), key: "row" }] }],
    ["where it is, by volumes in different racks", { claims: { "data-db-0": { demands: [inRack("7")] }, "data-db-1": { demands: [inRack("8")] } } }, { local: true, demands: [inRack("7"), inRack("8")] }],
    ["as many attachments as the replica with most has, and the shared ones", { claims: { files: { driver: disk }, "data-db-0": { driver: disk }, "data-db-1": { driver: disk }, "logs-db-1": { driver: disk } } }, { attachments: new Map([[disk, 3]]) }],
    ["attachments by driver", { claims: { files: { driver: "file" }, more: {}, "data-db-0": { driver: disk } } }, { attachments: new Map([["file", 1], [disk, 1]]) }],
  ]; // prettier-ignore
  for (const [what, given, expected] of cases)
    it(`is ${what}`, () => assert.deepEqual(bind(given), { ...expected, emptyDir: undefined }));

  it("is unknown, with the reason, where one claim of any replica cannot be read", () => {
    const claims = { files: {}, "data-db-0": {}, "data-db-1": { fault: "claim data-db-1 cannot be read" } };
    assert.throws(() => bind({ claims }), /^Error: claim data-db-1 cannot be read$/);
  });

  it("adds to what its template says", () => {
    const volumes = { emptyDir: true, local: true, zones: [], exclusive: false };
    const none: ClaimNames = { shared: [], perReplica: [] };
    assert.deepEqual(bindClaims(buildWorkload("db", { template: { volumes } }), none, new Claims()), volumes);
  });
});

describe("claims by their names", () => {
  const volumes = [
    { name: "files", persistentVolumeClaim: { claimName: "shared" } },
    { name: "scratch", ephemeral: {} },
    { name: "secrets", csi: { driver: "secrets-store.csi.k8s.io" } },
    { name: "cache", emptyDir: {} },
  ];
  const spec = { containers: [], volumes } as never;

  it("of a template are the shared ones, of a pod those too that it made for itself", () => {
    assert.deepEqual(sharedClaims(spec), ["shared"]);
    assert.deepEqual(sharedClaims(undefined), []);
    assert.deepEqual(podClaims(spec, "web-1"), ["shared", "web-1-scratch"]);
    assert.deepEqual(inlineDrivers(spec), ["secrets-store.csi.k8s.io"]);
  });

  it("of a template are made anew of a class: of a named one, or of the default", () => {
    const ofClass = (name: string, storageClassName?: string) => ({ name, ephemeral: { volumeClaimTemplate: { spec: { storageClassName } } } }); // prettier-ignore
    const template = [ofClass("a", "fast"), ofClass("b"), ofClass("c", ""), { name: "d", ephemeral: {} }, volumes[0]!]; // prettier-ignore
    assert.deepEqual(claimsOf({ containers: [], volumes: template }), { shared: ["shared"], perReplica: [], fresh: ["fast", null, null] }); // prettier-ignore
    assert.deepEqual(claimsOf(undefined), { shared: [], perReplica: [] });
  });

  const disks: [what: string, volume: object, exclusive: boolean][] = [
    ["Azure's", { azureDisk: { diskName: "d" } }, true],
    ["Amazon's", { awsElasticBlockStore: { volumeID: "d" } }, true],
    ["OpenStack's", { cinder: { volumeID: "d" } }, true],
    ["VMware's", { vsphereVolume: { volumePath: "d" } }, true],
    ["Google's", { gcePersistentDisk: { pdName: "d" } }, true],
    ["Google's, which many may read", { gcePersistentDisk: { pdName: "d", readOnly: true } }, false],
    ["one over iSCSI", { iscsi: { iqn: "d" } }, true],
    ["one over Ceph", { rbd: { image: "d" } }, true],
    ["one over fibre", { fc: { lun: 1 } }, true],
    ["files of Azure", { azureFile: { shareName: "d" } }, false],
    ["files over NFS", { nfs: { server: "d" } }, false],
  ];
  for (const [what, volume, exclusive] of disks)
    it(`are not needed for a disk that a template names: ${what} is attached to ${exclusive ? "one node" : "any number"}`, () => {
      const found = volumesWithoutClaims({ containers: [], volumes: [{ name: "v", ...volume }] });
      assert.equal(found.exclusive, exclusive);
      const bound = bindClaims(buildWorkload("db", { template: { volumes: found } }), { shared: ["f"], perReplica: [] }, new Claims()); // prettier-ignore
      assert.equal(bound.exclusive, exclusive);
    });

  it("of a StatefulSet begin with the template's and its own name", () => {
    const set = (spec: object) => ownClaims({ metadata: { name: "db" }, spec } as never);
    const volumeClaimTemplates = [{ metadata: { name: "data" } }];
    assert.deepEqual(set({ volumeClaimTemplates }), [{ prefix: "data-db-", first: 0, count: 1 }]);
    const three = { replicas: 3, ordinals: { start: 5 }, volumeClaimTemplates };
    assert.deepEqual(set(three), [{ prefix: "data-db-", first: 5, count: 3 }]);
    assert.deepEqual(set({ replicas: 3 }), []);
  });

  it("are numbered by all of their digits, and other names are no replica's", () => {
    const claims = new Claims();
    for (const name of ["data-db-9", "data-db-10", "data-db", "data-db-x", "data-other-1"])
      claims.add("demo", name, plain);
    claims.add("other", "data-db-3", plain);
    assert.deepEqual(
      claims.numbered("demo", "data-db-").map(({ ordinal }) => ordinal),
      [9, 10],
    );
    assert.equal(claims.named("demo", "data-db"), plain);
    assert.equal(claims.named("other", "data-db"), undefined);
  });

  it("are attached by the drivers of those that are bound", () => {
    assert.equal(attachmentsOf([plain, plain]), undefined);
    const bound = { ...plain, driver: disk };
    assert.deepEqual(attachmentsOf([bound, plain, bound]), new Map([[disk, 2]]));
  });
});
