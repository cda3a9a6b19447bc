import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import { parsePolicy } from "../policy.ts";
import { addDemo, addObject } from "../testing/apiObjects.ts";
import { type FakeApiServer, startApiServer } from "../testing/apiServer.ts";
import { runInit } from "./init.ts";
import { parseOptions } from "./options.ts";
import { assumedPolicy } from "./withoutPolicy.ts";

describe("a cluster without a policy", () => {
  const { signal } = new AbortController();
  let server: FakeApiServer;
  let folder: string;
  let said: { out: string; err: string };
  beforeEach(async () => {
    server = await startApiServer();
    addDemo(server);
    addObject(server, "namespaces", { metadata: { name: "kube-system" } });
    folder = mkdtempSync(join(tmpdir(), "balancer-init-"));
    said = { out: "", err: "" };
    mock.method(process.stdout, "write", (text: string) => (said.out += text) !== "");
    mock.method(process.stderr, "write", (text: string) => (said.err += text) !== "");
  });
  afterEach(async () => {
    mock.restoreAll();
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const init = (...argv: string[]) =>
    runInit(parseOptions(["--init", ...argv], false)!, server.kubeconfig(), signal);

  it("gets one proposed, on stdout or in a file that is not there yet", async () => {
    assert.equal(await init(), 0);
    assert.deepEqual(Object.keys(parsePolicy(said.out).namespaces), ["demo"]);
    assert.match(said.out, /^# yaml-language-server: \$schema=balancer\/policy\.schema\.json$/m);
    const text = said.out;
    const out = join(folder, "policy.yaml");
    assert.equal(await init("--out", out), 0);
    assert.equal(said.out, text, "stdout is for one or the other");
    assert.deepEqual(parsePolicy(readFileSync(out, "utf8")), parsePolicy(text));
    assert.equal(said.err, `Wrote ${out}. Check it: npm run balance -- --check --policy ${out}\n`);
    const before = readFileSync(out, "utf8");
    await assert.rejects(init("--out", out), /^InputError: --out .*policy\.yaml: EEXIST.*; nothing is overwritten$/); // prettier-ignore
    assert.equal(readFileSync(out, "utf8"), before);
    assert.deepEqual(server.writes(), []);
  });

  it("is judged in a dry run as if all but its own namespaces were listed, or those that are named", async () => {
    const all = await assumedPolicy(server.kubeconfig(), undefined, signal);
    assert.deepEqual(Object.keys(all.namespaces), ["demo", "monitoring"]);
    assert.equal(
      said.err,
      "No --policy: judged as if it listed demo, monitoring; those of the cluster itself are left out (kube-system).\nNodes are told by the labels of aks.\n",
    );
    said.err = "";
    const some = await assumedPolicy(server.kubeconfig(), ["demo"], signal);
    assert.deepEqual(Object.keys(some.namespaces), ["demo"]);
    assert.match(said.err, /^No --policy: judged as if it listed demo\.\n/);
  });

  it("whose nodes say nothing is told so", async () => {
    for (const name of ["regular-1", "spot-1"])
      addObject(server, "nodes", { metadata: { name, labels: {} } });
    await assumedPolicy(server.kubeconfig(), undefined, signal);
    assert.match(said.err, /\nThe nodes have no labels of AKS, EKS, GKE or Karpenter: .* `--init` proposes a policy\.\n$/); // prettier-ignore
  });
});
