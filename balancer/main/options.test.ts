import assert from "node:assert/strict";
import { useProgram } from "../testing/program.ts";

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

  describe("ends with 2 and one message for", () => {
    const cases: [string, () => string[], RegExp][] = [
      ["a missing --prometheus", () => [], /required option '--prometheus <url>' not specified\nSee --help/],
      ["--check without a policy", () => ["--check"], /--check: expected --policy <file> with it/],
      ["an unknown flag", () => ["--prometheus", "http://x", "--polcy", "f"], /unknown option '--polcy'/],
      ["an unknown format", () => ["--prometheus", "http://x", "--output", "xml"], /Allowed choices are text, json/],
      ["a URL that is none", () => ["--prometheus", "localhost:9090", "--kubeconfig", program.kubeconfig()], /expected http/],
      ["a missing policy", () => ["--prometheus", "http://x", "--policy", "/none"], /Cannot read the policy \/none: ENOENT/],
      [
        "a policy with unknown keys",
        () => ["--prometheus", "http://x", "--policy", program.policy("idl: 1\nbudget: 2")],
        /The policy has 2 problems:\n {2}line 5: idl: unknown key, did you mean idle\?\n {2}line 6: budget: unknown key/,
      ],
      ["no kubeconfig", () => ["--prometheus", "http://x"], /No way into a cluster: expected --kubeconfig, \$KUBECONFIG/],
      ["a missing kubeconfig", () => ["--prometheus", "http://x", "--kubeconfig", "/none"], /kubeconfig \/none: ENOENT/],
      [
        "an unknown context",
        () => ["--prometheus", "http://x", "--kubeconfig", program.kubeconfig(), "--context", "prod"],
        /has no context prod; it has: loaded-context/,
      ],
      [
        "a ServiceAccount folder outside of a pod",
        () => ["--prometheus", "http://x", "--service-account-dir", program.folder],
        /\$KUBERNETES_SERVICE_HOST is not set: is this a pod\?/,
      ],
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
