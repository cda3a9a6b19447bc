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
      ...{
        "b/c/web.yml": web("c"),
        "a.YAML": web("a"),
        "b/b.json": web("b"),
        "notes.txt": web("txt"),
        "z.yaml": web("z"),
        "d.yaml/x.json": web("d"),
      },
      ...{ ".git/x.yaml": web("git"), "b/.cache/x.yaml": web("cache"), "node_modules/x.yaml": web("dep") },
      ...{
        "b/node_modules/p/x.yaml": web("dep"),
        ".hidden.yaml": web("h"),
        "b/odd..name/x.yaml": web("odd"),
      },
    });
    assert.deepEqual(inFolder(), [
      [
        "h .hidden.yaml",
        "a a.YAML",
        "b b/b.json",
        "c b/c/web.yml",
        "odd b/odd..name/x.yaml",
        "d d.yaml/x.json",
        "z z.yaml",
      ],
      [],
    ]);
  });

  it("of a folder that cannot be read are passed over, each with its reason; of a file that is named they are not", () => {
    write({ "a.yaml": "a: [", "b.yaml": "no: object", "c.yaml": web("c"), "d.yaml": "d: [" });
    const [objects, skipped] = inFolder() as [string[], string[]];
    assert.deepEqual(objects, ["c c.yaml"]);
    assert.match(skipped.join("\n"), /^a\.yaml, document 1: line \d+: [^\n]+\nd\.yaml, document 1: [^\n]+$/);
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
    ["a List with a Kustomization in it", { apiVersion: "v1", kind: "List", items: [{ kind: "Kustomization" }, item] }, ["Pod/n/a"]],
    ["one that does not say so whole", { kind: "Kustomization" }, []],
    ["a Component of Kustomize", { apiVersion: "kustomize.config.k8s.io/v1alpha1", kind: "Component" }, []],
    ["a Component of somebody else", { apiVersion: "core.oam.dev/v1", kind: "Component", metadata }, ["Component/n/a"]],
    ["what will be given its name", { apiVersion: "batch/v1", kind: "Job", metadata: { generateName: "sync-", namespace: "n" } }, ["Job/n/sync-"]],
    ["what has one already", { apiVersion: "batch/v1", kind: "Job", metadata: { ...metadata, generateName: "sync-" } }, ["Job/n/a"]],
  ]; // prettier-ignore
  for (const [what, document, expected] of lists)
    it(`of ${what}`, () => assert.deepEqual(keys(JSON.stringify(document)), expected));

  const encodings: [what: string, content: Buffer][] = [
    ["UTF-8 with its mark", Buffer.from(`\ufeff${web("ä")}`)],
    ["UTF-16, as PowerShell has it", Buffer.from(`\ufeff${web("ä")}`, "utf16le")],
    ["UTF-16 the other way round", Buffer.from(`\ufeff${web("ä")}`, "utf16le").swap16()],
  ];
  for (const [what, content] of encodings)
    it(`are read in ${what}, from files and from standard input`, () => {
      writeFileSync(join(folder, "a.yaml"), content);
      const names = ({ objects }: ReturnType<typeof readObjects>) => objects.map(({ object }) => object.metadata.name); // prettier-ignore
      assert.deepEqual(names(readObjects([folder], () => "")), ["ä"]);
      assert.deepEqual(names(readObjects(["-"], () => content)), ["ä"]);
    });

  it("are those of YAML as kubectl reads it: its words, its octal numbers, its merging, and no times", () => {
    const spec = (text: string) => input(`{ apiVersion: v1, kind: Pod, metadata: { name: a }, spec: ${text} }`)[0]?.object["spec"];
    const cases: [string, unknown][] = [
      ["{ paused: no }", { paused: false }],
      ["{ paused: On }", { paused: true }],
      ["{ replicas: 010 }", { replicas: 8 }],
      ["{ at: 2026-11-30, time: 12:30, long: 1:30:00.5 }", { at: "2026-11-30", time: "12:30", long: "1:30:00.5" }],
      ["{ a: &a { x: 1, z: 1 }, b: { <<: *a, z: 2 } }", { a: { x: 1, z: 1 }, b: { x: 1, z: 2 } }],
    ];
    for (const [text, expected] of cases) assert.deepEqual(spec(text), expected, text);
  }); // prettier-ignore

  it("of JSON may stand back to back, each at its line", () => {
    const object = (name: string) => ({ apiVersion: "v1", kind: "Pod", metadata: { name, odd: "}\n{" } });
    const [long, short] = [JSON.stringify(object("a"), null, 2), JSON.stringify(object("b"))];
    const found = input(`${long}\r\n\n  ${short}\n${short.replace('"b"', '"c"')}\n`);
    assert.deepEqual(
      found.map(({ object, origin }) => [object.metadata.name, origin.document, origin.line, object.metadata["odd"]]),
      [["a", 1, 1, "}\n{"], ["b", 2, 10, "}\n{"], ["c", 3, 11, "}\n{"]],
    );
    assert.throws(() => input(`a: {}\nb: x\n{`), /^InputError/);
  }); // prettier-ignore

  it("are none in documents that are empty, and those after them", () => {
    assert.deepEqual(keys("---\n---\n# nothing\n"), []);
    assert.deepEqual(keys(`---\n---\n${web("a")}---\n---\n${web("b")}`), ["Deployment/shop/a", "Deployment/shop/b"]); // prettier-ignore
  });

  it("keep texts that look like JSON back to back", () => {
    const [found] = input("apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata:\n  b: |\n    {}\n    {}\n");
    assert.deepEqual(found?.object["data"], { b: "{}\n{}\n" });
  }); // prettier-ignore

  const odd: [what: string, text: string][] = [
    ["no version", "{ kind: Pod, metadata: { name: a } }"],
    ["no kind", "{ apiVersion: v1, metadata: { name: a } }"],
    ["no name", "{ apiVersion: v1, kind: Pod, metadata: {} }"],
    ["a name that is none", "{ apiVersion: v1, kind: Pod, metadata: { name: 7 } }"],
    ["nothing but a word", "word"],
    [
      "a List of what says nothing of itself",
      "{ apiVersion: v1, kind: List, items: [{ metadata: { name: a } }] }",
    ],
    ["a list of its kind of words", "{ apiVersion: v1, kind: PodList, items: [word] }"],
    ["a list of its kind of nothing", "{ apiVersion: v1, kind: PodList, items: [null] }"],
  ];
  for (const [what, text] of odd)
    it(`are refused with ${what}`, () =>
      assert.throws(() => input(text), /^InputError: --offline: standard input, document 1: line 1: expected a Kubernetes object/)); // prettier-ignore

  it("are refused where aliases would make more of them than anybody wrote", () => {
    const tenOf = (name: string) => `[${Array(10).fill(name).join()}]`;
    const bomb = `a: &a ${tenOf("x")}\nb: &b ${tenOf("*a")}\nc: &c ${tenOf("*b")}\nd: ${tenOf("*c")}\n`;
    assert.throws(
      () => input(bomb),
      /^InputError: --offline: standard input, document 1: Excessive alias count/,
    );
  });

  it("say of a template what would print it", () => {
    assert.throws(() => input("a: {{ .Values.a }}\nb: ["), /\(a Helm template\? give what `helm template` prints\)/);
    assert.throws(() => input("b: ["), (error: Error) => !error.message.includes("Helm"));
  }); // prettier-ignore

  it("are bounded: 8 MiB of a file, 32 MiB of all, wherever they lie", () => {
    const comment = (length: number) => `#${"x".repeat(length - 1)}`;
    const most = comment(8 * 2 ** 20);
    const times = (count: number) => readObjects(Array<string>(count).fill("-"), () => most).objects;
    assert.deepEqual(times(4), []);
    assert.throws(() => times(5), /^InputError: --offline: standard input: expected at most 8388608 bytes of a file and 33554432/);
    assert.throws(() => input(comment(8 * 2 ** 20 + 1)), /expected at most 8388608 bytes of a file and 33554432 of all/);
    const large = join(folder, "large.yaml");
    writeFileSync(large, "#");
    truncateSync(large, 8 * 2 ** 20 + 1);
    assert.match(String(inFolder()[1]), /^large\.yaml: expected at most 8388608 bytes/);
    truncateSync(large, 32 * 2 ** 20);
    assert.throws(() => readObjects(["-", folder], () => "#"), /^InputError: --offline: .*large\.yaml: expected/);
  }); // prettier-ignore
});
