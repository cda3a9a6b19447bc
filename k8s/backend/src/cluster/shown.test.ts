import assert from "node:assert/strict";
import { nameless, shown, showsOf } from "./shown.ts";

describe("what everybody sees of the cluster", () => {
  const pod = (namespace: string) => ({ namespace, name: "p", owner: "Deployment/p", cpuCores: 2 });
  const same = <T>(object: T): T => object;
  const settings: [setting: string, namespace: string, isShown: boolean][] = [
    ["", "demo", false],
    ["", "", false],
    ["*", "demo", true],
    ["demo, banking", "banking", true],
    ["demo,banking", "kube-system", false],
    ["demo", "constructor", false],
  ];
  for (const [setting, namespace, isShown] of settings) {
    it(`${isShown ? "names" : "does not name"} ${namespace || "nothing"} when the setting is "${setting}"`, () => {
      assert.equal(showsOf(setting)(namespace), isShown);
    });
  }

  it("leaves a pod of another namespace its size, and nothing that names it", () => {
    const slim = nameless(showsOf("demo"), same<ReturnType<typeof pod>>);
    assert.deepEqual(slim(pod("demo")), pod("demo"));
    assert.deepEqual(slim(pod("secret")), { namespace: "", name: "", owner: null, cpuCores: 2 });
  });

  it("has nothing else of another namespace", () => {
    const slim = shown(showsOf("demo"), same<ReturnType<typeof pod>>);
    assert.deepEqual([slim(pod("demo")), slim(pod("secret"))], [pod("demo"), undefined]);
  });
});
