// A real etcd and API server without controllers, and a fast way to fill them: straight into etcd.
//
// Creating 30,000 pods through kwok takes 500 s at 60 a second. What is measured is the reading, and the API server
// decodes, defaults and serves what lies in etcd as it serves everything else.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { buildKubeconfig } from "../../local/controlPlane/kubeconfig.ts";
import { type Pki, ensurePki } from "../../local/controlPlane/pki.ts";
import { choosePorts } from "../../local/controlPlane/ports.ts";
import * as programs from "../../local/controlPlane/programs.ts";
import { environmentPaths } from "../../local/supervisor/paths.ts";
import { Program } from "../../local/supervisor/program.ts";
import { ensureTools } from "../../local/tools/index.ts";
import { environmentTools } from "../../local/tools/table.ts";
import type { Stored } from "./objects.ts";

export interface BenchServer {
  /** Path of the administrator's kubeconfig. */
  kubeconfig: string;
  /** Folder of its own, removed by `stop`. */
  folder: string;
  /** Writes objects where the API server reads them. */
  fill(objects: Iterable<Stored>): Promise<void>;
  stop(): Promise<void>;
}

export async function startServer(report: (line: string) => void): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), "spot-balancer-bench-"));
  const paths = environmentPaths(folder);
  mkdirSync(paths.run, { recursive: true });
  const tools = await ensureTools(environmentTools, { report });
  const { ports } = await choosePorts({ file: join(paths.run, "ports.json"), random: Math.random });
  const pki = await ensurePki(paths.pki, new Date());
  const unused = { controllerManager: "", scheduler: "", kwok: "", metricsServer: "" };
  const inputs = { tools, paths, ports, pki, kubeconfigs: unused };
  const etcd = new Program(programs.etcd(inputs), paths);
  const apiServer = new Program(programs.apiServer(inputs), paths);
  const server = `https://127.0.0.1:${ports.apiServer}`;
  const kubeconfig = buildKubeconfig(server, pki.authority.certificate, "admin", pki.pairs.admin);
  writeFileSync(paths.kubeconfig, kubeconfig, { mode: 0o600 });

  const stop = async (): Promise<void> => {
    await apiServer.stop();
    await etcd.stop();
    rmSync(folder, { recursive: true });
  };
  try {
    await etcd.start();
    await apiServer.start();
  } catch (error) {
    await stop();
    throw error;
  }
  const fill = (objects: Iterable<Stored>) => fillEtcd(`https://127.0.0.1:${ports.etcd}`, pki, objects);
  return { kubeconfig: paths.kubeconfig, folder, fill, stop };
}

/** etcd takes at most 128 operations and 1.5 MiB in a transaction. */
const batchSize = 100;

async function fillEtcd(url: string, pki: Pki, objects: Iterable<Stored>): Promise<void> {
  const { certificate: cert, privateKey: key } = pki.pairs.admin;
  const agent = new Agent({ keepAlive: true, ca: pki.authority.certificate, cert, key });
  const put = async (batch: Stored[]): Promise<void> => {
    const success = batch.map(([path, object]) => ({
      requestPut: { key: base64(`/registry/${path}`), value: base64(JSON.stringify(object)) },
    }));
    await post(`${url}/v3/kv/txn`, JSON.stringify({ success }), agent);
  };
  try {
    let batch: Stored[] = [];
    for (const object of objects) {
      batch.push(object);
      if (batch.length < batchSize) continue;
      await put(batch);
      batch = [];
    }
    if (batch.length > 0) await put(batch);
  } finally {
    agent.destroy();
  }
}

const base64 = (value: string) => Buffer.from(value).toString("base64");

function post(url: string, body: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: "POST", agent }, (response) => {
      text(response).then((answer) => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`etcd answers ${response.statusCode}: ${answer.slice(0, 300)}`));
      }, reject);
    });
    call.on("error", reject);
    call.end(body);
  });
}
