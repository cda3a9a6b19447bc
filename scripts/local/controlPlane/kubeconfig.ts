// Kubeconfig files: who a program is, and where the API server listens.
import { stringify } from "yaml";
import type { KeyPair } from "./certificates.ts";

/** A kubeconfig with everything embedded, so that it works when it is copied elsewhere on this machine. */
export function buildKubeconfig(
  server: string,
  authorityCertificate: string,
  user: string,
  pair: KeyPair,
): string {
  const name = "spot-balancer-local";
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user } }],
    clusters: [{ name, cluster: { server, "certificate-authority-data": base64(authorityCertificate) } }],
    users: [
      {
        name: user,
        user: {
          "client-certificate-data": base64(pair.certificate),
          "client-key-data": base64(pair.privateKey),
        },
      },
    ],
  });
}
