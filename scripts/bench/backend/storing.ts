// How many samples a second are stored, by clients that each send the next one once the last one is stored.
import { Pool } from "undici";
import { samplesHeaders } from "../../../k8s/backend/testing/env.ts";
import { buildSample } from "../../../k8s/backend/testing/samples.ts";

const warmUpMs = 1500;
const measuredMs = 4000;

/** @param urls replicas, which share the clients */
export async function storedPerSecond(urls: readonly string[], clients = 64): Promise<number> {
  const start = performance.now();
  const pools = urls.map((url) => new Pool(url, { connections: clients / urls.length }));
  let stored = 0;
  const client = async (index: number): Promise<void> => {
    const pool = pools[index % pools.length]!;
    // Earlier runs have other times.
    for (let time = Date.now(); performance.now() < start + warmUpMs + measuredMs; time--) {
      const sample = buildSample({ machine: `client-${index}`, time: new Date(time).toISOString() });
      const { statusCode, body } = await pool.request({
        ...{ method: "POST", path: "/api/samples", headers: samplesHeaders },
        body: JSON.stringify(sample),
      });
      const answer = await body.text();
      if (statusCode !== 200) throw new Error(`expected a sample to be stored, got ${statusCode}: ${answer}`);
      if (performance.now() > start + warmUpMs) stored += (JSON.parse(answer) as { stored: number }).stored;
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
    return stored / ((performance.now() - start - warmUpMs) / 1000);
  } finally {
    await Promise.all(pools.map((pool) => pool.close()));
  }
}
