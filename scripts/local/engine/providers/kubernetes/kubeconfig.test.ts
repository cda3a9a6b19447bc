import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "./kubeconfig.ts";

describe("the kubeconfig of a provider", () => {
  let folder: string;
  const variable = process.env["KUBECONFIG"];
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "engine-kubeconfig-"))));
  afterEach(() => {
    if (variable === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = variable;
    rmSync(folder, { recursive: true });
  });
  const text = (...names: string[]) =>
    `${JSON.stringify({
      ...{ apiVersion: "v1", kind: "Config", "current-context": names[0] },
      contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
      clusters: names.map((name) => ({ name, cluster: { server: `https://${name}` } })),
      users: names.map((name) => ({ name, user: {} })),
    })}\n`;
  const write = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const serverOf = (inputs: Parameters<typeof loadConfig>[0]) => loadConfig(inputs).getCurrentCluster()?.server; // prettier-ignore

  it("is its content, or the path of one, or what is in the usual place", () => {
    assert.equal(serverOf({ kubeconfig: text("a") }), "https://a");
    assert.equal(serverOf({ kubeconfig: text("a").trim() }), "https://a", "in one line");
    assert.equal(serverOf({ kubeconfig: write("config", text("b")) }), "https://b");
    process.env["KUBECONFIG"] = write("usual", text("c"));
    assert.equal(serverOf({}), "https://c");
    assert.equal(serverOf({ kubeconfig: "" }), "https://c");
  });

  it("has the context that is asked for, and no other in its place", () => {
    assert.equal(serverOf({ kubeconfig: text("a", "b"), context: "b" }), "https://b");
    assert.equal(serverOf({ kubeconfig: text("a", "b") }), "https://a");
    const missing = { message: 'the kubeconfig has no context "x"' };
    assert.throws(() => loadConfig({ kubeconfig: text("a"), context: "x" }), missing);
  });

  it("says what it is not", () => {
    const expected = "kubeconfig: expected the content or the path of one, but";
    assert.throws(() => loadConfig({ kubeconfig: "/none" }), { message: `${expected} there is no file of that name` }); // prettier-ignore
    for (const kubeconfig of ["a: [\n", "a: b\n", "{}\n"])
      assert.throws(() => loadConfig({ kubeconfig }), { message: `${expected} its text is no YAML of a kubeconfig with a context` }); // prettier-ignore
  });
});
