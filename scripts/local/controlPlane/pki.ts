// The keys and certificates of one environment, as files: made once, kept until its state folder is removed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createAuthority,
  createSigningKey,
  issueCertificate,
  type KeyPair,
  type Subject,
} from "./certificates.ts";

/** Addresses that only this cluster knows (RFC 2544's range, which is routed nowhere), so they clash with nothing. */
export const podRange = "198.19.0.1/16";

const subjects = {
  /** Every server of the control plane: all of them listen on loopback only. */
  server: {
    commonName: "spot-balancer-local",
    alternativeNames: [
      "127.0.0.1",
      "localhost",
      "kubernetes",
      "kubernetes.default",
      "kubernetes.default.svc",
      "kubernetes.default.svc.cluster.local",
      "metrics-server.kube-system.svc",
    ],
  },
  admin: { commonName: "local-admin", organizations: ["system:masters"] },
  controllerManager: { commonName: "system:kube-controller-manager" },
  scheduler: { commonName: "system:kube-scheduler" },
  kwok: { commonName: "kwok", organizations: ["system:masters"] },
  metricsServer: { commonName: "metrics-server", organizations: ["system:masters"] },
  /** With this one the API server asks a kubelet for logs. */
  kubeletClient: { commonName: "kube-apiserver-kubelet-client", organizations: ["system:masters"] },
  /** With this one the API server introduces itself, and its user, to the metrics API. */
  aggregator: { commonName: "aggregator" },
} satisfies Record<string, Subject>;

export type CertificateName = keyof typeof subjects;

export interface Pki {
  authority: KeyPair & { certificateFile: string };
  /** Key pairs by name, and the files that hold them. */
  pairs: Record<CertificateName, KeyPair & { certificateFile: string; privateKeyFile: string }>;
  /** For ServiceAccount tokens. */
  signing: { privateKeyFile: string; publicKeyFile: string };
}

/** Reads the environment's keys and certificates from `folder`, and makes those that are missing. */
export async function ensurePki(folder: string, now: Date): Promise<Pki> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const authority = await ensurePair(folder, "ca", () => createAuthority("spot-balancer-local-ca", now));
  const names = Object.keys(subjects) as CertificateName[];
  const pairs = await Promise.all(
    names.map(async (name) => {
      const pair = await ensurePair(folder, name, () => issueCertificate(authority, subjects[name], now));
      return [name, pair] as const;
    }),
  );
  const signing = { privateKeyFile: join(folder, "tokens.key"), publicKeyFile: join(folder, "tokens.pub") };
  if (!existsSync(signing.publicKeyFile)) {
    const key = createSigningKey();
    writePrivate(signing.privateKeyFile, key.privateKey);
    writePrivate(signing.publicKeyFile, key.publicKey);
  }
  return { authority, pairs: Object.fromEntries(pairs) as Pki["pairs"], signing };
}

async function ensurePair(folder: string, name: string, create: () => Promise<KeyPair>) {
  const certificateFile = join(folder, `${name}.crt`);
  const privateKeyFile = join(folder, `${name}.key`);
  // The certificate is written last, so where it exists its key does too.
  if (!existsSync(certificateFile)) {
    const pair = await create();
    writePrivate(privateKeyFile, pair.privateKey);
    writePrivate(certificateFile, pair.certificate);
  }
  return {
    certificate: readFileSync(certificateFile, "utf8"),
    privateKey: readFileSync(privateKeyFile, "utf8"),
    certificateFile,
    privateKeyFile,
  };
}

const writePrivate = (file: string, text: string): void => writeFileSync(file, text, { mode: 0o600 });
