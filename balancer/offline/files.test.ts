import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { keyOf, readObjects } from "./files.ts";

describe("the objects in files", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "balancer-files-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const web = (name: string, namespace = "shop") =>
    `{ apiVersion: apps/v1, kind: Deployment, metadata: { name: ${name}, namespace: ${namespace} } }\n`;
  const write = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  };
  const input = (text: string) => readObjects(["-"], () => text).objects;
  const keys = (text: string) => input(text).map(({ object }) => keyOf(object));
  /** By their files, below the folder. */
  const inFolder = () => {
    const { objects, skipped } = readObjects([folder], () => "");
    const relative = (text: string) => text.replaceAll(`${folder}/`, "");
    return [objects.map(({ object, origin }) => `${object.metadata.name} ${relative(origin.file)}`), skipped.map(relative)]; // prettier-ignore
  };

  it("of a folder are those of YAML and JSON at any depth, by name, and of no hidden or installed folder", () => {
    write({
      ...{ "b/c/web.yml": web("c"), "a.YAML": web("a"), "b/b.json": web("b"), "notes.txt": web("txt") },
      ...{ ".git/x.yaml": web("git"), "b/.cache/x.yaml": web("cache"), "node_modules/x.yaml": web("dep") },
      ...{
        "b/node_modules/p/x.yaml": web("dep"),
        ".hidden.yaml": web("h"),
        "b/odd..name/x.yaml": web("odd"),
      },
    });
    assert.deepEqual(inFolder(), [
      ["h .hidden.yaml", "a a.YAML", "b b/b.json", "c b/c/web.yml", "odd b/odd..name/x.yaml"],
      [],
    ]);
  });

  it("of a folder that cannot be read are passed over, each with its reason; of a file that is named they are not", () => {
    write({ "a.yaml": "a: [", "b.yaml": "no: object", "c.yaml": web("c") });
    const [objects, skipped] = inFolder() as [string[], string[]];
    assert.deepEqual(objects, ["c c.yaml"]);
    assert.match(skipped.join("\n"), /^a\.yaml, document 1: line \d+: [^\n]+$/);
    const named = ["a.yaml", "b.yaml", "none.yaml"].map((name) => join(folder, name));
    assert.throws(() => readObjects(named, () => ""), (error: Error) => {
      assert.equal(error.name, "InputError");
      const problems = error.message.replaceAll(`${folder}/`, "").split("\n");
      assert.match(problems[0] ?? "", /^--offline: a\.yaml, document 1: line \d+: /);
      assert.match(problems[1] ?? "", /^b\.yaml, document 1: line 1: expected a Kubernetes object with apiVersion, kind and metadata\.name$/);
      assert.match(problems[2] ?? "", /^none\.yaml: ENOENT/);
      return problems.length === 3;
    });
  }); // prettier-ignore

  it("say where they were found, counted from one", () => {
    const found = input(`# first\n---\n${web("a")}---\n\n# second\n${web("b")}`);
    assert.deepEqual(
      found.map(({ origin }) => origin),
      [
        { file: "standard input", document: 1, line: 3 },
        { file: "standard input", document: 2, line: 7 },
      ],
    );
  });

  it("are in the namespace that they name, else in that of kubectl", () => {
    assert.deepEqual(keys(web("a") + "---\n{ apiVersion: v1, kind: Pod, metadata: { name: b } }"), [
      "Deployment/shop/a",
      "Pod/default/b",
    ]);
  });

  const metadata = { name: "a", namespace: "n" };
  const item = { apiVersion: "v1", kind: "Pod", metadata };
  const lists: [what: string, document: object, keys: string[]][] = [
    ["a List", { apiVersion: "v1", kind: "List", items: [item, item] }, ["Pod/n/a", "Pod/n/a"]],
    ["a list of its kind", { apiVersion: "apps/v1", kind: "DeploymentList", items: [{ metadata }] }, ["Deployment/n/a"]],
    ["a list of its kind, that says it again", { apiVersion: "v1", kind: "DeploymentList", items: [item] }, ["Pod/n/a"]],
    ["a List of lists", { apiVersion: "v1", kind: "List", items: [{ apiVersion: "v1", kind: "List", items: [item] }] }, ["Pod/n/a"]],
    ["an object that merely ends so", { apiVersion: "v1", kind: "Blacklist", items: [item], metadata }, ["Blacklist/n/a"]],
    ["a list without items", { apiVersion: "v1", kind: "WishList", metadata }, ["WishList/n/a"]],
    ["a Kustomization", { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization" }, []],
  ]; // prettier-ignore
  for (const [what, document, expected] of lists)
    it(`of ${what}`, () => assert.deepEqual(keys(JSON.stringify(document)), expected));

  it("are none in documents that are empty", () => assert.deepEqual(keys("---\n---\n# nothing\n"), []));

  const odd: [what: string, text: string][] = [
    ["no version", "{ kind: Pod, metadata: { name: a } }"],
    ["no kind", "{ apiVersion: v1, metadata: { name: a } }"],
    ["no name", "{ apiVersion: v1, kind: Pod, metadata: {} }"],
    ["a name that is none", "{ apiVersion: v1, kind: Pod, metadata: { name: 7 } }"],
    ["nothing but a word", "word"],
  ];
  for (const [what, text] of odd)
    it(`are refused with ${what}`, () =>
      assert.throws(() => input(text), /^InputError: --offline: standard input, document 1: line 1: expected a Kubernetes object/)); // prettier-ignore

  it("say of a template what would print it", () => {
    assert.throws(() => input("a: {{ .Values.a }}\nb: ["), /\(a Helm template\? give what `helm template` prints\)/);
    assert.throws(() => input("b: ["), (error: Error) => !error.message.includes("Helm"));
  }); // prettier-ignore

  it("are bounded: 8 MiB of a file, 32 MiB of all, wherever they lie", () => {
    const comment = (length: number) => `#${"x".repeat(length - 1)}`;
    assert.throws(() => input(comment(8 * 2 ** 20 + 1)), /expected at most 8388608 bytes of a file and 33554432 of all/);
    const large = join(folder, "large.yaml");
    writeFileSync(large, "#");
    truncateSync(large, 8 * 2 ** 20 + 1);
    assert.match(String(inFolder()[1]), /^large\.yaml: expected at most 8388608 bytes/);
    truncateSync(large, 32 * 2 ** 20);
    assert.throws(() => readObjects(["-", folder], () => "#"), /^InputError: --offline: .*large\.yaml: expected/);
  }); // prettier-ignore
});
