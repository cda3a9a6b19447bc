// The real Prometheus with the configuration that ships: its jobs, limits and rules, with targets that a test plays.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { freePort, projectRoot } from "../../local/index.ts";
import type { PlayedTarget } from "./playedTargets.ts";

const shipped = join(projectRoot, "k8s", "prometheus");

interface Job {
  job_name: string;
  kubernetes_sd_configs?: { role: PlayedTarget["role"]; namespaces?: { names: string[] } }[];
  metric_relabel_configs?: object[];
}

export interface Result {
  metric: Record<string, string>;
  value: [number, string];
}

export class RealPrometheus {
  url = "";
  #process: ChildProcess | undefined;
  readonly #executable: string;
  readonly #folder: string;
  readonly #targets: PlayedTarget[];

  constructor(executable: string, folder: string, targets: PlayedTarget[]) {
    this.#executable = executable;
    this.#folder = folder;
    this.#targets = targets;
  }

  /** @param mutilate takes away from the jobs what the test wants to see missing */
  async start(mutilate: (jobs: Job[]) => void = () => undefined): Promise<void> {
    mkdirSync(this.#folder, { recursive: true });
    for (const name of readdirSync(join(shipped, "rules"))) {
      if (name.endsWith(".rules.yml")) copyFileSync(join(shipped, "rules", name), join(this.#folder, name));
    }
    const file = join(this.#folder, "prometheus.yml");
    writeFileSync(file, stringify(this.#settings(mutilate)));
    const address = `127.0.0.1:${await freePort(new Set())}`;
    this.url = `http://${address}`;
    this.#process = spawn(
      this.#executable,
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${this.#folder}/data`,
        `--web.listen-address=${address}`,
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let log = "";
    this.#process.stderr?.on("data", (chunk) => (log = (log + String(chunk)).slice(-4000)));
    while (!(await fetch(`${this.url}/-/ready`).catch(() => undefined))?.ok) {
      if (this.#process.exitCode !== null) throw new Error(`Prometheus has ended: ${log}`);
      await delay(100);
    }
  }

  /** At `time`, seconds since 1970; now, when there is none. */
  async query(query: string, time?: number): Promise<Result[]> {
    const body = new URLSearchParams({ query, ...(time !== undefined && { time: String(time) }) });
    const response = await fetch(`${this.url}/api/v1/query`, { method: "POST", body });
    const answer = (await response.json()) as { error?: string; data?: { result: Result[] } };
    if (!answer.data) throw new Error(`${query}: ${answer.error}`);
    return answer.data.result;
  }

  /** Waits until every target was scraped, and every recorded rule evaluated, so often: at most five minutes. */
  async hasSeen(times: number): Promise<void> {
    const deadline = Date.now() + 300_000;
    const least = async (): Promise<number[]> => {
      const seen = await this.query("count_over_time(up[5m])");
      const evaluated = await this.query(
        "count_over_time(node_pool:kube_node_status_allocatable_cpu:sum[5m])",
      );
      return [...seen, ...evaluated].map(({ value }) => Number(value[1]));
    };
    for (;;) {
      const counts = await least();
      if (counts.length > this.#targets.length && Math.min(...counts) >= times) return;
      if (Date.now() > deadline) throw new Error(`Prometheus has seen too little in time: ${counts.join()}`);
      await delay(200);
    }
  }

  async stop(): Promise<void> {
    if (!this.#process || this.#process.exitCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await ended;
  }

  /** Every job as it ships, but for how it finds its targets, and how it gets in. */
  #settings(mutilate: (jobs: Job[]) => void): object {
    const settings = parse(readFileSync(join(shipped, "prometheus.yml"), "utf8")) as {
      global: object;
      rule_files: string[];
      scrape_configs: (Job & Record<string, unknown>)[];
    };
    for (const job of settings.scrape_configs) {
      const [discovery] = job.kubernetes_sd_configs ?? [];
      const found = this.#targets.filter(({ role, job: name, labels }) =>
        discovery
          ? role === discovery.role &&
            (discovery.namespaces?.names.includes(labels["__meta_kubernetes_namespace"] ?? "") ?? true)
          : name === job.job_name,
      );
      for (const key of ["kubernetes_sd_configs", "authorization", "tls_config", "scheme"]) delete job[key];
      job["static_configs"] = found.map(({ address, labels }) => ({ targets: [address], labels }));
    }
    mutilate(settings.scrape_configs);
    return {
      ...settings,
      global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
      rule_files: [join(this.#folder, "*.rules.yml")],
    };
  }
}
