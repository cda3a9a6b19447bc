import assert from "node:assert/strict";
import { diskTier } from "./charges.ts";
import { estimateCost } from "./estimate.ts";
import type { Estimate, RecordedResource } from "./model.ts";
import type { Prices } from "./prices.ts";

/** Round prices, so that sums can be followed by eye. */
function buildPrices(changes: Record<string, number | undefined> = {}): Prices {
  const amounts: Record<string, number | undefined> = {
    "vmHour/Standard_D4as_v5": 0.2,
    "spotHour/Standard_D4as_v5": 0.05,
    "diskMonth/P4": 5,
    "clusterHour/Standard": 0.1,
    "loadBalancerHour/Standard": 0.02,
    "publicIpHour/Standard": 0.01,
    "postgresHour/Standard_B1ms": 0.02,
    "postgresStorageGb/Premium": 0.1,
    "logGb/Analytics": 2,
    "registryDay/Basic": 0.24,
    "trafficGb/loadBalancer": 0.005,
    ...changes,
  };
  return {
    asOf: "2026-01-01",
    find(meter, key) {
      const amount = amounts[`${meter}/${key}`];
      return amount === undefined ? undefined : { amount, source: "test" };
    },
  };
}

const buildPool = (inputs: Record<string, unknown> = {}): RecordedResource => ({
  type: "azure-native:containerservice:AgentPool",
  name: "pool",
  inputs: {
    location: "East US",
    vmSize: "Standard_D4as_v5",
    enableAutoScaling: true,
    minCount: 1,
    maxCount: 3,
    count: 1,
    osDiskSizeGB: 32,
    ...inputs,
  },
});

const estimate = (resources: RecordedResource[], prices = buildPrices()) => estimateCost(resources, prices);
const rowOf = ({ rows }: Estimate, item: string) => rows.find((row) => row.item === item);

describe("estimateCost", () => {
  it("counts an autoscaled pool at its bounds, machines by the hour and disks by the month", () => {
    const { rows, total } = estimate([buildPool()]);
    assert.deepEqual(
      rows.map(({ item, count }) => [item, count]),
      [
        ["Standard_D4as_v5 node", { min: 1, max: 3 }],
        ["P4 disk of a node", { min: 1, max: 3 }],
      ],
    );
    assert.deepEqual(total, { min: 146 + 5, max: 3 * (146 + 5) });
  });

  it("counts a fixed pool once, and takes the AKS default disk when none is stated", () => {
    for (const osDiskSizeGB of [undefined, 0]) {
      const { rows } = estimate([buildPool({ enableAutoScaling: false, count: 2, osDiskSizeGB })]);
      assert.deepEqual(rows[0]?.count, { min: 2, max: 2 });
      assert.equal(rows[1]?.item, "P10 disk of a node");
    }
  });

  it("knows that an ephemeral disk costs nothing", () => {
    assert.equal(estimate([buildPool({ osDiskType: "Ephemeral" })]).rows.length, 1);
  });

  it("says what spot saves against regular machines, at both scales", () => {
    const { total, allRegular, saving, rows } = estimate([
      buildPool({ scaleSetPriority: "Spot", minCount: 0 }),
    ]);
    const machine = rows[0];
    assert.equal(machine?.item, "Standard_D4as_v5 node (spot)");
    assert.deepEqual([machine?.regular, machine?.spot], [146, 36.5]);
    assert.deepEqual(total, { min: 0, max: 3 * (36.5 + 5) });
    assert.deepEqual(allRegular, { min: 0, max: 3 * (146 + 5) });
    assert.deepEqual(saving, { min: 0, max: 3 * (146 - 36.5) });
  });

  it("never invents a spot price: it says so and counts the regular one", () => {
    const prices = buildPrices({ "spotHour/Standard_D4as_v5": undefined });
    const { total, saving, unknown, rows } = estimate([buildPool({ scaleSetPriority: "Spot" })], prices);
    assert.equal(rows[0]?.spot, undefined);
    assert.deepEqual(total, { min: 151, max: 453 });
    assert.deepEqual(saving, { min: 0, max: 0 });
    assert.match(unknown.join(), /Spot price of Standard_D4as_v5 in eastus unknown/);
  });

  it("leaves out what has no price at all, and says so", () => {
    const { total, unknown } = estimate([buildPool({ vmSize: "Standard_X9" })]);
    assert.deepEqual(total, { min: 5, max: 15 });
    assert.deepEqual(unknown, ["Price of Standard_X9 node in eastus unknown: not in the totals."]);
  });

  it("counts the cluster's tier, its inline pools, load balancer and egress address", () => {
    const { inputs } = buildPool();
    const cluster = {
      type: "azure-native:containerservice/v20250801:ManagedCluster",
      name: "cluster",
      inputs: { sku: { tier: "Standard" }, agentPoolProfiles: [inputs] },
    };
    const all = estimate([cluster]);
    assert.deepEqual(
      all.rows.map(({ item }) => item),
      [
        "control plane, Standard tier",
        "Standard_D4as_v5 node",
        "P4 disk of a node",
        "load balancer",
        "public IP address",
      ],
    );
    assert.match(all.unknown.join(), /GB through the load balancer \(cluster\): USD 0.005 each, by use/);
    const behindNat = { ...cluster, inputs: { networkProfile: { outboundType: "userAssignedNATGateway" } } };
    assert.equal(rowOf(estimate([behindNat]), "public IP address"), undefined);
  });

  it("counts what is billed by the day as Azure does, 730 hours a month", () => {
    const registry = { type: "azure-native:containerregistry:Registry", name: "registry", inputs: {} };
    assert.equal(estimate([registry]).total.max, (0.24 * 730) / 24);
  });

  it("counts a volume by its size, and says so where it is unknown", () => {
    const rowsOf = (storage?: string) =>
      estimate([
        {
          type: "kubernetes:core/v1:PersistentVolumeClaim",
          name: "data",
          inputs: { spec: { resources: { requests: { storage } } } },
        },
      ]).rows.map(({ item, count }) => [item, count.max]);
    assert.deepEqual(rowsOf("64Gi"), [["E6 disk", 1]]);
    assert.deepEqual(rowsOf("1Ti"), [["unknown size disk", 1]]);
    assert.deepEqual(rowsOf(), [["unknown size disk", 1]]);
  });

  it("tells of no saving where the regular price is unknown", () => {
    const prices = buildPrices({ "vmHour/Standard_D4as_v5": undefined });
    const [row] = estimate([buildPool({ scaleSetPriority: "Spot" })], prices).rows;
    assert.deepEqual([row?.spot, row?.regular, row?.saving], [36.5, undefined, undefined]);
    assert.equal(estimate([buildPool()]).rows[0]?.saving, undefined);
  });

  it("doubles a database with a standby", () => {
    const database = (mode: string) => ({
      type: "azure-native:dbforpostgresql:Server",
      name: "server",
      inputs: { sku: { name: "Standard_B1ms" }, storage: { storageSizeGB: 64 }, highAvailability: { mode } },
    });
    const alone = estimate([database("Disabled")]).total.max;
    assert.equal(alone, 0.02 * 730 + 6.4);
    assert.equal(estimate([database("ZoneRedundant")]).total.max, 2 * alone);
    const copied = { ...database("Disabled").inputs, backup: { geoRedundantBackup: "Enabled" } };
    assert.match(
      estimate([{ ...database("Disabled"), inputs: copied }]).unknown.join(),
      /backups in the paired region \(server\): price in .* unknown, by use/,
    );
  });

  it("bounds logs by the daily quota only", () => {
    const workspace = (inputs: Record<string, unknown>) => ({
      type: "azure-native:operationalinsights:Workspace",
      name: "logs",
      inputs,
    });
    const { total } = estimate([workspace({ workspaceCapping: { dailyQuotaGb: 1 } })]);
    assert.deepEqual([total.min, Math.round(total.max)], [0, 61]);
    for (const inputs of [{}, { workspaceCapping: { dailyQuotaGb: -1 } }])
      assert.match(estimate([workspace(inputs)]).unknown.join(), /by use, not in the totals/);
    assert.deepEqual(estimate([workspace({ workspaceCapping: { dailyQuotaGb: 0 } })]).unknown, []);
  });

  it("names an Azure type without a rule, and passes over what is free and what is not Azure's", () => {
    const { rows, unknown } = estimate([
      { type: "azure-native:cache:Redis", name: "cache", inputs: {} },
      { type: "azure-native:network:Subnet", name: "subnet", inputs: {} },
      { type: "random:index/randomPassword:RandomPassword", name: "password", inputs: {} },
      { type: "kubernetes:core/v1:Service", name: "inner", inputs: { spec: { type: "ClusterIP" } } },
    ]);
    assert.deepEqual(rows, []);
    assert.deepEqual(unknown, ["azure-native:cache:Redis has no price rule: cache is not in the totals."]);
  });

  it("takes the region from the resource group, as Azure writes it or as people do", () => {
    const group = {
      type: "azure-native:resources:ResourceGroup",
      name: "group",
      inputs: { location: "westeurope" },
    };
    assert.equal(estimate([buildPool(), group]).region, "westeurope");
    assert.equal(estimate([buildPool()]).region, "eastus");
    assert.equal(estimate([]).region, undefined);
  });
});

describe("diskTier", () => {
  it("bills the next larger tier", () => {
    assert.deepEqual(
      [30, 32, 33, 128, 200].map((size) => diskTier("P", size)),
      ["P4", "P4", "P6", "P10", "P15"],
    );
    assert.equal(diskTier("E", 5000), "E>1TiB");
  });
});
