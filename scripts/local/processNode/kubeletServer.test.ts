import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { appendFile, mkdtemp, rm, writeFile, truncate } from "node:fs/promises";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, issueCertificate, type KeyPair } from "../controlPlane/certificates.ts";
import type { Api, Method } from "./api.ts";
import { sendLog } from "./containerLogs.ts";
import { kubeletAccess } from "./kubeletAccess.ts";
import { serveKubelet } from "./kubeletServer.ts";
import { FakeApi } from "./testing/fakeApi.ts";

/** Knows one token, and lets nobody but `monitor` and the group `admins` in. */
class ReviewingApi extends FakeApi implements Api {
  override request<T>(method: Method, path: string, body?: unknown): Promise<T> {
    void super.request(method, path, body);
    const { spec } = body as { spec: { token?: string; user?: string; groups?: string[] } };
    const status = path.includes("tokenreviews")
      ? { authenticated: spec.token === "good" || spec.token === "weak", user: { username: spec.token === "good" ? "monitor" : "nobody" } } // prettier-ignore
      : { allowed: spec.user === "monitor" || spec.groups?.includes("admins") };
    return Promise.resolve({ status } as T);
  }
}

describe("the node's HTTPS server", () => {
  let folder: string;
  let log: string;
  let server: Awaited<ReturnType<typeof serveKubelet>>;
  let authority: KeyPair;
  let writer: ChildProcess;
  const api = new ReviewingApi();
  const now = new Date();

  before(async () => {
    writer = spawn("sleep", ["60"]);
    folder = await mkdtemp(join(tmpdir(), "kubelet-"));
    log = join(folder, "main.log");
    authority = await createAuthority("test", now);
    const access = kubeletAccess(api, "node-0");
    server = await serveKubelet({
      address: "127.0.0.1",
      keyPair: await issueCertificate(
        authority,
        { commonName: "node", alternativeNames: ["127.0.0.1"] },
        now,
      ),
      clientCa: authority.certificate,
      check: access,
      ownMetrics: () => Promise.resolve("own"),
      resourceMetrics: () => Promise.resolve("resource"),
      cadvisorMetrics: () => Promise.reject(new Error("broken")),
      containerLogs: (_, query, response) => sendLog(log, query, writer.pid, response),
      log: () => undefined,
    });
  });
  after(async () => {
    writer.kill();
    server.close();
    await rm(folder, { recursive: true });
  });

  const get = (
    path: string,
    { token, pair }: { token?: string; pair?: KeyPair } = {},
    onData?: (text: string) => void,
  ) =>
    new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const options: https.RequestOptions = {
        ca: authority.certificate,
        agent: false,
        headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
        ...(pair && { cert: pair.certificate, key: pair.privateKey }),
      };
      https
        .get(`https://127.0.0.1:${server.port}${path}`, options, (response) => {
          let text = "";
          response.on("data", (chunk: Buffer) => {
            text += chunk.toString();
            onData?.(text);
          });
          response.on("end", () => resolve({ status: response.statusCode, text }));
        })
        .on("error", reject);
    });

  it("lets in whom the API server lets in, by token", async () => {
    assert.deepEqual(await get("/metrics/resource", { token: "good" }), { status: 200, text: "resource" });
    assert.equal((await get("/metrics/resource", { token: "weak" })).status, 403);
    assert.equal((await get("/metrics/resource", { token: "bad" })).status, 401);
    assert.equal((await get("/metrics/resource")).status, 401);
    assert.equal((await get("/healthz")).status, 200);
  });

  it("asks the API server once for several requests", async () => {
    const before = api.requests.length;
    await get("/metrics/resource", { token: "good" });
    assert.equal(api.requests.length, before);
  });

  it("takes a client certificate of the cluster's authority, and no other", async () => {
    const subject = { commonName: "apiserver", organizations: ["admins"] };
    const pair = await issueCertificate(authority, subject, now);
    assert.equal((await get("/metrics/resource", { pair })).status, 200);
    const stranger = await issueCertificate(await createAuthority("other", now), subject, now);
    assert.equal((await get("/metrics/resource", { pair: stranger })).status, 401);
  });

  it("survives an error of its own, and names its pages", async () => {
    assert.equal((await get("/metrics/cadvisor", { token: "good" })).status, 500);
    assert.match((await get("/exec/x", { token: "good" })).text, /this node serves .*containerLogs/);
  });

  it("sends logs: all, the last lines, and what comes while followed", async () => {
    await writeFile(log, "one\ntwo\nthree\n");
    const path = "/containerLogs/demo/pod/main";
    assert.equal((await get(path, { token: "good" })).text, "one\ntwo\nthree\n");
    assert.equal((await get(`${path}?tailLines=1`, { token: "good" })).text, "three\n");
    assert.match((await get(`${path}?limitBytes=5`, { token: "good" })).text, /not supported .*: limitBytes/);
    assert.equal((await get(`${path}?previous=true`, { token: "good" })).status, 404);
    assert.match(
      (await get(`${path}?timestamps=true`, { token: "good" })).text,
      /not supported .*: timestamps/,
    );
    assert.equal((await get(path)).status, 401);
    const followed = await get(`${path}?follow=true&tailLines=1`, { token: "good" }, (text) => {
      if (text === "three\n") void appendFile(log, "four\n");
      if (text.endsWith("four\n")) writer.kill();
    });
    assert.equal(followed.text, "three\nfour\n");
  });

  it("counts lines from the end, and takes up a log that was cut to bound its size", async () => {
    await writeFile(log, "a\nb\nc");
    const tail = async (lines: number) =>
      (await get(`/containerLogs/demo/pod/main?tailLines=${lines}`, { token: "good" })).text;
    assert.deepEqual([await tail(2), await tail(5), await tail(0)], ["b\nc", "a\nb\nc", ""]);
    writer = spawn("sleep", ["60"]);
    const followed = await get("/containerLogs/demo/pod/main?follow=true", { token: "good" }, (text) => {
      if (text === "a\nb\nc") void truncate(log, 0).then(() => appendFile(log, "d\n"));
      if (text.endsWith("d\n")) writer.kill();
    });
    assert.equal(followed.text, "a\nb\ncd\n");
  });
});
