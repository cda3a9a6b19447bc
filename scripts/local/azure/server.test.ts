// The emulated Azure over gRPC, as Pulumi's engine talks to it: a real client, machines that only remember.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import { type Inputs, unknown } from "./problem.ts";
import { noMachines } from "./machines.ts";
import { type AzureServer, serveAzure } from "./server.ts";
import { type AzureClient, buildClient, buildUrn, toStruct } from "./testing/client.ts";
import {
  buildInputs,
  clusterId,
  databaseSubnetId,
  groupId,
  networkId,
  nodeSubnetId,
  zoneId,
} from "./testing/inputs.ts";
import { type FakeMachines, buildMachines } from "./testing/machines.ts";
import { secret } from "../engine/values.ts";

const password = "Correct-Horse-9";
const signature = "4dabf18193072939515e22adb298388d";

describe("the emulated Azure over gRPC", () => {
  let folder: string;
  let stateFile: string;
  let machines: FakeMachines;
  let server: AzureServer;
  let azure: AzureClient;
  const open = async (): Promise<void> => {
    server = await serveAzure({ stateFile, machines });
    azure = buildClient(server.address);
  };
  const close = async (): Promise<void> => {
    azure.close();
    await server.stop();
  };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sb-azure-"));
    stateFile = join(folder, "azure.json");
    machines = buildMachines();
    await open();
  });
  afterEach(async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
  });

  const make = (token: string, changes: Inputs = {}, name = "x") =>
    azure.make(token, name, buildInputs(token, changes));
  const idOf = (made: { id: string }): string => made.id;
  const urn = (token: string): string => buildUrn(token, "x");

  /** Everything that a cluster stands on. */
  const makeNetwork = async (): Promise<{ identityPrincipal: string }> => {
    await make("resources:ResourceGroup");
    await make("network:NetworkSecurityGroup");
    await make("network:PublicIPAddress");
    await make("network:NatGateway");
    await make("network:VirtualNetwork");
    await make("network:Subnet");
    const identity = await make("managedidentity:UserAssignedIdentity");
    return { identityPrincipal: identity.outputs["principalId"] as string };
  };
  const makeCluster = async (): Promise<void> => {
    const { identityPrincipal } = await makeNetwork();
    await make("authorization:RoleAssignment", { principalId: identityPrincipal });
    await make("containerservice:ManagedCluster");
  };
  const makeDatabase = async (changes: Inputs = {}): Promise<void> => {
    await make("resources:ResourceGroup");
    await make("network:VirtualNetwork");
    await make(
      "network:Subnet",
      {
        subnetName: "database",
        networkSecurityGroup: undefined,
        natGateway: undefined,
        delegations: [{ name: "pg", serviceName: "Microsoft.DBforPostgreSQL/flexibleServers" }],
      },
      "database",
    );
    await make("privatedns:PrivateZone");
    await make("privatedns:VirtualNetworkLink");
    await make("dbforpostgresql:Server", changes);
  };

  it("introduces itself as azure-native, takes secrets and answers previews", async () => {
    assert.equal(await azure.pluginVersion(), "3.28.0");
    const reply = await azure.configure({ location: "westeurope" });
    assert.equal(reply.getAcceptsecrets(), true);
    assert.equal(reply.getSupportspreview(), true);
    const { inputs } = await azure.check(urn("resources:ResourceGroup"), { resourceGroupName: "rg" });
    assert.equal(inputs["location"], "westeurope");
  });

  it("gives a role assignment a GUID as its name, the same for the same seed, keeps an old one, and names nothing else", async () => {
    const name = async (olds: Inputs = {}) =>
      (await azure.check(buildUrn("authorization:RoleAssignment", "role"), {}, olds)).inputs[
        "roleAssignmentName"
      ];
    assert.match(String(await name()), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(await name(), await name());
    assert.equal(await name({ roleAssignmentName: "old" }), "old");
    const { failures } = await azure.check(
      urn("network:VirtualNetwork"),
      buildInputs("network:VirtualNetwork", { virtualNetworkName: undefined }),
    );
    assert.deepEqual(failures, ["virtualNetworkName: is missing, and required"]);
  });

  it("takes the region of the resource group when none is given, unknown as long as the group is", async () => {
    await make("resources:ResourceGroup");
    const inputs = buildInputs("network:VirtualNetwork", { location: undefined });
    assert.equal((await azure.check(urn("network:VirtualNetwork"), inputs)).inputs["location"], "eastus");
    const later = { ...inputs, resourceGroupName: unknown };
    assert.equal((await azure.check(urn("network:VirtualNetwork"), later)).inputs["location"], unknown);
  });

  it("reports all problems of a resource at once, each with its path", async () => {
    const { failures } = await azure.check(
      urn("containerservice:AgentPool"),
      buildInputs("containerservice:AgentPool", { vmSize: "Standard_B2s", maxCount: -1, nodeLables: {} }),
    );
    assert.deepEqual(failures.map((line) => line.split(":")[0]).sort(), [
      "maxCount",
      "maxCount",
      "nodeLables",
      "vmSize",
    ]);
  });

  it("gives no path for a problem of a secret, because the CLI prints the value there", async () => {
    const request = new proto.CheckRequest();
    request.setUrn(urn("dbforpostgresql:Server"));
    request.setNews(
      toStruct(
        buildInputs("dbforpostgresql:Server", {
          administratorLogin: secret("root"),
          administratorLoginPassword: secret("abc"),
          version: "11",
        }),
      ),
    );
    const reply = (await azure.call("check", request)) as InstanceType<typeof proto.CheckResponse>;
    const failures = reply.getFailuresList().map((failure) => [failure.getProperty(), failure.getReason()]);
    assert.deepEqual(failures.map(([property]) => property).sort(), ["", "", "", "version"]);
    assert.ok(
      failures
        .filter(([property]) => !property)
        .every(([, reason]) => /^administratorLogin(Password)?: /.test(reason!)),
    );
  });

  it("in a preview leaves open what Azure will fill in, on every level, and makes nothing", async () => {
    const { id, outputs } = await azure.create(
      urn("containerservice:ManagedCluster"),
      buildInputs("containerservice:ManagedCluster", { "networkProfile.podCidr": unknown }),
      true,
    );
    assert.equal(id, "");
    assert.equal(outputs["identityProfile"], unknown);
    assert.deepEqual(outputs["oidcIssuerProfile"], { enabled: true, issuerURL: unknown });
    assert.equal(outputs["name"], unknown);
    assert.equal(outputs["dnsPrefix"], "aks");
    assert.equal((outputs["networkProfile"] as Inputs)["podCidr"], unknown);
    assert.deepEqual(machines.asked, []);
    assert.equal((await azure.read(clusterId, urn("containerservice:ManagedCluster"))).id, "");
    for (const token of ["containerregistry:Registry", "dbforpostgresql:Server", "resources:ResourceGroup"]) {
      const later = Object.fromEntries(Object.keys(buildInputs(token)).map((key) => [key, unknown]));
      assert.equal((await azure.create(urn(token), later, true)).outputs["name"], unknown);
    }
  });

  it("creates, reads back and deletes a cluster with its pools", async () => {
    await makeCluster();
    const pool = await make("containerservice:AgentPool");
    assert.equal(pool.id, `${clusterId}/agentPools/spot`);
    assert.equal(pool.outputs["name"], "spot");
    assert.deepEqual(machines.asked, ["applyPool system", "applyPool spot"]);
    const made = machines.pools.get(`${clusterId}/agentPools/spot`)!;
    assert.deepEqual(made.autoscaling, { min: 0, max: 5 });
    assert.equal(made.priority, "Spot");
    assert.deepEqual([made.region, made.maxPods], ["eastus", 250]);
    const cluster = await azure.read(clusterId, urn("containerservice:ManagedCluster"));
    assert.match(
      String((cluster.outputs["identityProfile"] as { kubeletidentity: Inputs }).kubeletidentity["objectId"]),
      /^[0-9a-f-]{36}$/,
    );
    const credentials = await azure.invoke("containerservice:listManagedClusterUserCredentials", {
      resourceGroupName: "rg",
      resourceName: "aks",
      format: "exec",
    });
    assert.match(
      Buffer.from((credentials["kubeconfigs"] as { value: string }[])[0]!.value, "base64").toString(),
      /^apiVersion: v1\nkind: Config\n/,
    );
    await assert.rejects(
      azure.invoke("containerservice:listManagedClusterAdminCredentials", {
        resourceGroupName: "rg",
        resourceName: "aks",
      }),
      /Getting static credential is not allowed because this cluster is set to disable local accounts/,
    );
    await azure.remove(pool.id, urn("containerservice:AgentPool"));
    await azure.remove(clusterId, urn("containerservice:ManagedCluster"));
    await azure.remove(clusterId, urn("containerservice:ManagedCluster")); // again: harmless
    assert.deepEqual(machines.asked.slice(2), ["deletePool spot", "deleteCluster aks"]);
  });

  it("wants the identity's role on the subnet before the cluster", async () => {
    await makeNetwork();
    await assert.rejects(
      make("containerservice:ManagedCluster"),
      /has no role on .*subnets\/nodes: assign Network Contributor/,
    );
  });

  it("takes a role on what the subnet lies in, and none on what lies in it or beside it", async () => {
    const { identityPrincipal: principalId } = await makeNetwork();
    await make("network:Subnet", { subnetName: "nodes2", addressPrefix: "10.1.9.0/24" }, "nodes2");
    for (const [index, scope] of [`${nodeSubnetId}2`, `${networkId}/subnets`].entries()) {
      const roleAssignmentName = `11111111-1111-1111-1111-11111111111${index}`;
      const role = { principalId, scope, roleAssignmentName };
      await make("authorization:RoleAssignment", role, `role${index}`).catch(() => undefined);
      await assert.rejects(make("containerservice:ManagedCluster"), /has no role on/);
    }
    await make("authorization:RoleAssignment", { principalId, scope: groupId });
    await make("containerservice:ManagedCluster");
  });

  it("keeps pods and services apart from the nodes' network", async () => {
    const { identityPrincipal: principalId } = await makeNetwork();
    await make("authorization:RoleAssignment", { principalId });
    for (const [key, range] of [
      ["podCidr", "10.1.128.0/17"],
      ["podCidr", "10.0.0.0/15"],
      ["serviceCidr", "10.1.1.0/24"],
    ]) {
      await assert.rejects(
        make("containerservice:ManagedCluster", {
          "networkProfile.dnsServiceIP": key === "serviceCidr" ? "10.1.1.10" : "10.2.0.10",
          [`networkProfile.${key}`]: range,
        }),
        new RegExp(`networkProfile.${key}: ${range} overlaps the virtual network's 10.1.0.0/16`),
      );
    }
  });

  it("finds no principal of a new identity without its type", async () => {
    const { identityPrincipal } = await makeNetwork();
    await assert.rejects(
      make("authorization:RoleAssignment", { principalId: identityPrincipal, principalType: "User" }),
      /PrincipalNotFound/,
    );
  });

  it("refuses what does not fit what is there", async () => {
    await makeNetwork();
    const subnet = (changes: Inputs) => make("network:Subnet", { subnetName: "other", ...changes }, "other");
    await assert.rejects(subnet({ addressPrefix: "10.9.0.0/24" }), /10\.9\.0\.0\/24 lies outside/);
    await assert.rejects(
      subnet({ addressPrefix: "10.1.2.0/24" }),
      /10\.1\.2\.0\/24 overlaps 10\.1\.0\.0\/22 of .*subnets\/nodes/,
    );
    await assert.rejects(
      subnet({ addressPrefix: "10.1.9.0/24", natGateway: { id: `${groupId}/x` } }),
      /natGateway\.id: there is no resource/,
    );
    await assert.rejects(make("network:Subnet", { virtualNetworkName: "gone" }), /ParentResourceNotFound/);
    await assert.rejects(
      azure.create(buildUrn("network:VirtualNetwork", "other"), buildInputs("network:VirtualNetwork")),
      /cannot create already existing resource/,
    );
    await subnet({ addressPrefix: "10.1.9.0/24" });
  });

  it("refuses a private server on a subnet that is not delegated, or with a zone that is not linked", async () => {
    await make("resources:ResourceGroup");
    await make("network:VirtualNetwork");
    const plain = { subnetName: "database", networkSecurityGroup: undefined, natGateway: undefined };
    await make("network:Subnet", plain, "database");
    await make("privatedns:PrivateZone");
    await make("network:VirtualNetwork", { virtualNetworkName: "other" }, "other");
    const other = { id: `${groupId}/providers/Microsoft.Network/virtualNetworks/other` };
    await make(
      "privatedns:VirtualNetworkLink",
      { virtualNetworkLinkName: "other", virtualNetwork: other },
      "other",
    );
    await assert.rejects(make("dbforpostgresql:Server"), (error: Error) => {
      assert.match(error.message, /is not delegated to Microsoft\.DBforPostgreSQL/);
      assert.match(error.message, /the zone is not linked to/);
      assert.doesNotMatch(error.message, new RegExp(password));
      return true;
    });
  });

  it("keeps the password secret, and out of its memory", async () => {
    await makeDatabase({ administratorLoginPassword: secret(password), tags: secret({ owner: "me" }) });
    assert.ok(machines.asked.includes(`applyServer bank-db dbadmin ${password.length}`));
    const id = `${groupId}/providers/Microsoft.DBforPostgreSQL/flexibleServers/bank-db`;
    const remembered = await azure.read(
      id,
      urn("dbforpostgresql:Server"),
      buildInputs("dbforpostgresql:Server", { tags: secret({ owner: "me" }) }),
    );
    assert.equal(remembered.outputs["administratorLoginPassword"], undefined);
    assert.equal(remembered.outputs["fullyQualifiedDomainName"], "localhost:25432");
    assert.ok(signature in (remembered.outputs["tags"] as object));
    const text = readFileSync(stateFile, "utf8");
    assert.doesNotMatch(text, new RegExp(`${password}|owner`));
    assert.equal(statSync(stateFile).mode & 0o777, 0o600);
  });

  it("keeps secret inputs secret through check and create", async () => {
    await make("resources:ResourceGroup");
    const { inputs } = await azure.check(
      urn("network:VirtualNetwork"),
      buildInputs("network:VirtualNetwork", { tags: secret({ key: "v" }) }),
    );
    assert.deepEqual(inputs["tags"], secret({ key: "v" }));
    const { outputs } = await azure.create(urn("network:VirtualNetwork"), inputs);
    assert.deepEqual(outputs["tags"], secret({ key: "v" }));
    assert.deepEqual(outputs["addressSpace"], { addressPrefixes: ["10.1.0.0/16"] });
  });

  it("tells what can be changed in place from what cannot", async () => {
    const olds = buildInputs("containerservice:AgentPool");
    const token = urn("containerservice:AgentPool");
    const none = await azure.diff(token, olds, olds);
    assert.deepEqual([none.changes, none.replaces], [false, []]);
    const inPlace = await azure.diff(token, olds, { ...olds, maxCount: 7, nodeLabels: { team: "b" } });
    assert.deepEqual(inPlace.detailed, {
      maxCount: "UPDATE",
      'nodeLabels["kubernetes.azure.com/scalesetpriority"]': "DELETE",
      "nodeLabels.team": "UPDATE",
    });
    assert.deepEqual(inPlace.replaces, []);
    const moved = await azure.diff(
      urn("network:VirtualNetwork"),
      { location: "eastus" },
      { location: "westus" },
    );
    assert.deepEqual(moved.replaces, ["location"]);
    const [one, other] = [
      { name: "system", vmSize: "Standard_D2as_v5" },
      { name: "b", vmSize: "Standard_B2s" },
    ];
    const inline = async (...agentPoolProfiles: Inputs[]) =>
      (
        await azure.diff(
          urn("containerservice:ManagedCluster"),
          { agentPoolProfiles: [one] },
          { agentPoolProfiles },
        )
      ).detailed;
    const resized = { ...one, vmSize: other.vmSize };
    assert.deepEqual(await inline(resized), { "agentPoolProfiles[0].vmSize": "UPDATE_REPLACE" });
    assert.deepEqual(await inline(one, other), { "agentPoolProfiles[1]": "ADD" });
    const replaced = await azure.diff(token, olds, {
      ...olds,
      vmSize: "Standard_D8as_v5",
      scaleSetPriority: "Regular",
      scaleSetEvictionPolicy: undefined,
      spotMaxPrice: undefined,
    });
    assert.deepEqual(replaced.replaces.sort(), [
      "scaleSetEvictionPolicy",
      "scaleSetPriority",
      "spotMaxPrice",
      "vmSize",
    ]);
    assert.equal(replaced.deleteBeforeReplace, true);
    const autonamed = await azure.diff(
      token,
      { ...olds, __createBeforeDelete: true },
      { ...olds, vmSize: unknown },
    );
    assert.deepEqual(
      [autonamed.detailed["vmSize"], autonamed.deleteBeforeReplace],
      ["UPDATE_REPLACE", false],
    );
  });

  it("applies changes, and says what a pool has grown to", async () => {
    await makeCluster();
    const pool = await make("containerservice:AgentPool");
    const outputs = await azure.update(pool.id, pool.urn, { ...pool.inputs, maxCount: 9 });
    machines.pools.get(pool.id)!.count = 4; // as if it had scaled
    const read = await azure.read(pool.id, pool.urn, pool.inputs, outputs);
    assert.deepEqual([read.inputs["count"], read.outputs["count"], read.outputs["maxCount"]], [4, 4, 9]);
    await assert.rejects(azure.update(pool.id, pool.urn, { ...pool.inputs, maxCount: 0 }), /maxCount/);
    await assert.rejects(
      azure.update(`${clusterId}/agentPools/gone`, pool.urn, pool.inputs),
      /ResourceNotFound/,
    );
    const preview = await azure.update(
      pool.id,
      pool.urn,
      { ...pool.inputs, maxCount: 8 },
      true,
      pool.outputs,
    );
    assert.deepEqual(
      [preview["maxCount"], preview["name"], preview["nodeImageVersion"]],
      [8, "spot", unknown],
    );
  });

  it("takes up its own unfinished work: a repeated create of the same program, a failed one from nothing", async () => {
    await makeCluster();
    machines.failOnce("applyPool");
    await assert.rejects(make("containerservice:AgentPool"), /applyPool failed on purpose/);
    assert.deepEqual(machines.asked.slice(-2), ["applyPool spot", "deletePool spot"]);
    const first = await make("containerservice:AgentPool");
    assert.equal(idOf(await make("containerservice:AgentPool")), first.id);
  });

  it("does not delete what others use, or what is locked, but a resource group with all that is in it", async () => {
    await makeCluster();
    await assert.rejects(
      azure.remove(nodeSubnetId, urn("network:Subnet")),
      /InUse: .*subnets\/nodes cannot be deleted: it is in use by (?!.*roleAssignments).*managedClusters\/aks$/,
    );
    await assert.rejects(azure.remove(networkId, urn("network:VirtualNetwork")), /InUse/);
    const lock = await make("authorization:ManagementLockByScope");
    await assert.rejects(azure.remove(clusterId, urn("containerservice:ManagedCluster")), /ScopeLocked/);
    await assert.rejects(azure.remove(groupId, urn("resources:ResourceGroup")), /ScopeLocked/);
    await azure.remove(lock.id, lock.urn);
    await azure.remove(groupId, urn("resources:ResourceGroup"));
    assert.deepEqual(machines.asked.slice(-1), ["deleteCluster aks"]);
    assert.equal((await azure.read(networkId, urn("network:VirtualNetwork"))).id, "");
  });

  it("remembers over a restart, and says so when its state is damaged", async () => {
    await makeDatabase();
    await make("dbforpostgresql:Database");
    await make("dbforpostgresql:Configuration");
    await close();
    await open();
    const id = `${groupId}/providers/Microsoft.DBforPostgreSQL/flexibleServers/bank-db/databases/bank`;
    const read = await azure.read(id.toUpperCase(), urn("dbforpostgresql:Database"));
    assert.deepEqual(read.inputs["databaseName"], "bank"); // as for an import
    await azure.remove(id, urn("dbforpostgresql:Database"));
    assert.deepEqual(machines.asked.slice(-1), ["deleteDatabase bank"]);
    await assert.rejects(make("dbforpostgresql:FirewallRule"), /has no public access/);
    writeFileSync(stateFile, "{");
    await assert.rejects(serveAzure({ stateFile }), /azure\.json is damaged \(.*\): remove it/);
  });

  it("refuses types and functions that it does not have, by name", async () => {
    await assert.rejects(
      azure.check(buildUrn("compute:VirtualMachine", "vm"), {}),
      /the emulated Azure has no azure-native:compute:VirtualMachine/,
    );
    await assert.rejects(
      azure.invoke("containerservice:getManagedCluster", {}),
      /no function azure-native:containerservice:getManagedCluster, only azure-native:containerservice:listManagedCluster/,
    );
    await assert.rejects(
      azure.invoke("containerservice:listManagedClusterUserCredentials", {
        resourceGroupName: "rg",
        resourceName: "gone",
      }),
      /ResourceNotFound/,
    );
  });

  it("without an environment refuses to make what needs machines, and says how to start one", async () => {
    await close();
    server = await serveAzure({ machines: noMachines });
    azure = buildClient(server.address);
    await assert.rejects(makeCluster(), /no local environment is running.*npm run local -- up/);
    assert.ok(databaseSubnetId && zoneId);
  });
});
