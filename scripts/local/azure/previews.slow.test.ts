// Previews of the stacks for Azure on this machine: the real programs, the embedded engine, the emulated Azure, nothing
// running and nothing deployed, as after `npm ci`.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runStack, type EngineEvent, type RunResult } from "../engine/runStack.ts";
import { localPackages } from "../engine/packages.ts";
import { StackStore } from "../engine/state/store.ts";
import { projectRoot } from "../environment.ts";
import { emulatedAzure } from "./server.ts";

const stacks = ["base-dev", "base-prod", "db-dev", "db-prod"];

describe("previews of stacks for Azure, without Azure", function () {
  let stateDir: string;
  const results = new Map<string, { result: RunResult; said: string[]; created: string[] }>();

  before(async () => {
    const { provider } = emulatedAzure();
    stateDir = mkdtempSync(join(tmpdir(), "previews-"));
    const preview = async (stack: string) => {
      const events: EngineEvent[] = [];
      const result = await runStack({
        operation: "preview",
        stack,
        projectDir: projectRoot,
        stateDir,
        packages: localPackages(provider),
        onEvent: (event) => void events.push(event),
      });
      const said = events.flatMap((event) => (event.type === "log" ? [event.message] : []));
      const created = events.flatMap((event) =>
        event.type === "step" && event.phase === "planned" && event.op === "create" ? [event.name] : [],
      );
      results.set(stack, { result, said, created });
    };
    await Promise.all(stacks.map(preview));
  });
  after(() => rmSync(stateDir, { recursive: true }));

  const of = (stack: string) => results.get(stack)!;

  for (const stack of stacks) {
    it(`${stack} would be created, and nothing else is done`, () => {
      const { result, created } = of(stack);
      assert.deepEqual(result.failures, []);
      assert.ok(result.ok);
      assert.deepEqual(
        Object.keys(result.counts).filter((op) => op !== "create" && op !== "read"),
        [],
      );
      assert.ok(created.includes(stack.startsWith("base") ? "cluster" : "server"), created.join());
    });
  }

  it("says of db that base is missing, and how to get it", () => {
    assert.match(
      of("db-prod").said.join("\n"),
      /base-prod is not deployed yet: run `pulumi up -s base-prod` first/,
    );
  });

  it("says which values of base-prod are placeholders", () => {
    const said = of("base-prod").said.join("\n");
    assert.match(said, /authorizedIpRanges\[0\].*placeholder/);
    assert.match(said, /adminGroupIds\[0\].*placeholder/);
  });

  it("locks the database in production only", () => {
    assert.ok(of("db-prod").created.includes("serverLock"));
    assert.ok(!of("db-dev").created.includes("serverLock"));
  });

  it("leaves nothing behind", () => assert.deepEqual(StackStore.deployed(stateDir), []));
});
