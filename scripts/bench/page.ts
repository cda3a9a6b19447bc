// The page: what a browser loads, and how long it takes until it shows its first chart, with the real backend.
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { emptyDatabase } from "../../k8s/backend/testing/database.ts";
import { backendEnv } from "../../k8s/backend/testing/env.ts";
import { buildPage } from "../../k8s/frontend/build.ts";
import { servePage } from "../../k8s/frontend/server/app.ts";
import { launchBrowser } from "../local/page/browser.ts";
import { at } from "./backend/latency.ts";
import { programs, startReplica } from "./backend/replica.ts";
import { type Measurement, measurement } from "./measurement.ts";

const visits = 10;
/** Kilobytes, as browsers count them. */
const kilobytes = (bytes: number): number => bytes / 1000;

export async function benchPage(report: (line: string) => void): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "spot-balancer-bench-"));
  try {
    let [plain, packed] = [0, 0];
    for (const [name, bytes] of await buildPage()) {
      const gzip = gzipSync(bytes, { level: 9 });
      writeFileSync(join(folder, name), bytes);
      writeFileSync(join(folder, `${name}.gz`), gzip);
      plain += bytes.length;
      packed += gzip.length;
    }
    const weight = measurement("page.weight", kilobytes(packed), "kB", "not gzipped", kilobytes(plain));
    report(`page: ${visits} visits by a browser`);
    const { chart, paint } = await visit(folder);
    return [weight, measurement("page.chart.p50", chart, "ms", "the first paint", paint)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Medians in ms, from the start of the navigation, each with an empty cache. */
async function visit(folder: string): Promise<{ chart: number; paint: number }> {
  const { database } = await emptyDatabase();
  const env = await backendEnv(database, mkdtempSync(join(folder, "env-")), { COLLECT_SECONDS: "0.5" });
  const backend = await startReplica(programs.backend, env);
  const gateway = await startGateway(folder, backend.url);
  const browser = await launchBrowser();
  const [charts, paints]: [number[], number[]] = [[], []];
  try {
    const { port } = gateway.address() as AddressInfo;
    for (let index = 0; index < visits; index++) {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${port}/`);
      // The legend has a value as soon as the chart has one.
      await page.locator("#charts", { hasText: /CPU\s*\d+\s*%/ }).waitFor();
      charts.push(await page.evaluate<number>("performance.now()"));
      const first = `performance.getEntriesByName("first-contentful-paint")[0].startTime`;
      paints.push(await page.evaluate<number>(first));
      await page.close();
    }
    return { chart: at(charts, 0.5), paint: at(paints, 0.5) };
  } finally {
    await browser.close();
    gateway.closeAllConnections();
    gateway.close();
    await backend.stop();
  }
}

/** One address for both, as the cluster's gateway has it. */
async function startGateway(folder: string, backend: string): Promise<Server> {
  const serve = servePage(folder);
  const gateway = createServer((incoming, outgoing) => {
    if (!incoming.url!.startsWith("/api/")) return serve(incoming, outgoing);
    const { method, headers } = incoming;
    const upstream = request(backend + incoming.url!, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    upstream.on("error", () => outgoing.destroy());
    outgoing.once("close", () => upstream.destroy());
    incoming.pipe(upstream);
  });
  gateway.listen(0, "127.0.0.1");
  await once(gateway, "listening");
  return gateway;
}
