// The banking services' program, started as its pods start it.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { listening } from "../../balancer/testing/listening.ts";

const program = new URL("service.ts", import.meta.url).pathname;

async function freePort(): Promise<string> {
  const { url, stop } = await listening(createServer());
  await stop();
  return new URL(url).port;
}

describe("a banking service", () => {
  const running: ChildProcess[] = [];
  after(() => running.forEach((child) => child.kill("SIGKILL")));

  async function start(NAME: string, ...calls: string[]) {
    const port = await freePort();
    const env = { HOST: "127.0.0.1", PORT: port, NAME, CALLS: calls.join(" ") };
    const child = spawn(process.execPath, [program], { env, stdio: "inherit" });
    running.push(child);
    const url = `http://127.0.0.1:${port}`;
    for (const deadline = Date.now() + 50_000; ; await delay(20)) {
      const alive = await fetch(`${url}/livez`).catch(() => undefined);
      if (alive?.ok) return { url, child };
      assert.ok(Date.now() < deadline, `${NAME} does not answer`);
    }
  }

  it("answers for itself and for those it stands on, and says who is missing", async () => {
    const ledger = await start("ledger");
    const accounts = await start("accounts", ledger.url);
    const whole = await fetch(accounts.url);
    assert.deepEqual(
      [whole.status, await whole.json()],
      [200, { service: "accounts", calls: { "127.0.0.1": "ok" } }],
    );

    ledger.child.kill("SIGKILL");
    await once(ledger.child, "exit");
    const broken = await fetch(accounts.url);
    assert.deepEqual(
      [broken.status, await broken.json()],
      [502, { service: "accounts", calls: { "127.0.0.1": "not reachable" } }],
    );
    // What stands on a missing service is still ready: restarting it would not bring the other one back.
    assert.equal((await fetch(`${accounts.url}/readyz`)).status, 200);

    const metrics = await (await fetch(`${accounts.url}/metrics`)).text();
    assert.match(metrics, /^banking_requests_total\{service="accounts",code="200"\} 1$/m);
    assert.match(metrics, /^banking_requests_total\{service="accounts",code="502"\} 1$/m);
  });

  it("is not ready any more once it is told to stop, answers on for a while, and ends by itself", async () => {
    const { url, child } = await start("reports");
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    child.kill("SIGTERM");
    for (
      const deadline = Date.now() + 30_000;
      (await fetch(`${url}/readyz`)).status !== 503;
      await delay(10)
    ) {
      assert.ok(Date.now() < deadline, "it stays ready");
    }
    assert.equal((await fetch(url)).status, 200);
    const [code] = (await once(child, "exit")) as [number];
    assert.equal(code, 0);
  });
});
