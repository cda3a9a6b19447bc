import assert from "node:assert/strict";
import type { V1PodSpec } from "@kubernetes/client-node";
import { podRefusal } from "./support.ts";
import { buildContainer, buildPod, executables } from "./testing/build.ts";

describe("refusal of pods", () => {
  const refuse = (spec: Partial<V1PodSpec>) => podRefusal(buildPod(spec), executables);
  const probe = { grpc: { port: 1 } };

  it("takes what it supports", () => {
    const container = buildContainer({
      livenessProbe: { httpGet: { port: 1 } },
      volumeMounts: [
        { name: "a", mountPath: "/a" },
        { name: "c", mountPath: "/host/proc", readOnly: true },
      ],
    });
    const volumes = [
      { name: "a", emptyDir: {} },
      { name: "b", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } },
      { name: "c", hostPath: { path: "/proc" } },
    ];
    assert.equal(refuse({ containers: [container], volumes }), undefined);
  });

  const table: [what: string, spec: Partial<V1PodSpec>, reason: string, message: RegExp][] = [
    ["an image without a program", { containers: [buildContainer({ image: "nginx" })] }, "ErrImageNeverPull", /nginx/],
    ["an NFS share", { volumes: [{ name: "v", nfs: { path: "/", server: "s" } }] }, "UnsupportedVolume", /volume v: nfs .*supported volumes: configMap/],
    ["a hostPath to write to", { volumes: [{ name: "v", hostPath: { path: "/" } }], containers: [buildContainer({ volumeMounts: [{ name: "v", mountPath: "/host" }] })] }, "UnsupportedPod", /hostPath at \/host that is not readOnly/],
    ["a projected trust bundle", { volumes: [{ name: "v", projected: { sources: [{ clusterTrustBundle: { path: "x" } }] } }] }, "UnsupportedVolume", /projected clusterTrustBundle/],
    ["the host's network", { hostNetwork: true }, "UnsupportedPod", /hostNetwork/],
    ["a gRPC probe", { containers: [buildContainer({ readinessProbe: probe })] }, "UnsupportedPod", /main: readinessProbe.grpc/],
    ["an init container", { initContainers: [buildContainer({ name: "first" })] }, "UnsupportedPod", /initContainers/],
    ["a deadline of its own", { activeDeadlineSeconds: 5 }, "UnsupportedPod", /activeDeadlineSeconds/],
    ["readiness gates", { readinessGates: [{ conditionType: "a/b" }] }, "UnsupportedPod", /readinessGates/],
    ["a preStop hook", { containers: [buildContainer({ lifecycle: { preStop: { sleep: { seconds: 1 } } } })] }, "UnsupportedPod", /main: lifecycle.preStop/],
    ["a working directory", { containers: [buildContainer({ workingDir: "/srv" })] }, "UnsupportedPod", /main: workingDir/],
    ["a part of a volume", { containers: [buildContainer({ volumeMounts: [{ name: "v", mountPath: "/v", subPath: "a" }] })] }, "UnsupportedPod", /subPath of \/v/],
    ["a container's own resources as a variable", { containers: [buildContainer({ env: [{ name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }] })] }, "UnsupportedPod", /resourceFieldRef of CPU/],
    ["a downwardAPI volume", { volumes: [{ name: "v", downwardAPI: {} }] }, "UnsupportedVolume", /volume v: downwardAPI/],
    ["a privileged container", { containers: [buildContainer({ securityContext: { privileged: true } })] }, "UnsupportedPod", /privileged/],
  ]; // prettier-ignore
  for (const [what, spec, reason, message] of table)
    it(what, () => {
      const refusal = refuse(spec);
      assert.equal(refusal?.reason, reason);
      assert.match(refusal.message, message);
    });

  it("refuses one mount path for two volumes", () => {
    const mounting = (name: string, volume: string) =>
      buildContainer({ name, volumeMounts: [{ name: volume, mountPath: "/x" }] });
    const spec = { containers: [mounting("a", "one"), mounting("b", "two")] };
    assert.match(refuse(spec)?.message ?? "", /\/x is another volume in another container/);
    assert.equal(refuse({ containers: [mounting("a", "one"), mounting("b", "one")] }), undefined);
  });

  it("names all problems in one message", () => {
    const refusal = refuse({ hostPID: true, containers: [buildContainer({ image: "nginx", stdin: true })] });
    for (const part of [/nginx/, /hostPID/, /main: stdin/]) assert.match(refusal?.message ?? "", part);
  });
});
