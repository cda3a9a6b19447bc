import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { V1Volume } from "@kubernetes/client-node";
import { buildContainer, buildPod, buildSources, facts } from "./testing/build.ts";
import { tokenKey, type Sources } from "./sources.ts";
import { volumeFiles } from "./volumeFiles.ts";
import { mountPlaces, volumeDirectories, writeFiles } from "./volumes.ts";

const sources: Sources = buildSources(
  { settings: { "app.yaml": "path: /data", other: "x" } },
  { login: { password: "/data" } },
  { [tokenKey({ path: "", audience: "vault", expirationSeconds: 600 })]: "token-for-vault" },
);
sources.configMaps.get("settings")!.binaryData = { "app.gz": Buffer.from("/data").toString("base64") };

function contents(volume: Omit<V1Volume, "name">) {
  const pod = buildPod({});
  const local = (text: string) => text.replaceAll("/data", "/local");
  const { files, problems } = volumeFiles(pod, { name: "v", ...volume }, sources, facts, local);
  const texts = Object.fromEntries(files.map(({ path, content }) => [path, content.toString()]));
  const modes = Object.fromEntries(files.map(({ path, mode }) => [path, mode]));
  return { texts, modes, problems };
}

describe("files of a volume", () => {
  it("translates a ConfigMap's text, and neither its binary data nor a Secret", () => {
    assert.deepEqual(contents({ configMap: { name: "settings" } }).texts, {
      "app.yaml": "path: /local",
      other: "x",
      "app.gz": "/data",
    });
    assert.deepEqual(contents({ secret: { secretName: "login" } }).texts, { password: "/data" });
  });

  it("chooses and renames items, with their modes", () => {
    const items = [{ key: "other", path: "sub/renamed", mode: 0o400 }, { key: "app.gz", path: "a" }]; // prettier-ignore
    const { texts, modes } = contents({ configMap: { name: "settings", items, defaultMode: 0o755 } });
    assert.deepEqual(texts, { "sub/renamed": "x", a: "/data" });
    assert.deepEqual(modes, { "sub/renamed": 0o400, a: 0o755 });
  });

  it("joins the sources of a projected volume", () => {
    const { texts, modes, problems } = contents({
      projected: {
        sources: [
          { serviceAccountToken: { path: "token", audience: "vault", expirationSeconds: 600 } },
          { configMap: { name: "settings", items: [{ key: "other", path: "ca.crt" }] } },
          { secret: { name: "login" } },
          { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
        ],
      },
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(texts, {
      token: "token-for-vault",
      "ca.crt": "x",
      password: "/data",
      namespace: "demo",
    });
    assert.equal(modes["token"], 0o600);
  });

  it("collects what is missing, unless it is optional", () => {
    const missing = [{ key: "nokey", path: "x" }];
    assert.deepEqual(contents({ configMap: { name: "none" } }).problems, [
      'volume v: ConfigMap "none" not found',
    ]);
    assert.deepEqual(contents({ secret: { secretName: "login", items: missing } }).problems, [
      'volume v: no key "nokey" in Secret "login"',
    ]);
    assert.deepEqual(contents({ secret: { secretName: "none", optional: true } }), {
      texts: {},
      modes: {},
      problems: [],
    });
  });
});

describe("volumes on disk", () => {
  let root: string;
  before(async () => (root = await mkdtemp(join(tmpdir(), "volumes-"))));
  after(() => rm(root, { recursive: true }));
  const file = (path: string, text: string, mode = 0o644) => ({ path, content: Buffer.from(text), mode });

  it("hold exactly the files, changed ones replaced, gone ones removed, others untouched", async () => {
    const folder = join(root, "v");
    await writeFiles(folder, [file("same", "1"), file("sub/changes", "1", 0o600), file("goes", "1")]);
    const before = await stat(join(folder, "same"));
    await writeFiles(folder, [file("same", "1"), file("sub/changes", "2", 0o600)]);
    assert.deepEqual((await readdir(folder)).sort(), ["same", "sub"]);
    assert.equal(await readFile(join(folder, "sub/changes"), "utf8"), "2");
    assert.equal((await stat(join(folder, "sub/changes"))).mode & 0o777, 0o600);
    assert.equal((await stat(join(folder, "same"))).ino, before.ino);
  });

  it("lie in the pod's folder, but a claim's outlives the pod", () => {
    const pod = buildPod({
      containers: [
        buildContainer({
          volumeMounts: [
            { name: "a", mountPath: "/a/" },
            { name: "c", mountPath: "/c" },
          ],
        }),
      ],
      volumes: [
        { name: "a", emptyDir: {} },
        { name: "c", persistentVolumeClaim: { claimName: "data" } },
      ],
    });
    assert.deepEqual(Object.fromEntries(mountPlaces(pod, volumeDirectories("/root", pod))), {
      "/a": "/root/demo_pod_11111111-2222-3333-4444-555555555555/volumes/a",
      "/c": "/root/claims/demo_data",
    });
  });
});
