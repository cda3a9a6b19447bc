// Kubeconfig files: who a program is, and where the API server listens.
import { KubeConfig } from "@kubernetes/client-node";
import type { KeyPair } from "./certificates.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A kubeconfig with everything embedded, so that it works when it is copied elsewhere on this machine. */
export function buildKubeconfig(
  server: string,
  authorityCertificate: string,
  user: string,
  pair: KeyPair,
): string {
  const name = "spot-balancer-local";
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name, server, caData: base64(authorityCertificate), skipTLSVerify: false }],
    users: [{ name: user, certData: base64(pair.certificate), keyData: base64(pair.privateKey) }],
    contexts: [{ name, cluster: name, user }],
    currentContext: name,
  });
  return config.exportConfig();
}
