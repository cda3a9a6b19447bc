// A real etcd and API server without controllers, in a folder of their own: for those who read, and need nothing to run.
// With a scheduler besides, where only that is looked at: no other program changes nodes or pods.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ControlPlane } from "../controlPlane.ts";
import { environmentPaths } from "../processes/paths.ts";
import { ensureTools } from "../tools/index.ts";
import type { KeyPair } from "./certificates.ts";
import { choosePorts } from "./ports.ts";

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
  const storage = await ensureTools(["etcd", "kube-apiserver"], { report });
  const tools = { ...storage, ...(withScheduler && (await ensureTools(["kube-scheduler"], { report }))) };
  const { ports } = await choosePorts({ file: join(paths.run, "ports.json"), random: Math.random });
  const controlPlane = await ControlPlane.prepare({ tools, paths, ports });
  const stop = async (): Promise<void> => {
    await controlPlane.stop();
    rmSync(folder, { recursive: true });
  };
  try {
    await controlPlane.start();
  } catch (error) {
    await stop();
    throw error;
  }
  const { authority, pairs } = controlPlane.pki;
  const url = `https://127.0.0.1:${ports.etcd}`;
  const etcd = { url, ca: authority.certificate, keyPair: pairs.admin };
  return { kubeconfig: controlPlane.kubeconfig, folder, etcd, stop };
}
