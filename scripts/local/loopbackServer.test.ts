// Whose connections are answered: this user's, and nobody else's.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { credentials } from "@grpc/grpc-js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { serveAzure } from "./azure/server.ts";
import { ownerOf } from "./loopbackServer.ts";

describe("the owner of a connection", () => {
  const line = (local: string, remote: string, state: string, uid: number, inode: number): string =>
    `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 ${uid}        0 ${inode} 1 0 20 0 0 10 -1`;
  const ours = line("0100007F:0010", "0100007F:1F90", "01", 1000, 7);

  it("is the user of the end that connected", () => {
    const accepted = line("0100007F:1F90", "0100007F:0010", "01", 0, 6);
    assert.equal(ownerOf(["  sl  local_address", accepted, ours].join("\n"), 0x10, 0x1f90), 1000);
  });

  for (const [what, table] of [
    ["of other ports", line("0100007F:0011", "0100007F:1F90", "01", 1000, 7)],
    ["that its process has closed", line("0100007F:0010", "0100007F:1F90", "01", 0, 0)],
    ["that is ending", line("0100007F:0010", "0100007F:1F90", "04", 1000, 7)],
    ["that is not there", ""],
  ] as const)
    it(`is nobody for a connection ${what}`, () => assert.equal(ownerOf(table, 0x10, 0x1f90), undefined));
});

describe("a server on loopback", () => {
  /** Asks the emulated Azure for its name, in this process. */
  const ask = (address: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const client = new service.ResourceProviderClient(address, credentials.createInsecure());
      client.getPluginInfo(new empty.Empty(), (error: Error | null, reply: unknown) => {
        client.close();
        if (error) reject(error);
        else resolve(reply);
      });
    });
  /** Connects as `uid`, sends what opens an HTTP/2 connection, and returns how many bytes come back. */
  const bytesFor = async (uid: number, port: string): Promise<number> => {
    const script = `
      process.seteuid(${uid});
      const socket = require("net").connect(${port}, "127.0.0.1");
      socket.write(Buffer.from("PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n\\0\\0\\0\\4\\0\\0\\0\\0\\0", "latin1"));
      const told = (count) => { console.log(count); process.exit(); };
      socket.on("data", (data) => told(data.length)).on("error", () => told(0)).on("close", () => told(0));`;
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", script]);
    return Number(stdout);
  };

  it("answers this user", async () => {
    const azure = await serveAzure();
    await ask(azure.address);
    await azure.stop();
  });

  it("does not answer another one", async function () {
    // Only root can be somebody else.
    if (process.getuid?.() !== 0) return this.skip();
    const azure = await serveAzure();
    try {
      const port = azure.address.split(":")[1]!;
      assert.ok((await bytesFor(0, port)) > 0);
      assert.equal(await bytesFor(65534, port), 0);
    } finally {
      await azure.stop();
    }
  });
});
