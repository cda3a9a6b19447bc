import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../waitFor.ts";
import { cadvisorMetrics, kubeletMetrics, resourceMetrics, type ContainerUsage } from "./metricsText.ts";
import { NodeUsage } from "./nodeUsage.ts";
import { buildContainer, buildPod } from "./testing/build.ts";
import { tidy } from "./tidy.ts";
import { parseResident, parseStat } from "./usage.ts";

describe("usage of process groups", () => {
  it("reads /proc", () => {
    // proc_pid_stat(5): a name with spaces and parentheses, group 77, times 150 + 50 + 30 + 20 ticks.
    const stat = "123 (a (b) c) S 1 77 77 0 -1 4194304 1 2 3 4 150 50 30 20 20 0 11 0 9999";
    assert.deepEqual(parseStat(stat), { group: 77, cpuSeconds: 2.5 });
    assert.equal(parseResident("Name:\tx\nVmRSS:\t    2048 kB\nVmData: 1 kB\n"), 2 * 2 ** 20);
    assert.equal(parseResident("Name:\tkthread\n"), 0);
  });

  it("measures a real process, and forgets none of its time when it ends", async function () {
    const child = spawn(process.execPath, ["-e", "for (;;);"], { detached: true, stdio: "ignore" });
    const usage = new NodeUsage();
    const measured = {
      pod: buildPod(),
      container: buildContainer(),
      process: { pid: child.pid as number, startedAt: new Date() },
    };
    try {
      const busy = await waitFor(
        async () => {
          const found = await usage.measure(() => [measured]);
          return (found.containers[0]?.cpuSeconds ?? 0) > 0.1 && found;
        },
        { what: "a tenth of a second of CPU", timeoutMs: 50_000, intervalMs: 20 },
      );
      assert.ok((busy.containers[0]?.memoryBytes ?? 0) > 2 ** 20);
      const ended = await usage.measure(() => []);
      assert.deepEqual(ended.containers, []);
      assert.equal(ended.node.cpuSeconds, busy.node.cpuSeconds);
    } finally {
      child.kill("SIGKILL");
    }
  });
});

describe("metrics pages", () => {
  const startedAt = new Date(1000);
  const one: ContainerUsage = { namespace: "demo", pod: "web", container: "a", image: 'x"y', startedAt, cpuSeconds: 1.5, memoryBytes: 100 }; // prettier-ignore
  const two: ContainerUsage = { ...one, container: "b", cpuSeconds: 0.5, memoryBytes: 10 };

  it("tell metrics-server containers, pods and the node, with times", () => {
    const text = resourceMetrics([one, two], { cpuSeconds: 9, memoryBytes: 110 }, 5000);
    for (const line of [
      'container_cpu_usage_seconds_total{container="a",namespace="demo",pod="web"} 1.5 5000',
      'container_memory_working_set_bytes{container="b",namespace="demo",pod="web"} 10 5000',
      'container_start_time_seconds{container="a",namespace="demo",pod="web"} 1',
      "node_cpu_usage_seconds_total 9 5000",
      "node_memory_working_set_bytes 110 5000",
      'pod_cpu_usage_seconds_total{namespace="demo",pod="web"} 2 5000',
      'pod_memory_working_set_bytes{namespace="demo",pod="web"} 110 5000',
    ])
      assert.ok(text.split("\n").includes(line), line);
  });

  it("tell Prometheus containers with node and image, without times", () => {
    const text = cadvisorMetrics([one], "node-0");
    const labels = '{container="a",image="x\\"y",namespace="demo",node="node-0",pod="web"}';
    assert.ok(text.includes(`# TYPE container_cpu_usage_seconds_total counter\ncontainer_cpu_usage_seconds_total${labels} 1.5\n`)); // prettier-ignore
  });

  it("tell what the node runs", () => {
    const text = kubeletMetrics("node-0", [{ processes: [1, 2] }, { processes: [] }]);
    for (const line of [
      'kubelet_node_name{node="node-0"} 1',
      "kubelet_running_pods 1",
      'kubelet_running_containers{container_state="running"} 2',
    ])
      assert.ok(text.split("\n").includes(line), line);
  });
});

describe("what stays of ended pods", () => {
  it("is the logs, of the newest ones", async () => {
    const root = await mkdtemp(join(tmpdir(), "tidy-"));
    const uid = (digit: number) => `${digit}1111111-2222-3333-4444-555555555555`;
    for (const digit of [1, 2, 3]) {
      const folder = join(root, `demo_pod_${uid(digit)}`);
      await mkdir(join(folder, "volumes"), { recursive: true });
      await writeFile(join(folder, "volumes", "token"), "secret");
      await writeFile(join(folder, "main.log"), "x");
      await utimes(folder, digit, digit);
    }
    await mkdir(join(root, "claims"));
    await tidy(root, new Set([uid(3)]), 1);
    assert.deepEqual((await readdir(root)).sort(), ["claims", `demo_pod_${uid(2)}`, `demo_pod_${uid(3)}`]);
    assert.deepEqual(await readdir(join(root, `demo_pod_${uid(2)}`)), ["main.log"]);
    assert.deepEqual((await readdir(join(root, `demo_pod_${uid(3)}`))).sort(), ["main.log", "volumes"]);
    await rm(root, { recursive: true });
  });
});
