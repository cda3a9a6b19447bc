import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { choosePorts, isFree, type Ports } from "./ports.ts";

describe("ports", () => {
  const folder = mkdtempSync(join(tmpdir(), "spot-balancer-test-"));
  const file = join(folder, "ports.json");
  const servers: Server[] = [];
  afterEach(() => {
    rmSync(file, { force: true });
    for (const server of servers.splice(0)) server.close();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const occupy = async (port = 0): Promise<number> => {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };

  it("are free, differ from each other, and lie below those of outgoing connections", async () => {
    const { ports, notes } = await choosePorts({ file, random: Math.random });
    const numbers = Object.values(ports);
    assert.equal(new Set(numbers).size, numbers.length);
    assert.ok(numbers.every((port) => port >= 20_000 && port < 32_768));
    assert.deepEqual(
      await Promise.all(numbers.map(isFree)),
      numbers.map(() => true),
    );
    assert.deepEqual(notes, []);
  });

  it("differ even when chance gives the same number again", async () => {
    let calls = 0;
    const { ports } = await choosePorts({ file, random: () => Math.floor(calls++ / 3) / 997 });
    assert.equal(new Set(Object.values(ports)).size, Object.values(ports).length);
  });

  it("differ from those of an environment that starts just now, before anything listens", async () => {
    const sequence = () => {
      let calls = 0;
      return () => (calls++ % 97) / 97;
    };
    const here = await choosePorts({ file, random: sequence() });
    const script = `import { choosePorts } from ${JSON.stringify(import.meta.resolve("./ports.ts"))};
      let calls = 0;
      const { ports } = await choosePorts({ file: process.argv[1], random: () => (calls++ % 97) / 97 });
      console.log(JSON.stringify(ports));`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script, join(folder, "other.json")]); // prettier-ignore
    const there = Object.values(JSON.parse(stdout) as Ports);
    assert.deepEqual(there.filter((port) => Object.values(here.ports).includes(port)), []); // prettier-ignore
    assert.equal(new Set(there).size, Object.values(here.ports).length);
  });

  it("stay the same at the next start", async () => {
    const { ports } = await choosePorts({ file, random: Math.random });
    assert.deepEqual((await choosePorts({ file, random: Math.random })).ports, ports);
  });

  it("that somebody else has taken since are replaced, with a note that names who", async () => {
    const { ports } = await choosePorts({ file, random: Math.random });
    await occupy(ports.apiServer);
    const next = await choosePorts({ file, random: Math.random });
    assert.notEqual(next.ports.apiServer, ports.apiServer);
    assert.deepEqual({ ...next.ports, apiServer: 0 }, { ...ports, apiServer: 0 });
    assert.equal(next.notes.length, 1);
    assert.match(
      next.notes[0]!,
      new RegExp(`port ${ports.apiServer} \\(apiServer\\) is in use by .+, so ${next.ports.apiServer}`),
    );
    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), next.ports);
  });

  it("that the user wants are taken, or are an error that names who has them", async () => {
    const wanted = await occupy();
    await assert.rejects(
      choosePorts({ file, apiServer: wanted, random: Math.random }),
      new RegExp(
        `port ${wanted} for the API server is in use by (.+ \\(PID ${process.pid}\\)|another process): stop`,
      ),
    );
    servers.pop()!.close();
    assert.equal(
      (await choosePorts({ file, apiServer: wanted, random: Math.random })).ports.apiServer,
      wanted,
    );
  });

  it("are chosen anew when the file that remembers them is damaged", async () => {
    writeFileSync(file, '{"apiServer": 2');
    const { ports, notes } = await choosePorts({ file, random: Math.random });
    assert.deepEqual([Object.keys(ports).includes("etcd" satisfies keyof Ports), notes], [true, []]);
  });
});
