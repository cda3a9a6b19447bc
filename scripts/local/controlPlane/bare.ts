// A real etcd and API server without controllers, in a folder of their own: for those who read, and need nothing to run.
// With a scheduler besides, where only that is looked at: no other program changes nodes or pods.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environmentPaths } from "../processes/paths.ts";
import { Program } from "../processes/program.ts";
import { ensureTools } from "../tools/index.ts";
import type { KeyPair } from "./certificates.ts";
import { buildKubeconfig } from "./kubeconfig.ts";
import { ensurePki } from "./pki.ts";
import { choosePorts } from "./ports.ts";
import * as programs from "./programs.ts";

export interface BareControlPlane {
  /** Path of the administrator's kubeconfig. */
  kubeconfig: string;
  /** Folder of its own, removed by `stop`. */
  folder: string;
  /** Where etcd answers, to whom the administrator's key pair opens it, and by which authority (PEM) it is signed. */
  etcd: { url: string; ca: string; keyPair: KeyPair };
  stop(): Promise<void>;
}

export async function startBareControlPlane(
  report: (line: string) => void,
  { withScheduler = false } = {},
): Promise<BareControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), "spot-balancer-bare-"));
  const paths = environmentPaths(folder);
  mkdirSync(paths.run, { recursive: true });
  const tools = await ensureTools(["etcd", "kube-apiserver"], { report });
  const schedulerTool = withScheduler && (await ensureTools(["kube-scheduler"], { report }));
  const { ports } = await choosePorts({ file: join(paths.run, "ports.json"), random: Math.random });
  const pki = await ensurePki(paths.pki, new Date());
  const inputs = { tools, paths, ports, pki };
  const etcd = new Program(programs.etcd(inputs), paths);
  const apiServer = new Program(programs.apiServer(inputs), paths);
  const server = `https://127.0.0.1:${ports.apiServer}`;
  const ca = pki.authority.certificate;
  writeFileSync(paths.kubeconfig, buildKubeconfig(server, ca, "admin", pki.pairs.admin), { mode: 0o600 });

  const kubeconfig = join(folder, "scheduler-kubeconfig");
  writeFileSync(kubeconfig, buildKubeconfig(server, ca, "scheduler", pki.pairs.scheduler), { mode: 0o600 });
  const scheduler =
    schedulerTool &&
    new Program(programs.scheduler({ ports, pki, tools: schedulerTool, kubeconfigs: { scheduler: kubeconfig } }), paths); // prettier-ignore

  const stop = async (): Promise<void> => {
    if (scheduler) await scheduler.stop();
    await apiServer.stop();
    await etcd.stop();
    rmSync(folder, { recursive: true });
  };
  try {
    await etcd.start();
    await apiServer.start();
    if (scheduler) await scheduler.start();
  } catch (error) {
    await stop();
    throw error;
  }
  const url = `https://127.0.0.1:${ports.etcd}`;
  return { kubeconfig: paths.kubeconfig, folder, etcd: { url, ca, keyPair: pki.pairs.admin }, stop };
}
