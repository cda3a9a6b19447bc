// What the base program asks Azure for.
import assert from "node:assert/strict";
import { configFile } from "../testing/configFiles.ts";
import { record, type Recording } from "../record.ts";

const agentPool = "azure-native:containerservice:AgentPool";
const adminGroupIds = ["11111111-2222-3333-4444-555555555555"];
const authorizedIpRanges = ["20.0.0.0/24"];
const managedCluster = "azure-native:containerservice:ManagedCluster";

describe("base", () => {
  let dev: Recording;
  before(async () => {
    dev = await record("base-dev", { config: configFile("base-dev") });
  });

  it("has one fixed, tainted system pool inside of the cluster", () => {
    const { agentPoolProfiles } = dev.find(managedCluster).inputs as {
      agentPoolProfiles: Record<string, unknown>[];
    };
    assert.equal(agentPoolProfiles.length, 1);
    const [pool] = agentPoolProfiles;
    assert.equal(pool?.["mode"], "System");
    assert.equal(pool["enableAutoScaling"], false);
    assert.deepEqual(pool["nodeTaints"], ["CriticalAddonsOnly=true:NoSchedule"]);
  });

  it("has regular and spot pools of their own, autoscaled, whose count is the autoscaler's", () => {
    assert.equal(dev.all(agentPool).length, 2);
    for (const { inputs, ignoreChanges } of dev.all(agentPool)) {
      assert.equal(inputs["enableAutoScaling"], true);
      assert.equal(inputs["mode"], "User");
      assert.deepEqual(ignoreChanges, ["count"]);
    }
    const { inputs: regular } = dev.find(agentPool, "pool-regular");
    assert.deepEqual([regular["minCount"], regular["maxCount"], regular["count"]], [1, 5, 1]);
    assert.equal(regular["scaleSetPriority"], "Regular");
    assert.deepEqual(regular["nodeTaints"], []);
  });

  it("labels and taints spot pools as AKS does, so that they do not drift", () => {
    const { inputs: spot } = dev.find(agentPool, "pool-spot");
    assert.equal(spot["scaleSetPriority"], "Spot");
    assert.equal(spot["scaleSetEvictionPolicy"], "Delete");
    assert.equal(spot["spotMaxPrice"], -1);
    // A node at once would fail the pool where the size is sold out or without quota.
    assert.deepEqual([spot["minCount"], spot["count"]], [0, 0]);
    assert.deepEqual(spot["nodeTaints"], ["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"]);
    const labels = spot["nodeLabels"] as Record<string, string>;
    assert.equal(labels["kubernetes.azure.com/scalesetpriority"], "spot");
    assert.equal(spot["upgradeSettings"], undefined, "spot pools refuse maxSurge");
  });

  it("puts labels on the pools by which the outputs tell them apart", () => {
    const matches = (pool: string, output: string) => {
      const labels = dev.find(agentPool, pool).inputs["nodeLabels"] as Record<string, string>;
      return Object.entries(dev.outputs[output] as Record<string, string>).every(
        ([key, value]) => labels[key] === value,
      );
    };
    assert.ok(matches("pool-regular", "regularNodeLabels") && matches("pool-spot", "spotNodeLabels"));
    assert.ok(!matches("pool-regular", "spotNodeLabels") && !matches("pool-spot", "regularNodeLabels"));
  });

  it("can have several spot pools of different sizes", async () => {
    const spotPools = [
      { name: "spota", vmSize: "Standard_D2as_v5", zones: ["1"] },
      { name: "spotb", vmSize: "Standard_D4as_v5", min: 2 },
    ];
    const { all, outputs } = await record("base-dev", { config: { localAccounts: true, spotPools } });
    const spot = all(agentPool).filter(({ inputs }) => inputs["scaleSetPriority"] === "Spot");
    assert.deepEqual(
      spot.map(({ inputs }) => [
        inputs["agentPoolName"],
        inputs["vmSize"],
        inputs["count"],
        inputs["availabilityZones"],
      ]),
      [
        ["spota", "Standard_D2as_v5", 0, ["1"]],
        ["spotb", "Standard_D4as_v5", 2, undefined],
      ],
    );
    assert.deepEqual(outputs["spotPoolNames"], ["spota", "spotb"]);
  });

  it("gives the cluster's identity its role before the cluster needs it", () => {
    assert.ok(dev.find(managedCluster).dependsOn.includes("clusterSubnetRole"));
    for (const { inputs } of dev.all("azure-native:authorization:RoleAssignment")) {
      assert.equal(inputs["principalType"], "ServicePrincipal");
      assert.match(inputs["roleDefinitionId"] as string, /^\/subscriptions\/[0-9a-f-]{36}\/providers\//);
    }
  });

  it("makes an identity for the balancer that may read an Azure Monitor workspace and nothing else, once it is told to", async () => {
    assert.equal(dev.outputs["balancerClientId"], "");
    const workspaceId =
      "/subscriptions/99999999-2222-3333-4444-555555555555/resourceGroups/metrics/providers/Microsoft.Monitor/accounts/all";
    const azureMonitor = { workspaceId, namespace: "spot-balancer" };
    const { find, outputs } = await record("base-dev", { config: { ...configFile("base-dev"), azureMonitor } }); // prettier-ignore
    const { inputs: credential } = find("azure-native:managedidentity:FederatedIdentityCredential");
    assert.deepEqual(
      [credential["issuer"], credential["subject"], credential["audiences"], credential["resourceName"]],
      [
        outputs["oidcIssuerUrl"],
        "system:serviceaccount:spot-balancer:spot-balancer",
        ["api://AzureADTokenExchange"],
        "id-balancer-spot-balancer-dev",
      ],
    );
    const { inputs: role } = find("azure-native:authorization:RoleAssignment", "balancerMetricsRole");
    assert.equal(role["scope"], workspaceId);
    assert.match(
      role["roleDefinitionId"] as string,
      /^\/subscriptions\/99999999-.*\/b0d8363b-8ddd-447d-831f-62ca05bff136$/,
    );
    assert.equal(outputs["balancerClientId"], "33333333-3333-3333-3333-333333333333");
    await assert.rejects(
      record("base-dev", { config: { ...configFile("base-dev"), azureMonitor: { workspaceId: "all" } } }),
      /azureMonitor.workspaceId: expected the resource id of an Azure Monitor workspace/,
    );
  });

  it("lets the kubelet pull from the registry, and nobody by password", () => {
    const { inputs: registry } = dev.find("azure-native:containerregistry:Registry");
    assert.equal(registry["adminUserEnabled"], false);
    assert.match(registry["registryName"] as string, /^[a-z0-9]{5,50}$/);
    const { inputs: pull } = dev.find("azure-native:authorization:RoleAssignment", "registryPull");
    assert.match(pull["roleDefinitionId"] as string, /7f951dda-4ed3-4680-a7ca-43fe172d538d$/);
    assert.equal(pull["principalId"], "22222222-2222-2222-2222-222222222222");
  });

  it("keeps copies of what comes from Docker Hub, under the same names, once it is told to", async () => {
    const type = "azure-native:containerregistry:CacheRule";
    assert.equal(dev.all(type).length, 0);
    const credentialSet =
      "/subscriptions/1/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r/credentialSets/hub";
    const imageCache = { credentialSet };
    const { all } = await record("base-dev", { config: { ...configFile("base-dev"), imageCache } });
    assert.ok(all(type).length > 0);
    for (const { inputs } of all(type)) {
      assert.equal(inputs["sourceRepository"], `docker.io/${inputs["targetRepository"] as string}`);
      assert.equal(inputs["credentialSetResourceId"], credentialSet);
    }
  });

  it("has subnets as resources of their own, each behind a security group, one delegated", () => {
    const vnet = dev.find("azure-native:network:VirtualNetwork");
    assert.equal(vnet.inputs["subnets"], undefined);
    assert.deepEqual(vnet.ignoreChanges, ["subnets"]);
    for (const { inputs } of dev.all("azure-native:network:Subnet"))
      assert.ok(inputs["networkSecurityGroup"]);
    const database = dev.find("azure-native:network:Subnet", "databaseSubnet");
    const [delegation] = database.inputs["delegations"] as { serviceName: string }[];
    assert.equal(delegation?.serviceName, "Microsoft.DBforPostgreSQL/flexibleServers");
    assert.deepEqual(database.inputs["serviceEndpoints"], [{ service: "Microsoft.Storage" }]);
    assert.ok(database.dependsOn.includes("nodeSubnet"), "one subnet of a VNET at a time");
    assert.deepEqual(dev.find("azure-native:network:Subnet", "nodeSubnet").ignoreChanges, ["routeTable"]);
  });

  it("opens to the Internet the public ports only", () => {
    const fromInternet = dev
      .all("azure-native:network:NetworkSecurityGroup")
      .flatMap(({ inputs }) => inputs["securityRules"] as Record<string, unknown>[])
      .filter(
        (rule) =>
          rule["access"] === "Allow" && ["Internet", "*"].includes(rule["sourceAddressPrefix"] as string),
      );
    assert.deepEqual(
      fromInternet.map((rule) => rule["destinationPortRanges"]),
      [["80"]],
    );
  });

  it("lets nodes to the database and its servers to each other, and nobody else of the network", () => {
    const { inputs } = dev.find("azure-native:network:NetworkSecurityGroup", "databaseSecurityGroup");
    const [nodes, database] = ["nodeSubnet", "databaseSubnet"].map(
      (name) => dev.find("azure-native:network:Subnet", name).inputs["addressPrefix"],
    );
    assert.ok(nodes && database && nodes !== database);
    assert.deepEqual(
      (inputs["securityRules"] as Record<string, unknown>[])
        .sort((a, b) => Number(a["priority"]) - Number(b["priority"]))
        .map((rule) => [
          ...[rule["direction"], rule["access"], rule["protocol"]],
          ...[rule["sourceAddressPrefix"], rule["sourcePortRange"]],
          ...[rule["destinationAddressPrefix"], rule["destinationPortRange"]],
        ]),
      [
        ["Inbound", "Allow", "Tcp", nodes, "*", database, "5432"],
        ["Inbound", "Allow", "*", database, "*", database, "*"],
        ["Inbound", "Deny", "*", "VirtualNetwork", "*", database, "*"],
      ],
    );
    const subnet = dev.find("azure-native:network:Subnet", "databaseSubnet");
    const { id } = subnet.inputs["networkSecurityGroup"] as { id: string };
    assert.match(id, /\/nsg-database-[a-z-]+$/);
  });

  it("opens nothing to the Internet unless it is told to", async () => {
    const { find } = await record("base-dev", { config: { localAccounts: true } });
    const { inputs } = find("azure-native:network:NetworkSecurityGroup", "nodeSecurityGroup");
    assert.deepEqual(inputs["securityRules"], []);
  });

  it("tags everything that can have tags", () => {
    const tagless = /:(Subnet|RoleAssignment|MaintenanceConfiguration|CacheRule|Random\w+)$/;
    for (const { type, name, inputs } of dev.resources) {
      if (tagless.test(type) || type === agentPool) continue;
      assert.equal((inputs["tags"] as Record<string, string> | undefined)?.["environment"], "dev", name);
    }
    for (const { inputs } of dev.all(agentPool)) assert.ok(inputs["tags"]);
  });

  it("upgrades control plane and nodes in the weekly window of its configuration, in UTC", async () => {
    const maintenance = { day: "Tuesday", startTime: "03:30", hours: 5 };
    const { all } = await record("base-dev", { config: { localAccounts: true, maintenance } });
    const window = {
      ...{ durationHours: 5, startTime: "03:30", utcOffset: "+00:00" },
      schedule: { weekly: { dayOfWeek: "Tuesday", intervalWeeks: 1 } },
    };
    assert.deepEqual(
      all("azure-native:containerservice:MaintenanceConfiguration").map(({ inputs }) => [
        inputs["configName"],
        inputs["maintenanceWindow"],
      ]),
      [
        ["aksManagedAutoUpgradeSchedule", window],
        ["aksManagedNodeOSUpgradeSchedule", window],
      ],
    );
  });

  it("takes the kubeconfig of local accounts where there are some, and kubelogin's elsewhere", async () => {
    const { outputs } = await record("base-test", { config: { adminGroupIds, authorizedIpRanges } });
    const kinds = [dev.outputs["kubeconfig"], outputs["kubeconfig"]].map(
      (output) => (output as { value: string }).value,
    );
    assert.deepEqual(kinds, ["kubeconfig of clusterAdmin", "kubeconfig of clusterUser"]);
  });

  describe("when it has come up before", () => {
    const again = (config: Record<string, unknown>, changes: Record<string, unknown> = {}) =>
      record("base-dev", {
        config: { ...config, ...changes },
        stacks: { "organization/spot-balancer/base-dev": dev.outputs },
      });
    const ignored = ({ find }: Recording) => ({
      cluster: find(managedCluster).ignoreChanges,
      pool: find(agentPool, "pool-spot").ignoreChanges,
    });

    it("leaves versions and pools as Azure has them while it asks for the same", async () => {
      assert.deepEqual(ignored(await again(configFile("base-dev"))), {
        cluster: ["agentPoolProfiles", "kubernetesVersion"],
        pool: ["count", "orchestratorVersion"],
      });
    });

    it("states everything once it asks for something else of the cluster, and leaves the pools' versions", async () => {
      const changed = await again(configFile("base-dev"), { adminGroupIds });
      assert.deepEqual(ignored(changed), { cluster: [], pool: ["count", "orchestratorVersion"] });
    });

    it("asks control plane, system pool, regular and spot pools for another minor version, in this order", async () => {
      const changed = await again(configFile("base-dev"), { kubernetesVersion: "1.36" });
      assert.deepEqual(ignored(changed), { cluster: [], pool: ["count"] });
      const { inputs } = changed.find(managedCluster);
      const [system] = inputs["agentPoolProfiles"] as { orchestratorVersion: string }[];
      assert.deepEqual([inputs["kubernetesVersion"], system?.orchestratorVersion], ["1.36", "1.36"]);
      for (const pool of changed.all(agentPool)) {
        assert.equal(pool.inputs["orchestratorVersion"], "1.36");
        assert.ok(pool.dependsOn.includes("cluster"), pool.name);
      }
    });
  });

  it("watches what nodes and database cost, from this month on", async () => {
    const budget = { amount: 500, emails: ["ops@example.com"] };
    const { find } = await record("base-dev", { config: { ...configFile("base-dev"), budget } });
    const { inputs, ignoreChanges } = find("azure-native:consumption:Budget");
    assert.match(inputs["scope"] as string, /^\/subscriptions\/[0-9a-f-]{36}$/);
    assert.deepEqual((inputs["filter"] as { dimensions: { values: string[] } }).dimensions.values, [
      "rg-spot-balancer-base-dev",
      "rg-spot-balancer-db-dev",
      find(managedCluster).inputs["nodeResourceGroup"],
    ]);
    const { startDate } = inputs["timePeriod"] as { startDate: string };
    assert.equal(startDate, `${new Date().toISOString().slice(0, 7)}-01T00:00:00Z`);
    assert.deepEqual(ignoreChanges, ["timePeriod"], "a later month must not move it");
  });

  const ranges = ["203.0.113.0/24"];
  const letIn: [who: string, config: Record<string, unknown>, authorizedIPRanges: string[]][] = [
    ["its ranges alone, where nodes leave by the load balancer", { authorizedIpRanges: ranges }, ranges],
    ["its nodes as well, where they leave by a gateway", { authorizedIpRanges: ranges, natGateway: true }, [...ranges, "198.51.100.7/32"]],
    ["everybody, where there are no ranges, by a gateway or not", { natGateway: true }, []],
  ]; // prettier-ignore
  for (const [who, config, authorizedIPRanges] of letIn) {
    it(`lets to the API server ${who}`, async () => {
      const { find } = await record("base-dev", { config: { localAccounts: true, ...config } });
      assert.deepEqual(find(managedCluster).inputs["apiServerAccessProfile"], { authorizedIPRanges });
    });
  }

  it("in production: no local accounts, and options on request only", async () => {
    const plain = await record("base-prod", { config: { adminGroupIds, privateCluster: true } });
    const cluster = plain.find(managedCluster).inputs;
    assert.equal(cluster["disableLocalAccounts"], true);
    assert.deepEqual(cluster["aadProfile"], {
      managed: true,
      enableAzureRBAC: true,
      adminGroupObjectIDs: adminGroupIds,
    });
    assert.deepEqual(cluster["apiServerAccessProfile"], { enablePrivateCluster: true });
    assert.equal(cluster["linuxProfile"], undefined);
    for (const type of ["monitor:DiagnosticSetting", "consumption:Budget", "network:NatGateway"]) {
      assert.equal(plain.all(`azure-native:${type}`).length, 0);
    }

    const full = await record("base-prod", {
      config: {
        adminGroupIds,
        authorizedIpRanges: ranges,
        natGateway: true,
        diagnostics: true,
        budget: { amount: 500, emails: ["ops@example.com"], startDate: "2026-11-01" },
        sshPublicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE ops",
      },
    });
    const inputs = full.find(managedCluster).inputs;
    assert.equal(
      (inputs["networkProfile"] as Record<string, unknown>)["outboundType"],
      "userAssignedNATGateway",
    );
    assert.ok(inputs["linuxProfile"]);
    assert.ok(full.find("azure-native:network:Subnet", "nodeSubnet").inputs["natGateway"]);
    for (const type of ["monitor:DiagnosticSetting", "consumption:Budget", "operationalinsights:Workspace"]) {
      assert.equal(full.all(`azure-native:${type}`).length, 1, type);
    }
  });
});
