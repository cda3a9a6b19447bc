// Certificates of the local environment: an authority of its own, and what it signs for servers and clients.
import "reflect-metadata";
import { KeyObject, createPrivateKey, generateKeyPairSync, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

export interface KeyPair {
  /** PEM. */
  certificate: string;
  /** PEM, PKCS #8. */
  privateKey: string;
}

export interface Subject {
  commonName: string;
  /** Kubernetes reads the organizations of a client certificate as its groups. */
  organizations?: string[];
  /** DNS names and IP addresses that a server answers to. */
  alternativeNames?: string[];
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** An environment is thrown away long before; so nothing has to be renewed. */
const validYears = 10;

/** A new authority that signs itself. */
export async function createAuthority(commonName: string, now: Date): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: subjectName({ commonName }),
    keys,
    signingAlgorithm: algorithm,
    ...validity(now),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return exportPair(certificate, keys.privateKey);
}

/** A certificate signed by `authority`, good for both ends of a TLS connection. */
export async function issueCertificate(authority: KeyPair, subject: Subject, now: Date): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: subjectName(subject),
    issuer: issuer.subjectName.toJSON(),
    publicKey: keys.publicKey,
    signingKey: createPrivateKey(authority.privateKey).toCryptoKey(algorithm, false, ["sign"]),
    signingAlgorithm: algorithm,
    ...validity(now),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...alternativeNames(subject.alternativeNames ?? []),
    ],
  });
  return exportPair(certificate, keys.privateKey);
}

/** A key pair for signing ServiceAccount tokens: PEM, PKCS #8 and SPKI. */
export const createSigningKey = (): { privateKey: string; publicKey: string } =>
  generateKeyPairSync("ec", {
    namedCurve: algorithm.namedCurve,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

function subjectName({ commonName, organizations }: Subject): x509.JsonName {
  return [...(organizations ?? []).map((organization) => ({ O: [organization] })), { CN: [commonName] }];
}

function validity(now: Date): { notBefore: Date; notAfter: Date } {
  // An hour back: programs that start a moment later may see a clock that was set back a little.
  const notBefore = new Date(now.getTime() - 3_600_000);
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + validYears);
  return { notBefore, notAfter };
}

function alternativeNames(names: string[]): x509.Extension[] {
  if (names.length === 0) return [];
  const isAddress = (name: string): boolean => /^[\d.]+$|:/.test(name);
  return [
    new x509.SubjectAlternativeNameExtension(
      names.map((name) => ({ type: isAddress(name) ? "ip" : "dns", value: name }) as const),
    ),
  ];
}

const exportPair = (certificate: x509.X509Certificate, privateKey: webcrypto.CryptoKey): KeyPair => ({
  certificate: certificate.toString("pem") + "\n",
  privateKey: KeyObject.from(privateKey).export({ type: "pkcs8", format: "pem" }).toString(),
});
