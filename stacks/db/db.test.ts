// What the db program asks Azure for.
import assert from "node:assert/strict";
import { configFile } from "../testing/configFiles.ts";
import { buildBaseOutputs } from "../record/replies.ts";
import { isSecret, record, type Recording } from "../record.ts";
import { databaseAddress } from "./address.ts";

const server = "azure-native:dbforpostgresql:Server";
const lock = "azure-native:authorization:ManagementLockByScope";
const password = "Swordfish-77";

describe("db", () => {
  let dev: Recording;
  before(async () => {
    dev = await record("db-dev", { config: configFile("db-dev") });
  });

  it("is small and private in dev", () => {
    const { inputs } = dev.find(server);
    assert.deepEqual(inputs["sku"], { name: "Standard_B1ms", tier: "Burstable" });
    assert.equal((inputs["storage"] as Record<string, unknown>)["storageSizeGB"], 32);
    const network = inputs["network"] as Record<string, string>;
    assert.equal(network["publicNetworkAccess"], "Disabled");
    assert.equal(network["delegatedSubnetResourceId"], buildBaseOutputs().databaseSubnetId);
    assert.match(network["privateDnsZoneArmResourceId"] ?? "", /\.postgres\.database\.azure\.com$/);
    assert.equal(dev.all("azure-native:dbforpostgresql:FirewallRule").length, 0);
  });

  it("leaves the disk as Azure has grown it, until it asks for another size", async () => {
    const again = async (storage: number) => {
      const { find } = await record("db-dev", {
        config: { ...configFile("db-dev"), storage },
        stacks: {
          "organization/spot-balancer/base-dev": { ...buildBaseOutputs() },
          "organization/spot-balancer/db-dev": dev.outputs,
        },
      });
      return find(server).ignoreChanges.includes("storage");
    };
    assert.deepEqual([await again(32), await again(128)], [true, false]);
  });

  it("leaves to Azure what Azure decides: zones, and where a parameter's value comes from", () => {
    assert.deepEqual(dev.find(server).ignoreChanges, [
      "availabilityZone",
      "highAvailability.standbyAvailabilityZone",
    ]);
    for (const { ignoreChanges } of dev.all("azure-native:dbforpostgresql:Configuration"))
      assert.deepEqual(ignoreChanges, ["source"]);
  });

  it("has a host name that Azure takes, and lets in by password alone", () => {
    const { inputs } = dev.find("random:index/randomString:RandomString");
    assert.deepEqual(inputs, { length: 6, upper: false, special: false });
    const authConfig = dev.find(server).inputs["authConfig"] as Record<string, string>;
    assert.deepEqual(
      [authConfig["passwordAuth"], authConfig["activeDirectoryAuth"]],
      ["Enabled", "Disabled"],
    );
  });

  it("waits for the link of its DNS zone to the VNET", () => {
    assert.ok(dev.find(server).dependsOn.includes("dnsLink"));
    const { inputs } = dev.find("azure-native:privatedns:VirtualNetworkLink");
    assert.deepEqual(inputs["virtualNetwork"], { id: buildBaseOutputs().vnetId });
    assert.equal(inputs["registrationEnabled"], false, "VMs of the VNET must not write names into it");
  });

  it("enforces TLS 1.2 and SCRAM, one parameter after the other, before there is a database", () => {
    const parameters = dev.all("azure-native:dbforpostgresql:Configuration");
    assert.deepEqual(
      Object.fromEntries(parameters.map(({ inputs }) => [inputs["configurationName"], inputs["value"]])),
      {
        require_secure_transport: "on",
        ssl_min_protocol_version: "TLSv1.2",
        password_encryption: "scram-sha-256",
      },
    );
    const chain = [
      "server",
      "parameter-require_secure_transport",
      "parameter-ssl_min_protocol_version",
      "parameter-password_encryption",
      "database-demo",
    ];
    chain.slice(1).forEach((name, index) => {
      const resource = dev.resources.find((each) => each.name === name);
      assert.ok(resource?.dependsOn.includes(chain[index] ?? ""), name);
    });
  });

  it("has a random password that a raised passwordVersion rotates", async () => {
    const keepers = (recording: Recording) =>
      recording.find("random:index/randomPassword:RandomPassword").inputs["keepers"];
    const rotated = await record("db-dev", { config: { passwordVersion: 2 } });
    assert.deepEqual(keepers(dev), { version: "1" });
    assert.deepEqual(keepers(rotated), { version: "2" });
  });

  it("keeps passwords secret, random or given", async () => {
    const given = await record("db-dev", {
      config: { dbAdminPassword: password },
      secrets: ["dbAdminPassword"],
    });
    assert.equal(given.all("random:index/randomPassword:RandomPassword").length, 0);
    for (const recording of [dev, given]) {
      assert.ok(isSecret(recording.find(server).inputs["administratorLoginPassword"]));
      assert.ok(isSecret(recording.outputs["databasePassword"]));
      const open = recording.resources.filter(({ name }) => name !== "server");
      assert.doesNotMatch(JSON.stringify(open), /recorded-Password|Swordfish/);
    }
  });

  it("has a database per app", async () => {
    const { all } = await record("db-dev", { config: { databases: ["bank", "shop"] } });
    assert.deepEqual(
      all("azure-native:dbforpostgresql:Database").map(({ inputs }) => inputs["databaseName"]),
      ["bank", "shop"],
    );
  });

  it("is protected outside dev, and locked in production", async () => {
    const prod = await record("db-prod", {
      config: {
        serverSize: "Standard_D2ds_v5",
        highAvailability: "ZoneRedundant",
        geoRedundantBackup: true,
        backupDays: 35,
      },
    });
    for (const type of [server, lock, "azure-native:dbforpostgresql:Database"]) {
      assert.ok(
        prod.all(type).every(({ protect }) => protect) && dev.all(type).every(({ protect }) => !protect),
        type,
      );
    }
    assert.equal(prod.find(lock).inputs["level"], "CanNotDelete");
    assert.equal(dev.all(lock).length, 0);
    const { inputs } = prod.find(server);
    assert.deepEqual(inputs["sku"], { name: "Standard_D2ds_v5", tier: "GeneralPurpose" });
    assert.deepEqual(inputs["backup"], { backupRetentionDays: 35, geoRedundantBackup: "Enabled" });
    assert.equal((inputs["highAvailability"] as Record<string, string>)["mode"], "ZoneRedundant");
  });

  it("in public needs nothing of base, and opens narrow rules only", async () => {
    const { find, all } = await record("db-dev", {
      config: {
        publicAccess: true,
        firewallRules: [{ name: "office", start: "203.0.113.1", end: "203.0.113.9" }],
      },
      stacks: {},
    });
    assert.deepEqual(find(server).inputs["network"], { publicNetworkAccess: "Enabled" });
    const { inputs } = find("azure-native:dbforpostgresql:FirewallRule");
    assert.deepEqual([inputs["startIpAddress"], inputs["endIpAddress"]], ["203.0.113.1", "203.0.113.9"]);
    assert.equal(all("azure-native:privatedns:PrivateZone").length, 0);
  });

  it("asks for the same when base's cluster was rebuilt", async () => {
    const rebuilt = buildBaseOutputs({
      clusterName: "aks-new",
      kubeconfig: "new",
      oidcIssuerUrl: "https://new.example/",
    });
    const after = await record("db-dev", {
      config: configFile("db-dev"),
      stacks: { "organization/spot-balancer/base-dev": { ...rebuilt } },
    });
    assert.deepEqual(after.resources, dev.resources);
  });

  it("knows the port of a server that names one", () => {
    assert.deepEqual(databaseAddress("x.postgres.database.azure.com"), {
      host: "x.postgres.database.azure.com",
      port: 5432,
    });
    assert.deepEqual(databaseAddress("localhost:54321"), { host: "localhost", port: 54321 });
  });
});
