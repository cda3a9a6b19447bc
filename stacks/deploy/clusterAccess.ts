// The way into a cluster that the program itself asks something, before it creates anything there.
import type { KubeConfig } from "@kubernetes/client-node";
import type * as Kubernetes from "@kubernetes/client-node";
import { parse } from "yaml";

/** A cluster, and which of the kubeconfig's contexts leads to it. */
export interface ClusterAccess {
  /** YAML. */
  kubeconfig: string;
  context?: string | undefined;
}

export type Client = typeof Kubernetes;

interface Kubeconfig {
  users?: { user?: { exec?: { args?: string[] } } }[];
}

/** @throws Error that says what is wrong, and quotes nothing of the kubeconfig, which is a secret */
export async function openCluster({ kubeconfig, context }: ClusterAccess): Promise<[KubeConfig, Client]> {
  read(kubeconfig);
  // Costs half a second, which only stacks with a cluster pay.
  const client = await import("@kubernetes/client-node");
  const config: KubeConfig = new client.KubeConfig();
  config.loadFromString(kubeconfig);
  if (context !== undefined) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context))
      throw new Error(`it has no context "${context}": expected one of ${known.join(", ")}`);
    config.setCurrentContext(context);
  }
  return [config, client];
}

/**
 * Whether the login that the kubeconfig names would wait for a person with a browser, whom nobody would tell: kubelogin
 * by device code, which is what AKS writes, unless the environment says otherwise.
 * @throws as `openCluster`
 */
export function loginAsksAPerson(kubeconfig: string, env: NodeJS.ProcessEnv): boolean {
  if (env["AAD_LOGIN_METHOD"] !== undefined) return false;
  const { users = [] } = read(kubeconfig);
  return users.some(({ user }) =>
    user?.exec?.args?.some((arg) => ["devicecode", "interactive"].includes(arg)),
  );
}

function read(kubeconfig: string): Kubeconfig {
  let found: unknown;
  try {
    found = parse(kubeconfig);
  } catch {
    // The parser's own message quotes the line.
  }
  if (typeof found !== "object" || found === null)
    throw new Error("its kubeconfig cannot be read: expected YAML with clusters, users and contexts");
  return found;
}
