// What Azure does, and a program finds out late: what a GET answers, what time brings, what a PUT refuses. Sources: README.
import assert from "node:assert/strict";
import { type Inputs, listAt, textAt } from "./problem.ts";
import { type AzureServer, serveAzure } from "./server.ts";
import { type AzureClient, buildClient, buildUrn } from "./testing/client.ts";
import { buildInputs, clusterId, databaseSubnetId, groupId, nodeSubnetId } from "./testing/inputs.ts";
import { type FakeMachines, buildMachines } from "./testing/machines.ts";
import { skewProblems } from "./types/versions.ts";

const clusterType = "containerservice:ManagedCluster";
const poolType = "containerservice:AgentPool";
const serverType = "dbforpostgresql:Server";
const november = Date.parse("2026-11-29T12:00:00Z");

type Made = Awaited<ReturnType<AzureClient["make"]>>;

describe("the emulated Azure tells the truth", () => {
  let machines: FakeMachines;
  let server: AzureServer;
  let azure: AzureClient;
  let now: number;
  beforeEach(async () => {
    now = november;
    machines = buildMachines();
    server = await serveAzure({ machines, now: () => now });
    azure = buildClient(server.address);
  });
  afterEach(async () => {
    azure.close();
    await server.stop();
  });

  const make = (token: string, changes: Inputs = {}, name = "x"): Promise<Made> =>
    azure.make(token, name, buildInputs(token, changes));
  /** As `pulumi refresh` does, from what was recorded. */
  const refresh = ({ id, urn, inputs, outputs }: Made) => azure.read(id, urn, inputs, outputs);
  const put = async (made: Made, changes: Inputs): Promise<Made> => {
    const inputs = { ...made.inputs, ...changes };
    return { ...made, inputs, outputs: await azure.update(made.id, made.urn, inputs) };
  };
  const makeCluster = async (changes: Inputs = {}): Promise<Made> => {
    await make("resources:ResourceGroup");
    for (const name of ["NetworkSecurityGroup", "PublicIPAddress", "NatGateway", "VirtualNetwork", "Subnet"])
      await make(`network:${name}`);
    const identity = await make("managedidentity:UserAssignedIdentity");
    await make("authorization:RoleAssignment", { principalId: identity.outputs["principalId"] });
    return make(clusterType, changes);
  };
  const databaseSubnet: Inputs = {
    subnetName: "database",
    networkSecurityGroup: undefined,
    natGateway: undefined,
    delegations: [{ name: "pg", serviceName: "Microsoft.DBforPostgreSQL/flexibleServers" }],
  };
  const makeServer = async (
    changes: Inputs = {},
    subnetChanges: Inputs = {},
  ): Promise<[subnet: Made, server: Made]> => {
    await make("resources:ResourceGroup");
    await make("network:VirtualNetwork");
    const subnet = await make("network:Subnet", { ...databaseSubnet, ...subnetChanges }, "database");
    await make("privatedns:PrivateZone");
    await make("privatedns:VirtualNetworkLink");
    return [subnet, await make(serverType, changes)];
  };
  const names = (inputs: Inputs): unknown[] =>
    listAt(inputs, "agentPoolProfiles").map((pool) => textAt(pool, "name"));

  describe("of pools inside of a cluster", () => {
    it("lists every pool in a GET, in Microsoft's shape, and a refresh takes them for the program's", async () => {
      const cluster = await makeCluster();
      assert.deepEqual((await refresh(cluster)).inputs, cluster.inputs);
      await make(poolType);
      const { inputs, outputs } = await refresh(cluster);
      assert.deepEqual(names(inputs), ["system", "spot"]);
      const [, spot] = listAt(outputs, "agentPoolProfiles") as Inputs[];
      // azure-rest-api-specs, containerservice, stable/2025-03-01/examples/ManagedClustersGet.json
      for (const key of [
        "name",
        "count",
        "vmSize",
        "provisioningState",
        "orchestratorVersion",
        "currentOrchestratorVersion",
        "nodeImageVersion",
      ])
        assert.ok(key in spot!, key);
      for (const key of [
        "fqdn",
        "azurePortalFQDN",
        "kubernetesVersion",
        "currentKubernetesVersion",
        "nodeResourceGroup",
        "maxAgentPools",
      ])
        assert.ok(key in outputs, key);
    });

    it("finds nothing more once that is recorded, until the autoscaler has been there", async () => {
      const cluster = await makeCluster();
      const pool = await make(poolType);
      const recorded = { ...cluster, ...(await refresh(cluster)) };
      assert.deepEqual((await refresh(recorded)).inputs, recorded.inputs);
      machines.pools.get(pool.id)!.count = 4;
      const later = await refresh(recorded);
      assert.deepEqual(
        listAt(later.inputs, "agentPoolProfiles").map((each) => (each as Inputs)["count"]),
        [1, 4],
      );
    });

    it("keeps a pool that a PUT leaves out, and refuses one that it brings", async () => {
      const cluster = await makeCluster();
      await make(poolType);
      const { outputs } = await put(cluster, { tags: { a: "b" } });
      assert.deepEqual(names(outputs), ["system", "spot"]);
      assert.ok(!machines.asked.includes("deletePool spot"));
      const [system] = cluster.inputs["agentPoolProfiles"] as Inputs[];
      await assert.rejects(
        put(cluster, { agentPoolProfiles: [system, { ...system, name: "extra" }] }),
        /agentPoolProfiles\[1\]: BadRequest: A new agent pool was introduced \(extra\)/,
      );
      await assert.rejects(
        make(poolType, { agentPoolName: "system" }),
        /cannot create already existing resource/,
      );
    });

    it("takes a pool of no node at least 0, and gives it none", async () => {
      await makeCluster();
      const pool = await make(poolType, { count: 0, minCount: 0 });
      assert.equal(pool.outputs["count"], 0);
      assert.equal(machines.pools.get(pool.id)!.count, 0);
    });
  });

  describe("of versions", () => {
    it("turns 1.35 into a patch by the upgrade channels, of the cluster and of its pools", async () => {
      const cluster = await makeCluster({ autoUpgradeProfile: { upgradeChannel: "patch" } });
      const pool = await make(poolType);
      assert.deepEqual(
        [cluster.outputs["kubernetesVersion"], cluster.outputs["currentKubernetesVersion"]],
        ["1.35", "1.35.3"],
      );
      server.passTime();
      const { inputs } = await refresh(cluster);
      assert.equal(inputs["kubernetesVersion"], "1.35.4");
      assert.equal((await refresh(pool)).inputs["orchestratorVersion"], "1.35.4");
      assert.match(String((await refresh(pool)).outputs["nodeImageVersion"]), /202612/);
      // Asking for the minor version that runs starts no upgrade.
      assert.equal((await put(cluster, { tags: {} })).outputs["currentKubernetesVersion"], "1.35.4");
    });

    it("upgrades the control plane first, one minor version at a time, and never back", async () => {
      const cluster = await makeCluster({ kubernetesVersion: "1.34" });
      const pool = await make(poolType);
      await assert.rejects(
        put(pool, { orchestratorVersion: "1.35" }),
        /NodePoolMcVersionIncompatible: Node pool version 1\.35\.3 and control plane version 1\.34\.6 are incompatible/,
      );
      await assert.rejects(
        put(cluster, { kubernetesVersion: "1.36" }),
        /OperationNotAllowed: Upgrading Kubernetes version 1\.34\.6 to 1\.36\.0 is not allowed\. Available upgrades: \[1\.34\.7 1\.35\.3 1\.35\.4\]/,
      );
      await put(cluster, { kubernetesVersion: "1.35" });
      // The pools stay behind until they are asked, too.
      const running = () => Object.fromEntries(server.versions().map(({ name, version }) => [name, version]));
      assert.deepEqual(running(), { aks: "1.35.3", system: "1.34.6", spot: "1.34.6" });
      await put(pool, { orchestratorVersion: "1.35" });
      const [system] = cluster.inputs["agentPoolProfiles"] as Inputs[];
      const pools = { agentPoolProfiles: [{ ...system, orchestratorVersion: "1.35" }] };
      await put(cluster, { kubernetesVersion: "1.35", ...pools });
      assert.ok(server.versions().every(({ version }) => version === "1.35.3"));
      await assert.rejects(put(cluster, { kubernetesVersion: "1.34", ...pools }), /OperationNotAllowed/);
      const other = { agentPoolProfiles: [{ ...system, orchestratorVersion: "1.34" }] };
      await assert.rejects(
        put(cluster, { kubernetesVersion: "1.35", ...other }),
        /NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged/,
      );
    });

    it("does not let a pool fall more than three minor versions behind", async () => {
      const cluster = await makeCluster({ kubernetesVersion: "1.33" });
      for (const kubernetesVersion of ["1.34", "1.35", "1.36"]) await put(cluster, { kubernetesVersion });
      assert.ok(server.versions().some(({ name, version }) => name === "system" && version === "1.33.10"));
      assert.match(
        skewProblems("kubernetesVersion", "1.32.9", "1.36.0")[0]!.message,
        /cannot be more than 3 versions less than control plane's version/,
      );
    });
  });

  describe("of access", () => {
    const credentials = async (kind: "User" | "Admin"): Promise<string> => {
      const names = { resourceGroupName: "rg", resourceName: "aks" };
      const reply = await azure.invoke(`containerservice:listManagedCluster${kind}Credentials`, names);
      return Buffer.from((listAt(reply, "kubeconfigs")[0] as { value: string }).value, "base64").toString();
    };

    it("gives users kubelogin with Entra ID, also beside local accounts, whose credentials are another call", async () => {
      machines.kubeconfig = () =>
        Promise.resolve(
          "clusters: [{ name: c }]\nusers: [{ name: me, user: { client-key-data: SECRET } }]\n",
        );
      await makeCluster({ disableLocalAccounts: false });
      assert.match(await credentials("User"), /command: kubelogin/);
      assert.doesNotMatch(await credentials("User"), /SECRET/);
      assert.match(await credentials("Admin"), /SECRET/);
    });

    it("wants the NAT gateway's address among the ranges that may reach the API server", async () => {
      const ranges = (...authorizedIPRanges: string[]): Inputs => ({
        "networkProfile.outboundType": "userAssignedNATGateway",
        apiServerAccessProfile: { authorizedIPRanges },
      });
      await assert.rejects(
        makeCluster(ranges("198.51.100.0/24")),
        /VMExtensionProvisioningError: no node reaches the API server, 203\.0\.113\.\d+ of the NAT gateway/,
      );
      const address = await make("network:PublicIPAddress");
      await make(clusterType, ranges("198.51.100.0/24", `${String(address.outputs["ipAddress"])}/32`));
    });

    it("wants a NAT gateway where the cluster says that it has one", async () => {
      const nat = { "networkProfile.outboundType": "userAssignedNATGateway" };
      await makeCluster();
      const subnet = buildInputs("network:Subnet", { natGateway: undefined });
      await azure.update(nodeSubnetId, buildUrn("network:Subnet", "x"), subnet);
      const changes = { ...nat, apiServerAccessProfile: { authorizedIPRanges: ["198.51.100.0/24"] } };
      await assert.rejects(
        azure.update(clusterId, buildUrn(clusterType, "x"), buildInputs(clusterType, changes)),
        /outboundType: the subnet .* has no NAT gateway/,
      );
    });
  });

  describe("of PostgreSQL", () => {
    it("adds the storage endpoint to the subnet, which only a program that declares it does not undo", async () => {
      const [subnet] = await makeServer();
      assert.deepEqual((await refresh(subnet)).inputs["serviceEndpoints"], [
        { service: "Microsoft.Storage", locations: ["eastus", "westus"] },
      ]);
    });

    it("leaves a declared endpoint as it is", async () => {
      const [subnet] = await makeServer({}, { serviceEndpoints: [{ service: "Microsoft.Storage" }] });
      assert.deepEqual((await refresh(subnet)).inputs, subnet.inputs);
      assert.equal(subnet.id, databaseSubnetId);
    });

    it("grows the disk, and refuses to shrink it", async () => {
      const [, made] = await makeServer({ storage: { storageSizeGB: 32, autoGrow: "Enabled" } });
      server.passTime();
      assert.deepEqual((await refresh(made)).inputs["storage"], {
        ...{ storageSizeGB: 64, autoGrow: "Enabled" },
        ...{ type: "Premium_LRS", tier: "P6" },
      });
      await assert.rejects(
        put(made, { tags: {} }),
        /the disk has 64 GiB, also by auto-grow, and cannot shrink to 32/,
      );
      await put(made, { storage: { storageSizeGB: 128, autoGrow: "Enabled" } });
    });

    it("keeps the disk where nothing lets it grow", async () => {
      const [, made] = await makeServer();
      server.passTime();
      assert.deepEqual((await refresh(made)).inputs, made.inputs);
    });

    it("swaps the zones in a failover", async () => {
      const [, made] = await makeServer({
        sku: { name: "Standard_D2ds_v5", tier: "GeneralPurpose" },
        highAvailability: { mode: "ZoneRedundant" },
      });
      server.passTime();
      const { inputs } = await refresh(made);
      assert.equal(inputs["availabilityZone"], "2");
      assert.deepEqual(inputs["highAvailability"], { mode: "ZoneRedundant", standbyAvailabilityZone: "1" });
    });

    it("takes its own default for a parameter without a word, and sets nothing", async () => {
      await makeServer();
      machines.parameter = () => Promise.resolve({ value: "off", defaultValue: "on", pendingRestart: false });
      const made = await make("dbforpostgresql:Configuration", { value: "ON" });
      assert.deepEqual([made.outputs["value"], made.outputs["source"]], ["off", "user-override"]);
      assert.ok(!machines.asked.some((asked) => asked.startsWith("setParameter")));
    });
  });

  describe("of identities", () => {
    const token = "managedidentity:FederatedIdentityCredential";
    const credential = (name: string, changes: Inputs = {}) =>
      make(token, { federatedIdentityCredentialResourceName: name, ...changes }, name);

    it("takes tokens for an identity that is there, each issuer and subject once, of twenty at most", async () => {
      await make("resources:ResourceGroup");
      await assert.rejects(
        credential("first"),
        /ParentResourceNotFound: .* needs .*userAssignedIdentities\/id1/,
      );
      await make("managedidentity:UserAssignedIdentity");
      await credential("first");
      await assert.rejects(credential("second"), /issuer and subject are those of .*\/first already/);
      for (let index = 2; index <= 20; index++) await credential(`name-${index}`, { subject: `s-${index}` });
      await assert.rejects(credential("more", { subject: "s" }), /an identity has at most 20 of them/);
    });

    it("gives a role on the Azure Monitor workspace of others, and on nothing else that it does not know", async () => {
      await make("resources:ResourceGroup");
      const identity = await make("managedidentity:UserAssignedIdentity");
      const role = (provider: string) =>
        make("authorization:RoleAssignment", {
          principalId: identity.outputs["principalId"],
          scope: `/subscriptions/99999999-2222-3333-4444-555555555555/resourceGroups/metrics/providers/${provider}/all`,
        });
      await role("Microsoft.Monitor/accounts");
      await assert.rejects(
        role("Microsoft.KeyVault/vaults"),
        /ParentResourceNotFound: .* needs .*vaults\/all/,
      );
    });
  });

  describe("of budgets", () => {
    it("refuses a new one that starts in a past month, and lets an old one be", async () => {
      await make("resources:ResourceGroup");
      const start = (date: string) => ({ "timePeriod.startDate": `${date}T00:00:00Z` });
      await assert.rejects(
        make("consumption:Budget", start("2026-10-01")),
        /timePeriod\.startDate: 2026-10-01T00:00:00Z is in the past: a monthly budget starts in 2026-11 at the earliest/,
      );
      const made = await make("consumption:Budget", start("2026-11-01"));
      const replaced = await azure.diff(
        made.urn,
        made.inputs,
        buildInputs("consumption:Budget", start("2026-12-01")),
      );
      assert.deepEqual(replaced.replaces, ["timePeriod"]);
      now = Date.parse("2027-02-01T00:00:00Z");
      await put(made, { amount: 400 });
      assert.equal(made.id, `${groupId}/providers/Microsoft.Consumption/budgets/monthly`);
    });
  });
});
