import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { prometheusRelease, toolSpecs } from "./table.ts";
import { atLeast, formatVersion, goModOf, parseVersion, requiredVersion } from "./version.ts";

describe("versions of tools", () => {
  it("are found in what programs say of themselves", () => {
    const said = {
      "etcd Version: 3.6.16\nGit SHA: Not provided\nGo Version: go1.26.8": "3.6.16",
      "Kubernetes v1.36.3": "1.36.3",
      "kwok version v0.8.0 go1.26.8 (linux/amd64)": "0.8.0",
      "prometheus, version 3.15.0 (branch: HEAD, revision: abc)": "3.15.0",
    };
    for (const [text, version] of Object.entries(said))
      assert.equal(formatVersion(parseVersion(text)!), version);
    assert.equal(parseVersion("unknown (devel)"), undefined);
  });

  it("are compared number by number", () => {
    const version = { major: 3, minor: 10, patch: 2 };
    assert.ok(atLeast(version, "3.9.9") && atLeast(version, "3.10.2"));
    assert.ok(!atLeast(version, "3.10.3") && !atLeast(version, "4.0.0"));
  });

  it("come from go.mod, which names every program's package too, or with a wheel", () => {
    for (const { name, version, go, wheel } of Object.values(toolSpecs)) {
      assert.notDeepEqual(version(), { major: 0, minor: 0, patch: 0 }, name);
      if (go) assert.match(goModOf(), new RegExp(`^(tool |\\t)${go.package}$`, "m"), go.package);
      else assert.ok(wheel, name);
    }
  });

  it("of Traefik's wheel is that of the image in the cluster", () => {
    const deployment = readFileSync("k8s/gateway/deployment.yaml", "utf8");
    assert.match(deployment, new RegExp(`library/traefik:v${formatVersion(toolSpecs.traefik.version())}@`));
  });

  it("say which release belongs to Prometheus' module", () => {
    assert.equal(formatVersion(prometheusRelease({ major: 0, minor: 315, patch: 2 })), "3.15.2");
  });

  it("of a module that go.mod does not require are an error", () => {
    assert.throws(() => requiredVersion("example.com/none"), /requires no version of example.com\/none/);
  });
});

describe("official releases", () => {
  const github = "https://github.com";
  const platforms = [
    [
      "etcd",
      `${github}/etcd-io/etcd/releases/download/v1.2.3/etcd-v1.2.3-linux-arm64.tar.gz`,
      "etcd-v1.2.3-linux-arm64/etcd",
    ],
    ["kube-scheduler", "https://dl.k8s.io/release/v1.2.3/bin/linux/arm64/kube-scheduler"],
    ["kwok", `${github}/kubernetes-sigs/kwok/releases/download/v1.2.3/kwok-linux-arm64`],
    [
      "metrics-server",
      `${github}/kubernetes-sigs/metrics-server/releases/download/v1.2.3/metrics-server-linux-arm64`,
    ],
    [
      "prometheus",
      `${github}/prometheus/prometheus/releases/download/v1.2.3/prometheus-1.2.3.linux-arm64.tar.gz`,
      "prometheus-1.2.3.linux-arm64/prometheus",
    ],
  ] as const;
  for (const [name, ...expected] of platforms) {
    it(`of ${name} are named as their project names them`, () => {
      assert.deepEqual(Object.values(toolSpecs[name].download!("1.2.3", "arm64")), expected);
    });
  }
});
