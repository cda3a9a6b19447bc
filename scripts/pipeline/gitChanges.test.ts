import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { changedFiles } from "./gitChanges.ts";
import { changedStacks } from "./layers.ts";

describe("changedFiles, in a real repository", () => {
  let folder: string;
  // Nothing of this machine's or this project's git settings plays in.
  const env = { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, env, stdio: "pipe" });
  const commit = (files: string[]) => {
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `${file} ${Math.random()}`);
    }
    git("add", "-A");
    git("-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "-qm", files.join() || "move");
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "changes-"));
    git("init", "-q", "-b", "main");
    commit(["stacks/base/network.ts", "stacks/db/server.ts", "README.md"]);
    git("checkout", "-q", "-b", "feature");
    commit(["stacks/db/server.ts"]);
    commit(["README.md", "stacks/db/name with space.ts"]);
    git("checkout", "-q", "main");
    commit(["stacks/base/network.ts"]); // meanwhile, and no part of the feature
  });
  after(() => rmSync(folder, { recursive: true }));

  it("counts the whole branch, and not what happened on main since", async () => {
    git("checkout", "-q", "feature");
    const files = await changedFiles(folder, "main");
    assert.deepEqual(files.sort(), ["README.md", "stacks/db/name with space.ts", "stacks/db/server.ts"]);
    assert.deepEqual(changedStacks(files, ["base-dev", "db-dev"]), ["db-dev"]);
  });

  it("counts both names of a file that moves from one layer to another", async () => {
    git("checkout", "-q", "-b", "moved", "main");
    mkdirSync(join(folder, "stacks/deploy"), { recursive: true });
    renameSync(join(folder, "stacks/base/network.ts"), join(folder, "stacks/deploy/network.ts"));
    commit([]);
    const files = await changedFiles(folder, "main");
    assert.deepEqual(changedStacks(files, ["base-dev", "db-dev", "deploy-dev"]), ["base-dev", "deploy-dev"]);
  });

  it("says what to do when the commit is not there", async () => {
    await assert.rejects(
      changedFiles(folder, "nowhere"),
      /cannot compare nowhere with HEAD.*fetch-depth: 0/s,
    );
  });
});
