// The rights that .github/README.md and .github/roles give, held against what the programs register.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { record } from "../../stacks/record.ts";
import { configFile } from "../../stacks/testing/configFiles.ts";
import { azureTypes, projectRoot } from "../local/index.ts";
import { allows, allowsData, armType, deployerActions, neededActions, type Role } from "./testing/rights.ts";
import { readme } from "./testing/readme.ts";

const roleFile = (name: string) =>
  JSON.parse(readFileSync(join(projectRoot, `.github/roles/${name}.json`), "utf8")) as Role;

/** As Azure has them: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
const builtIn: Record<string, Pick<Role, "Actions" | "NotActions">> = {
  Contributor: {
    Actions: ["*"],
    NotActions: ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"],
  },
  "Role Based Access Control Administrator": {
    Actions: [
      "Microsoft.Authorization/roleAssignments/write",
      "Microsoft.Authorization/roleAssignments/delete",
      "*/read",
    ],
    NotActions: [],
  },
};

const everything = {
  base: {
    budget: { amount: 1, emails: ["ops@example.com"] },
    azureMonitor: {
      workspaceId:
        "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/metrics/providers/Microsoft.Monitor/accounts/all",
    },
    adminGroupIds: ["11111111-2222-3333-4444-555555555555"],
    ...{ authorizedIpRanges: ["20.0.0.0/24"], natGateway: true, diagnostics: true, imageCache: {} },
  },
  db: { publicAccess: true, firewallRules: [{ name: "office", start: "20.0.0.1", end: "20.0.0.9" }] },
};

describe("rights in Azure", function () {
  let resources: { type: string; inputs: Record<string, unknown> }[];
  let paths: string[];
  before(async () => {
    const { findType } = await azureTypes();
    const recordings = [
      await record("base-prod", { config: everything.base }),
      await record("base-dev", { config: configFile("base-dev") }),
      await record("db-prod", { config: configFile("db-prod") }),
      await record("db-dev", { config: everything.db }),
    ];
    resources = recordings
      .flatMap((each) => each.resources)
      .filter(({ type }) => type.startsWith("azure-native:"));
    paths = [...new Set(resources.map(({ type }) => findType(type).path))];
    assert.ok(paths.length > 20);
  });

  const missing = (roles: Pick<Role, "Actions" | "NotActions">[]) =>
    neededActions(paths).filter((action) => !roles.some((role) => allows(role, action)));

  it("of the role for deploying are those that the registered types need", () => {
    assert.deepEqual(roleFile("deployer").Actions, deployerActions(paths));
    // Checked by the README: both may be given at the subscription, and only there.
    assert.ok(allowsData(roleFile("deployer"), "Microsoft.ContainerService/managedClusters/secrets/write"));
  });

  it("that README's table gives are enough, and Contributor would not be", () => {
    const given = readme()
      .table("identity")
      .filter(([identity]) => identity?.split(", ").includes("`prod`"));
    const names = given.flatMap(([, scope, roles = ""]) =>
      scope === "subscription" ? roles.split("; ") : [],
    );
    const roles = names.map((name) => {
      const plain = name.replace(/,.*/, "");
      return plain === roleFile("deployer").Name
        ? roleFile("deployer")
        : (builtIn[plain] ?? assert.fail(plain));
    });
    assert.deepEqual(missing(roles), []);
    assert.deepEqual(
      missing([builtIn["Contributor"]!, builtIn["Role Based Access Control Administrator"]!]),
      ["write", "delete"].map((operation) => `Microsoft.Authorization/locks/${operation}`),
    );
  });

  it("to give roles are limited to the roles that the programs give", () => {
    const guid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
    const [only = ""] = readme().commands.filter((line) => line.startsWith("ONLY="));
    const ids = resources
      .filter(({ type }) => type.endsWith(":RoleAssignment"))
      .map(({ inputs }) => String(inputs["roleDefinitionId"]).split("/").at(-1));
    assert.deepEqual([...new Set(ids)].sort(), [...only.matchAll(guid)].map(([id]) => id).sort());
  });

  it("to look for drift show everything, and those to preview no Secret", () => {
    const inside = [
      "secrets",
      "rbac.authorization.k8s.io/roles",
      "scheduling.k8s.io/priorityclasses",
      "gateway.networking.k8s.io/httproutes",
    ];
    const readable = (name: string) =>
      inside.filter((what) =>
        allowsData(roleFile(name), `Microsoft.ContainerService/managedClusters/${what}/read`),
      );
    assert.deepEqual(readable("drift"), inside);
    assert.deepEqual(readable("preview"), inside.slice(1));
    for (const name of ["drift", "preview"]) {
      assert.ok(
        !neededActions(paths).some(
          (action) => /\/(write|delete)$/.test(action) && allows(roleFile(name), action),
        ),
        name,
      );
      assert.ok(
        !allowsData(roleFile(name), "Microsoft.ContainerService/managedClusters/apps/deployments/write"),
        name,
      );
    }
  });

  it("come with the services that a new subscription must be told of", () => {
    const [line = ""] = readme().commands.filter((command) => command.startsWith("for SERVICE in "));
    const told = /in (.+); do/.exec(line)?.[1]?.split(" ") ?? [];
    // Every subscription has these.
    const always = ["Authorization", "Consumption", "Resources"];
    const needed = paths.map((path) => /^Microsoft\.(\w+)/.exec(armType(path))![1]!);
    // AKS makes machines and disks: https://learn.microsoft.com/azure/aks/faq
    const others = ["Compute", "KeyVault", "Storage"];
    assert.deepEqual(
      told,
      [...new Set([...needed.filter((name) => !always.includes(name)), ...others])].sort(),
    );
  });
});
