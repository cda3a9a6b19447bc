import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { mock } from "node:test";
import { useProgram } from "../testing/program.ts";
import { parseMetricsOptions, parseOptions, parseWatchOptions, readPolicy } from "./options.ts";
import { defaultPolicy } from "../policy.ts";

describe("the program's flags", () => {
  const program = useProgram();

  it("checks a policy alone, without any cluster: exit 0, or 2 with every problem", async () => {
    const good = await program.run("--check", "--policy", program.policy());
    assert.deepEqual([good.code, good.stderr], [0, ""]);
    assert.match(good.stdout, /is valid\. It lists demo\.\n$/);
    const bad = await program.run("--check", "--policy", program.policy("score: { threshold: -2 }\nidl: {}"));
    assert.equal(bad.code, 2);
    assert.match(
      bad.stderr,
      /2 problems:\n {2}line 5: score\.threshold: .*\n {2}line 6: idl: unknown key, did you mean idle\?/,
    );
    assert.deepEqual(program.server.requests, []);
  });

  it("reads a policy that PowerShell's > has written", () => {
    const path = program.policy();
    const text = `\ufeff${readFileSync(path, "utf8")}`;
    writeFileSync(path, Buffer.from(text, "utf16le"));
    assert.deepEqual(Object.keys(readPolicy(path).namespaces), ["demo"]);
  });

  // One of each place that refuses; all of what is refused is asked within this process, below and in kube/apiError.test.ts.
  describe("ends with 2 and one message for", () => {
    const cases: [string, () => string[], RegExp][] = [
      ["a missing --prometheus", () => [], /required option '--prometheus <url>' not specified\nSee --help/],
      ["a URL that is none", () => ["--prometheus", "localhost:9090", "--kubeconfig", program.kubeconfig()], /expected http/],
      [
        "a policy with unknown keys",
        () => ["--prometheus", "http://x", "--policy", program.policy("idl: 1\nbudget: 2")],
        /The policy has 2 problems:\n {2}line 5: idl: unknown key, did you mean idle\?\n {2}line 6: budget: unknown key/,
      ],
      ["no kubeconfig", () => ["--prometheus", "http://x"], /No way into a cluster: expected --kubeconfig, \$KUBECONFIG/],
    ]; // prettier-ignore
    for (const [name, args, message] of cases) {
      it(name, async () => {
        const { code, stdout, stderr } = await program.run(...args());
        assert.equal(code, 2, stderr);
        assert.equal(stdout, "");
        assert.match(stderr, message);
        assert.doesNotMatch(stderr, /\n {4}at /, "no stack");
        assert.deepEqual(program.server.requests, []);
      });
    }
  });
});

describe("flags", () => {
  const url = "http://prometheus:9090";
  const round = (...argv: string[]) => parseOptions(["--prometheus", url, ...argv], false);
  const alone = (...argv: string[]) => parseOptions(argv, false);
  const watcher = (...argv: string[]) => parseWatchOptions(["--prometheus", url, ...argv]);

  it("print help and nothing else where it is asked for, and what is wrong with them nowhere", () => {
    const said = { out: "", err: "" };
    mock.method(process.stdout, "write", (text: string) => (said.out += text) !== "");
    mock.method(process.stderr, "write", (text: string) => (said.err += text) !== "");
    try {
      for (const parse of [
        alone,
        (flag: string) => parseMetricsOptions([flag]),
        (flag: string) => parseWatchOptions([flag]),
      ]) {
        // prettier-ignore
        said.out = "";
        assert.equal(parse("--help"), undefined);
        assert.match(said.out, /^Usage: spot-balancer/);
        assert.throws(() => parse("--none"), /^InputError: unknown option '--none'/);
      }
      assert.equal(said.err, "", "whoever catches it says it");
    } finally {
      mock.restoreAll();
    }
  });

  it("take every level of the log", () => {
    for (const level of ["debug", "info", "warn", "error", "silent"])
      assert.equal(round("--log-level", level)?.logLevel, level);
  });

  it("have defaults: of a round, of the watcher, of the exporter", () => {
    const cluster = { namespace: "monitoring" };
    const [kinds, limits] = [{ dryRun: false, check: false, init: false, release: false }, { deadline: 50, logLevel: "info" }];
    assert.deepEqual(round(), { prometheus: url, ...cluster, ...kinds, ...limits, output: "text" });
    const address = { listen: "127.0.0.1:9464", host: "127.0.0.1", port: 9464 };
    assert.deepEqual(watcher(), { prometheus: url, ...cluster, ...limits, ...address, dryRun: false, pause: 3 });
    assert.deepEqual(parseMetricsOptions([]), { ...cluster, ...address });
  }); // prettier-ignore

  type Meaning = [what: string, parsed: () => object | undefined, meant: Record<string, unknown>];
  const meanings: Meaning[] = [
    ["a person who watches hears what is wrong only", () => parseOptions(["--prometheus", url], true), { logLevel: "warn" }],
    ["unless he asks for more", () => parseOptions(["--prometheus", url, "--log-level", "debug"], true), { logLevel: "debug" }],
    ["what a pod's log has", () => round("--log-level", "info"), { logLevel: "info" }],
    ["what goes wrong only", () => watcher("--log-level", "error"), { logLevel: "error" }],
    ["no word at all", () => round("--log-level", "silent", "--output", "text"), { logLevel: "silent", output: "text" }],
    ["to explain is a dry run", () => round("--explain", "demo/web"), { explain: "demo/web", dryRun: true }],
    ["a dry run", () => round("--dry-run"), { dryRun: true, explain: undefined }],
    ["a deadline in seconds", () => round("--deadline", "0.5"), { deadline: 0.5 }],
    ["where Lease and state are", () => round("--namespace", "ops"), { namespace: "ops" }],
    ["namespaces of a dry run without policy", () => round("--dry-run", "--namespaces", "shop, demo,shop"), { namespaces: ["shop", "demo"] }],
    ["a name as long as names may be", () => round("--dry-run", "--namespaces", "a".repeat(63)), { namespaces: ["a".repeat(63)] }],
    ["a release, which needs no Prometheus and takes an hour", () => alone("--release"), { release: true, prometheus: "", deadline: 3600 }],
    ["unless it is said how long it may take", () => alone("--release", "--deadline", "50"), { deadline: 50 }],
    ["a release of some, at a pace, tried", () => alone("--release", "--namespaces", "a", "--pace", "6", "--dry-run"), { namespaces: ["a"], pace: 6, dryRun: true }],
    ["a policy to begin with", () => alone("--init", "--out", "policy.yaml"), { init: true, out: "policy.yaml", prometheus: "" }],
    ["manifests without a cluster", () => alone("--offline", "a", "b", "--threshold", "80", "--output", "sarif"), { offline: ["a", "b"], threshold: 80, output: "sarif", prometheus: "" }],
    ["a policy to look at", () => alone("--check", "--policy", "p"), { check: true, policy: "p", prometheus: "" }],
    ["the way into the cluster", () => round("--kubeconfig", "k", "--context", "c", "--service-account-dir", "d"), { kubeconfig: "k", context: "c", serviceAccountDir: "d" }],
    ["the way to Prometheus", () => round("--prometheus-config", "f"), { prometheusConfig: "f", prometheus: url }],
    ["a watcher's", () => watcher("--pause", "0.5", "--dry-run", "--release-on-delete", "w", "--namespace", "ops", "--deadline", "9"), { pause: 0.5, dryRun: true, releaseOnDelete: "w", namespace: "ops", deadline: 9 }],
    ["an address of version six", () => parseMetricsOptions(["--listen", "[::1]:9464"]), { host: "::1", port: 9464 }],
    ["every address, the last port", () => parseMetricsOptions(["--listen", ":65535"]), { host: "", port: 65535 }],
  ]; // prettier-ignore
  for (const [what, parsed, meant] of meanings)
    it(`mean ${what}`, () => {
      const options = parsed() as Record<string, unknown>;
      assert.deepEqual(Object.fromEntries(Object.keys(meant).map((key) => [key, options[key]])), meant);
    });

  const wrong: [what: string, parsed: () => unknown, message: RegExp][] = [
    ["an unknown flag", () => round("--polcy", "f"), /unknown option '--polcy'/],
    ["a look at no policy", () => alone("--check"), /--check: expected --policy <file> with it/],
    ["an unknown format", () => round("--output", "xml"), /Allowed choices are text, json, sarif\.\nSee --help\.$/],
    ["no time at all", () => round("--deadline", "0"), /'0' is invalid. expected a number above 0/],
    ["no number", () => watcher("--pause", "soon"), /'soon' is invalid. expected a number above 0/],
    ["a watcher without Prometheus", () => parseWatchOptions([]), /required option '--prometheus <url>' not specified/],
    ["namespaces of a real round", () => round("--namespaces", "a"), /--namespaces: expected --release, or --dry-run without --policy/],
    ["namespaces beside a policy", () => round("--dry-run", "--policy", "p", "--namespaces", "a"), /--namespaces: expected --release/],
    ["names that are none", () => round("--dry-run", "--namespaces", "a,../b"), /expected names such as demo,shop, got "..\/b"/],
    ["a name that is too long", () => round("--dry-run", "--namespaces", "a".repeat(64)), /expected names/],
    ["a file for nothing", () => round("--out", "f"), /--out: expected --init with it/],
    ["a score for nothing", () => round("--threshold", "80"), /--threshold: expected --offline with it/],
    ["a format for nothing", () => round("--output", "sarif"), /--output sarif: expected --offline with it/],
    ["a pace for nothing", () => round("--pace", "1"), /--pace: expected --release with it/],
    ["what nobody asked for", () => round("more"), /too many arguments/],
    ["no port", () => parseMetricsOptions(["--listen", "localhost"]), /--listen: expected host:port such as 0.0.0.0:9464, got localhost/],
    ["a port that there is not", () => parseMetricsOptions(["--listen", ":65536"]), /--listen: expected host:port/],
  ]; // prettier-ignore
  for (const [what, parsed, message] of wrong)
    it(`refuse ${what}`, () => assert.throws(parsed, { name: "InputError", message }));

  it("name no policy: the one that moves nothing", () => {
    assert.equal(readPolicy(undefined), defaultPolicy);
    assert.throws(() => readPolicy("/none"), { name: "InputError", message: /Cannot read the policy \/none: ENOENT/ });
  }); // prettier-ignore
});
