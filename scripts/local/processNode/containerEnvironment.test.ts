import assert from "node:assert/strict";
import type { V1Container } from "@kubernetes/client-node";
import { containerEnvironment } from "./containerEnvironment.ts";
import { buildContainer, buildPod, buildSources, facts } from "./testing/build.ts";

const sources = buildSources(
  { settings: { LEVEL: "debug", SHARED: "config" } },
  { login: { PASSWORD: "s3cret" } },
);

function resolve(change: Partial<V1Container>) {
  const base = new Map([["BASE", "base"]]);
  const pod = buildPod({});
  const result = containerEnvironment(pod, buildContainer(change), base, sources, facts);
  return { ...result, values: Object.fromEntries(result.values) };
}

describe("environment of a container", () => {
  it("takes base, then envFrom, then env; the later one wins and sees the earlier ones", () => {
    const { values, problems } = resolve({
      envFrom: [{ configMapRef: { name: "settings" } }, { prefix: "DB_", secretRef: { name: "login" } }],
      env: [
        { name: "LEVEL", value: "$(LEVEL)-$(BASE)" },
        { name: "URL", value: "user:$(DB_PASSWORD)@$(LATER)" },
        { name: "LATER", value: "x" },
      ],
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(values, {
      BASE: "base",
      SHARED: "config",
      DB_PASSWORD: "s3cret",
      LEVEL: "debug-base",
      URL: "user:s3cret@$(LATER)",
      LATER: "x",
    });
  });

  it("knows which values are Secrets' contents", () => {
    const { secret } = resolve({
      envFrom: [{ secretRef: { name: "login" } }],
      env: [{ name: "PASSWORD", value: "overridden" }, { name: "P", valueFrom: { secretKeyRef: { name: "login", key: "PASSWORD" } } }], // prettier-ignore
    });
    assert.deepEqual([...secret], ["P"]);
  });

  const fields: [fieldPath: string, expected: string][] = [
    ["metadata.name", "pod"],
    ["metadata.namespace", "demo"],
    ["spec.nodeName", "node-0"],
    ["status.podIP", "127.100.0.1"],
  ];
  for (const [fieldPath, expected] of fields)
    it(`fieldRef ${fieldPath}`, () => {
      const { values } = resolve({ env: [{ name: "X", valueFrom: { fieldRef: { fieldPath } } }] });
      assert.equal(values["X"], expected);
    });

  it("collects everything that is missing", () => {
    const { problems } = resolve({
      envFrom: [{ configMapRef: { name: "none" } }, { secretRef: { name: "gone" } }],
      env: [
        { name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "nokey" } } },
        { name: "B", valueFrom: { secretKeyRef: { name: "nosecret", key: "k" } } },
        { name: "C", valueFrom: { fieldRef: { fieldPath: "status.phase" } } },
      ],
    });
    assert.deepEqual(problems, [
      'ConfigMap "none" not found (envFrom)',
      'Secret "gone" not found (envFrom)',
      'A: no key "nokey" in ConfigMap "settings"',
      'B: no key "k" in Secret "nosecret"',
      "C: fieldRef status.phase is not supported",
    ]);
  });

  it("leaves out what is missing but optional", () => {
    const { values, problems } = resolve({
      envFrom: [{ configMapRef: { name: "none", optional: true } }],
      env: [{ name: "A", valueFrom: { secretKeyRef: { name: "no", key: "k", optional: true } } }],
    });
    assert.deepEqual({ values, problems }, { values: { BASE: "base" }, problems: [] });
  });
});
