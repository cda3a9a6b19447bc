import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../local/index.ts";
import { pulumiCli } from "./pulumiCli.ts";

/** Answers like the Pulumi CLI from a file of states, and writes down what it was asked to destroy, and where. */
const fakePulumi = `#!${process.execPath}
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const states = JSON.parse(readFileSync(join(__dirname, "states.json"), "utf8"));
const [command, action] = process.argv.slice(2);
const stack = process.argv[process.argv.indexOf("--stack") + 1];
const said = [process.cwd(), ...process.argv.slice(2)].join(" ");
if (command === "destroy") writeFileSync(join(__dirname, "log"), said);
else if (action === "ls") console.log(JSON.stringify(Object.keys(states).map((name) => ({ name }))));
else if (action === "export") console.log(JSON.stringify({ version: 3, deployment: { resources: states[stack] } }));
if (stack === "locked-dev") process.exit(255);
`;

const states = {
  // As `stack ls` names one of another organization.
  "organization/spot-balancer/base-dev": [
    { urn: "urn:pulumi:base-dev::p::pulumi:pulumi:Stack::p-base-dev", type: "pulumi:pulumi:Stack" },
    { urn: "urn:pulumi:base-dev::p::pulumi:providers:random::r", type: "pulumi:providers:random" },
    {
      urn: "urn:pulumi:base-dev::p::azure-native:network:Subnet::nodes",
      type: "azure-native:network:Subnet",
    },
  ],
  "db-dev": [
    {
      urn: "urn:ref",
      type: "pulumi:pulumi:StackReference",
      inputs: { name: "organization/spot-balancer/base-dev" },
    },
    {
      urn: "urn:pulumi:db-dev::p::azure-native:dbforpostgresql:Server::server",
      type: "x:y:Server",
      protect: true,
    },
  ],
  "deploy-dev": [
    { urn: "urn:pulumi:deploy-dev::p::pulumi:pulumi:Stack::p-deploy-dev", type: "pulumi:pulumi:Stack" },
  ],
};

describe("pulumiCli", () => {
  let folder: string;
  const path = process.env["PATH"];
  const place = process.cwd();

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-"));
    writeFileSync(join(folder, "pulumi"), fakePulumi);
    chmodSync(join(folder, "pulumi"), 0o755);
    writeFileSync(join(folder, "states.json"), JSON.stringify(states));
    process.env["PATH"] = folder;
    process.chdir(folder); // the CLI finds its project by where it runs
  });
  after(() => {
    process.chdir(place);
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });

  it("reads what stands on what, and what is protected; an emptied stack does not stand", async () => {
    assert.deepEqual(await pulumiCli.standing(), [
      { stack: "base-dev", resources: 1, standsOn: [], protected: [] },
      { stack: "db-dev", resources: 1, standsOn: ["base-dev"], protected: ["server"] },
    ]);
  });

  it("knows empty stacks as well", async () => {
    assert.deepEqual(await pulumiCli.known?.(), ["base-dev", "db-dev", "deploy-dev"]);
  });

  it("keeps protected resources", async () => {
    await pulumiCli.destroy({ stack: "db-dev", resources: 1, standsOn: [], protected: ["server"] });
    assert.equal(
      readFileSync(join(folder, "log"), "utf8"),
      `${projectRoot} destroy --stack db-dev --yes --exclude-protected --non-interactive`,
    );
  });

  it("tells which command failed", async () => {
    const destroying = pulumiCli.destroy({ stack: "locked-dev", resources: 1, standsOn: [], protected: [] });
    await assert.rejects(destroying, /pulumi destroy --stack locked-dev --yes ended with exit code 255/);
  });

  it("says that the CLI is missing", async () => {
    process.env["PATH"] = join(folder, "empty");
    await assert.rejects(pulumiCli.standing(), /the Pulumi CLI is not on PATH/);
    process.env["PATH"] = folder;
  });
});
