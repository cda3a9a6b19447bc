// The component as others get it: from npm, in a program outside of this repository, and by `pulumi package add`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import { stringify } from "yaml";
import { engine, projectRoot } from "../local/index.ts";
import { parseSettings } from "../../stacks/deploy/balancer/settings.ts";
import { standaloneObjects } from "../../stacks/deploy/balancer/standalone.ts";
import type { Manifest } from "../../stacks/deploy/manifests.ts";
import { writePackage } from "./package.ts";

describe("the component", () => {
  const folder = mkdtempSync(join(tmpdir(), "spot-balancer-component-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("runs in a program outside of the repository, from its npm package", async () => {
    const program = join(folder, "program");
    cpSync(join(projectRoot, "examples", "pulumi"), program, { recursive: true });
    mkdirSync(join(program, "node_modules"));
    await writePackage(join(program, "node_modules", "spot-balancer"));
    symlinkSync(join(projectRoot, "node_modules", "@pulumi"), join(program, "node_modules", "@pulumi"));
    const config = { kubeconfig: "none", namespaces: '["shop"]', nodeSelector: '{"pool":"tools"}' };
    writeFileSync(
      join(program, "Pulumi.dev.yaml"),
      stringify({
        config: Object.fromEntries(
          Object.entries(config).map(([key, value]) => [`balanced-cluster:${key}`, value]),
        ),
      }),
    );
    const { runStack, collectingPackage } = await engine();
    const made: Manifest[] = [];
    const early: string[] = [];
    const urns: string[] = [];
    const { ok, failures } = await runStack({
      operation: "preview",
      stack: "dev",
      projectDir: program,
      stateDir: join(folder, "state"),
      packages: {
        kubernetes: lateNamespaces(
          collectingPackage((object) => made.push(object as unknown as Manifest)),
          early,
        ),
      },
      fromScratch: true,
      onEvent: (event) => {
        if (event.type === "step") urns.push(event.urn);
      },
    });
    assert.ok(ok, failures.join("\n"));
    assert.deepEqual(early, [], "objects that do not wait for their namespace");
    assert.ok(urns.some((urn) => urn.includes("SpotBalancer$kubernetes:batch/v1:CronJob::spot-balancer/")));
    // The same as every other way installs, however the package was built.
    const settings = parseSettings({
      prometheus: "http://prometheus-server.monitoring.svc",
      namespaces: ["shop"],
      nodeSelector: { pool: "tools" },
    });
    const { objects } = await standaloneObjects(settings, { managedBy: "pulumi", releaseOnDelete: true });
    const sorted = (all: readonly Manifest[]) =>
      all.map((each) => stringify(each, { sortMapEntries: true, aliasDuplicateObjects: false })).sort();
    assert.deepEqual(sorted(made), sorted(objects));
  });

  it("tells `pulumi package add` its schema, with what each argument means", async () => {
    const runner = join(projectRoot, "node_modules", "@pulumi", "pulumi", "cmd", "run-plugin");
    const child = spawn(process.execPath, [runner, join(projectRoot, "component"), "127.0.0.1:1"], {
      cwd: join(projectRoot, "component"),
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      const said: string[] = [];
      child.stderr.on("data", (chunk) => said.push(String(chunk)));
      const port = await new Promise<string>((resolve, reject) => {
        createInterface({ input: child.stdout }).once("line", resolve);
        child.once("exit", () => reject(new Error(said.join(""))));
      });
      const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
      const text = await new Promise<string>((resolve, reject) => {
        client.getSchema(new messages.GetSchemaRequest(), (error, answer) =>
          error ? reject(error) : resolve(answer.getSchema()),
        );
      });
      client.close();
      const { resources, types } = JSON.parse(text) as Schema;
      const component = resources["spot-balancer:index:SpotBalancer"];
      assert.deepEqual(component?.requiredInputs, ["prometheus"]);
      assert.match(component.description ?? "", /Moves idle and unimportant workloads/);
      for (const [name, { description }] of Object.entries(component.inputProperties))
        assert.ok(description, name);
      assert.deepEqual(Object.keys(component.properties).sort(), ["namespace", "program"]);
      assert.ok(types["spot-balancer:index:Toleration"]);
    } finally {
      child.kill("SIGKILL");
    }
  });
});

type Package = ReturnType<Awaited<ReturnType<typeof engine>>["collectingPackage"]>;

/** @param early gets what is made before the namespace that it lies in */
function lateNamespaces(definition: Package, early: string[]): Package {
  const namespaces = new Map([
    ["spot-balancer", false],
    ["placeholder", false],
  ]);
  return {
    ...definition,
    async configure(inputs) {
      const client = await definition.configure(inputs);
      return {
        ...client,
        async create(subject, request) {
          const { kind, metadata } = request.inputs as unknown as Manifest;
          if (kind === "Namespace") {
            await delay(200);
            namespaces.set(metadata.name, true);
          } else if (namespaces.get(metadata.namespace ?? "") === false)
            early.push(`${kind} ${metadata.name}`);
          return client.create(subject, request);
        },
      };
    },
  };
}

interface Schema {
  resources: Record<
    string,
    {
      description?: string;
      requiredInputs: string[];
      inputProperties: Record<string, { description?: string }>;
      properties: Record<string, object>;
    }
  >;
  types: Record<string, object>;
}
