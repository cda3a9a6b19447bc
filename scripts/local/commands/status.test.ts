import assert from "node:assert/strict";
import type { Environment } from "../environment.ts";
import type { SupervisorStatus } from "../processes/status.ts";
import { formatStatus } from "./status.ts";

const environment: Environment = {
  supervisorPid: 10,
  supervisorSocket: "/state/run/supervisor.sock",
  kubeconfig: "/state/kubeconfig",
  apiServer: "https://127.0.0.1:6443",
  providers: { "azure-native": "127.0.0.1:23456", kubernetes: "127.0.0.1:2", random: "127.0.0.1:3" },
};

describe("the status of the local environment", () => {
  it("lists what runs, and where it answers", () => {
    const status: SupervisorStatus = {
      phase: "ready",
      pid: 10,
      components: [
        { name: "etcd", state: "running", pid: 11 },
        { name: "emulated-azure", state: "running" },
      ],
    };
    assert.equal(
      formatStatus(status, environment),
      `supervisor      ready    10
etcd            running  11
emulated-azure  running

API server      https://127.0.0.1:6443
kubeconfig      /state/kubeconfig
emulated Azure  127.0.0.1:23456`,
    );
  });

  it("says where the page and Prometheus answer, once they are deployed", () => {
    const text = formatStatus({ phase: "ready", pid: 10, components: [] }, environment, {
      page: "http://127.158.0.1",
      prometheus: "http://127.110.3.7:9090",
    });
    assert.match(text, /^Prometheus {6}http:\/\/127\.110\.3\.7:9090\npage {12}http:\/\/127\.158\.0\.1$/m);
  });

  it("ends with every problem, each once", () => {
    const crash = "etcd ended with SIGKILL. The end of its log (/state/logs/etcd.log):\n    disk full";
    const status: SupervisorStatus = {
      phase: "failed",
      pid: 10,
      problem: crash,
      components: [
        { name: "etcd", state: "crashed", problem: crash },
        { name: "kwok", state: "crashed", problem: "kwok ended with exit code 1." },
      ],
    };
    assert.equal(
      formatStatus(status, undefined),
      `supervisor  failed   10
etcd        crashed
kwok        crashed

${crash}

kwok ended with exit code 1.`,
    );
  });
});
