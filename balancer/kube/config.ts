// Finds the way into the cluster: a kubeconfig on a laptop, the ServiceAccount's folder inside of a pod.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
// Not from the package itself, whose index brings WebSockets, tar and JSONPath along: 40 KB of the bundle, 10 MB at run time.
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { InputError, rootCause } from "../failures.ts";

/** Where Kubernetes mounts the ServiceAccount's token and the cluster's CA into every pod. */
const standardServiceAccountDir = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface KubeAccess {
  /** Path of a kubeconfig; wins over everything else. */
  kubeconfig?: string;
  /** Context in it instead of its current one. */
  context?: string;
  /** Folder with `token` and `ca.crt`; wins over $KUBECONFIG, as pods say what they mean. */
  serviceAccountDir?: string;
}

/**
 * In this order: `--kubeconfig`, `--service-account-dir`, $KUBECONFIG, ~/.kube/config, the standard folder in a pod.
 * @throws InputError when there is none, or it cannot be used
 */
export function loadKubeConfig(access: KubeAccess, env: NodeJS.ProcessEnv): KubeConfig {
  const config = new KubeConfig();
  const from = source(access, env);
  try {
    if (from.kind === "serviceAccount") useServiceAccount(config, from.dir, env);
    else if (from.kind === "file") config.loadFromFile(from.path);
    else config.loadFromDefault();
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`Cannot read the kubeconfig ${from.name}: ${rootCause(error)}`, { cause: error });
  }
  if (access.context !== undefined) config.setCurrentContext(access.context);
  checkContext(config, from.name);
  return config;
}

type Source =
  | { kind: "file"; path: string; name: string }
  | { kind: "default"; name: string }
  | { kind: "serviceAccount"; dir: string; name: string };

function source({ kubeconfig, serviceAccountDir }: KubeAccess, env: NodeJS.ProcessEnv): Source {
  if (kubeconfig !== undefined) return { kind: "file", path: kubeconfig, name: kubeconfig };
  if (serviceAccountDir !== undefined) {
    return { kind: "serviceAccount", dir: serviceAccountDir, name: serviceAccountDir };
  }
  if (env["KUBECONFIG"]) return { kind: "default", name: `$KUBECONFIG (${env["KUBECONFIG"]})` };
  const home = join(env["HOME"] ?? homedir(), ".kube", "config");
  if (existsSync(home)) return { kind: "file", path: home, name: home };
  if (env["KUBERNETES_SERVICE_HOST"]) {
    return { kind: "serviceAccount", dir: standardServiceAccountDir, name: standardServiceAccountDir };
  }
  throw new InputError(
    `No way into a cluster: expected --kubeconfig, $KUBECONFIG or ${home}, found none. Name a kubeconfig with --kubeconfig.`,
  );
}

function useServiceAccount(config: KubeConfig, dir: string, env: NodeJS.ProcessEnv): void {
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "443";
  if (!host) {
    throw new InputError(
      "A ServiceAccount folder was given, but $KUBERNETES_SERVICE_HOST is not set: is this a pod?",
    );
  }
  const missing = ["token", "ca.crt"].filter((file) => !existsSync(join(dir, file)));
  if (missing.length > 0)
    throw new InputError(`The ServiceAccount folder ${dir} lacks ${missing.join(" and ")}`);
  config.loadFromClusterAndUser(
    {
      name: "in-cluster",
      server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
      caFile: join(dir, "ca.crt"),
      skipTLSVerify: false,
    },
    // A file, not its content: the kubelet renews the token while we run.
    {
      name: "service-account",
      authProvider: { name: "tokenFile", config: { tokenFile: join(dir, "token") } },
    },
  );
}

function checkContext(config: KubeConfig, name: string): void {
  const context = config.getCurrentContext();
  if (!context)
    throw new InputError(`The kubeconfig ${name} has no current context; choose one with --context`);
  if (!config.getContextObject(context)) {
    const known = config.getContexts().map((one) => one.name);
    throw new InputError(
      `The kubeconfig ${name} has no context ${context}; it has: ${known.join(", ") || "none"}`,
    );
  }
  if (!config.getCurrentCluster()) {
    throw new InputError(
      `The context ${context} in the kubeconfig ${name} names a cluster that is not in it`,
    );
  }
}
