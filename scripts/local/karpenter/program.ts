// Brings the real Karpenter with its kwok provider, and the definitions of its kinds: from its Go module, which go.sum pins.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { KubernetesObject } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { cacheDir } from "../environment.ts";
import { madeOnce } from "../madeOnce.ts";
import { buildFlags, goEnv, goModule } from "../tools/goModule.ts";

const module = "sigs.k8s.io/karpenter";
const cwd = import.meta.dirname;

interface Karpenter {
  executable: string;
  /** NodePools, NodeClaims, NodeOverlays and the kwok provider's node classes. */
  definitions: KubernetesObject[];
}

/** Builds it where it is not cached: under two minutes on two cores that do nothing else. */
export async function bringKarpenter(): Promise<Karpenter> {
  const { Dir, Version } = await goModule(module, cwd);
  const name = `karpenter-kwok-${Version}-${process.platform}-${process.arch}`;
  const executable = await madeOnce(join(cacheDir, "tools", name), (draft) => {
    const args = ["build", ...buildFlags, `-o=${draft}`, `${module}/kwok`];
    return promisify(execFile)("go", args, { cwd, env: goEnv });
  });
  const definitions = ["pkg/apis/crds", "kwok/apis/crds"].flatMap((path) =>
    readdirSync(join(Dir, path)).flatMap((file) =>
      parseAllDocuments(readFileSync(join(Dir, path, file), "utf8")).map(
        (document) => document.toJS() as KubernetesObject,
      ),
    ),
  );
  return { executable, definitions };
}

/** Its own log goes to `onOutput`. */
export function startKarpenter(
  { executable }: Karpenter,
  kubeconfig: string,
  onOutput: (text: string) => void,
): ChildProcess {
  const child = spawn(executable, [], {
    env: {
      PATH: process.env["PATH"],
      KUBECONFIG: kubeconfig,
      SYSTEM_NAMESPACE: "kube-system",
      DISABLE_LEADER_ELECTION: "true",
      METRICS_PORT: "0", // any
      HEALTH_PROBE_PORT: "0",
      BATCH_IDLE_DURATION: "1s",
    },
  });
  child.stdout.on("data", (chunk) => onOutput(String(chunk)));
  child.stderr.on("data", (chunk) => onOutput(String(chunk)));
  return child;
}
