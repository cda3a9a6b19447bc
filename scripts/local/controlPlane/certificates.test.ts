import assert from "node:assert/strict";
import { createPrivateKey, sign, verify, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, connect, type TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { createAuthority, createSigningKey, issueCertificate, type KeyPair } from "./certificates.ts";
import { buildKubeconfig } from "./kubeconfig.ts";
import { ensurePki } from "./pki.ts";

const now = new Date("2026-11-21T12:00:00Z");

describe("certificates", () => {
  let authority: KeyPair;
  let server: KeyPair;
  before(async () => {
    authority = await createAuthority("test-ca", now);
    const alternativeNames = ["127.0.0.1", "localhost", "metrics-server.kube-system.svc"];
    server = await issueCertificate(authority, { commonName: "server", alternativeNames }, now);
  });

  it("of an authority may sign others, and are their own issuer", () => {
    const ca = new X509Certificate(authority.certificate);
    assert.ok(ca.ca && ca.verify(ca.publicKey));
    assert.equal(ca.subject, "CN=test-ca");
  });

  it("name the hosts and addresses they are for, and are signed by the authority", () => {
    const certificate = new X509Certificate(server.certificate);
    assert.ok(certificate.verify(new X509Certificate(authority.certificate).publicKey));
    assert.equal(certificate.checkIP("127.0.0.1"), "127.0.0.1");
    assert.equal(certificate.checkHost("metrics-server.kube-system.svc"), "metrics-server.kube-system.svc");
    assert.equal(certificate.checkHost("example.com"), undefined);
    assert.equal(certificate.ca, false);
    assert.ok(certificate.checkPrivateKey(createPrivateKey(server.privateKey)));
  });

  it("carry a client's groups as organizations", async () => {
    const subject = { commonName: "admin", organizations: ["system:masters", "others"] };
    const { certificate } = await issueCertificate(authority, subject, now);
    assert.equal(new X509Certificate(certificate).subject, "O=system:masters\nO=others\nCN=admin");
  });

  it("hold from an hour before for ten years", () => {
    const { validFromDate, validToDate } = new X509Certificate(server.certificate);
    assert.equal(validFromDate.toISOString(), "2026-11-21T11:00:00.000Z");
    assert.equal(validToDate.toISOString(), "2036-11-21T12:00:00.000Z");
  });

  it("serve a TLS connection in which both ends prove who they are", async () => {
    // Made for today: TLS looks at the clock of this machine.
    const today = await createAuthority("test-ca", new Date());
    const own = await issueCertificate(
      today,
      { commonName: "server", alternativeNames: ["127.0.0.1"] },
      new Date(),
    );
    const client = await issueCertificate(today, { commonName: "somebody" }, new Date());
    const common = { ca: today.certificate, requestCert: true, rejectUnauthorized: true };
    const listener = createServer(
      { ...common, cert: own.certificate, key: own.privateKey },
      (socket: TLSSocket) => {
        socket.end(String(socket.getPeerCertificate().subject.CN));
      },
    );
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const { port } = listener.address() as AddressInfo;
    const socket = connect({
      ca: today.certificate,
      cert: client.certificate,
      key: client.privateKey,
      host: "127.0.0.1",
      port,
    });
    const said: string[] = [];
    for await (const chunk of socket) said.push(String(chunk));
    listener.close();
    assert.equal(said.join(""), "somebody");
  });

  it("for tokens come as a pair whose halves fit", () => {
    const { privateKey, publicKey } = createSigningKey();
    const signature = sign("sha256", Buffer.from("token"), privateKey);
    assert.ok(verify("sha256", Buffer.from("token"), publicKey, signature));
  });
});

describe("the environment's keys", () => {
  const folder = mkdtempSync(join(tmpdir(), "spot-balancer-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("are made once, readable by their user only, and kept", async () => {
    const first = await ensurePki(folder, now);
    for (const file of [
      first.pairs.admin.privateKeyFile,
      first.pairs.server.certificateFile,
      first.signing.privateKeyFile,
    ]) {
      assert.equal(statSync(file).mode & 0o777, 0o600, file);
    }
    const second = await ensurePki(folder, new Date("2027-01-01"));
    assert.deepEqual(second, first);
  });

  it("that are missing are made again, by the same authority", async () => {
    const { authority, pairs } = await ensurePki(folder, now);
    rmSync(pairs.kwok.certificateFile);
    const again = await ensurePki(folder, now);
    assert.equal(again.authority.certificate, authority.certificate);
    assert.notEqual(again.pairs.kwok.certificate, pairs.kwok.certificate);
    assert.ok(
      new X509Certificate(again.pairs.kwok.certificate).verify(
        new X509Certificate(authority.certificate).publicKey,
      ),
    );
    assert.equal(readFileSync(pairs.kwok.certificateFile, "utf8"), again.pairs.kwok.certificate);
  });

  it("make a kubeconfig that Kubernetes' clients read", async () => {
    const { authority, pairs } = await ensurePki(folder, now);
    const config = new KubeConfig();
    config.loadFromString(
      buildKubeconfig("https://127.0.0.1:6443", authority.certificate, "admin", pairs.admin),
    );
    assert.equal(config.getCurrentCluster()?.server, "https://127.0.0.1:6443");
    const data = (text: string | undefined): string => Buffer.from(text ?? "", "base64").toString();
    assert.equal(data(config.getCurrentCluster()?.caData), authority.certificate);
    assert.equal(data(config.getCurrentUser()?.certData), pairs.admin.certificate);
    assert.equal(data(config.getCurrentUser()?.keyData), pairs.admin.privateKey);
  });
});
