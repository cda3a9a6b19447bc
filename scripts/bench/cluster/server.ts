// A real etcd and API server without controllers, and a fast way to fill them: straight into etcd.
//
// Creating 30,000 pods through kwok takes 500 s at 60 a second. What is measured is the reading, and the API server
// decodes, defaults and serves what lies in etcd as it serves everything else.
import { Agent, request } from "undici";
import { bareControlPlane, type BareControlPlane } from "../../local/index.ts";
import type { Stored } from "./objects.ts";

export interface BenchServer extends Omit<BareControlPlane, "etcd"> {
  /** Writes objects where the API server reads them. */
  fill(objects: Iterable<Stored>): Promise<void>;
}

export async function startServer(report: (line: string) => void): Promise<BenchServer> {
  const { startBareControlPlane } = await bareControlPlane();
  const { etcd, ...server } = await startBareControlPlane(report);
  return { ...server, fill: (objects) => fillEtcd(etcd, objects) };
}

/** etcd takes at most 128 operations and 1.5 MiB in a transaction. */
const batchSize = 100;

async function fillEtcd(
  { url, ca, keyPair: { certificate: cert, privateKey: key } }: BareControlPlane["etcd"],
  objects: Iterable<Stored>,
): Promise<void> {
  const agent = new Agent({ connect: { ca, cert, key } });
  const put = async (batch: Stored[]): Promise<void> => {
    const success = batch.map(([path, object]) => ({
      requestPut: { key: base64(`/registry/${path}`), value: base64(JSON.stringify(object)) },
    }));
    const asked = { method: "POST", body: JSON.stringify({ success }), dispatcher: agent } as const;
    const { statusCode, body } = await request(`${url}/v3/kv/txn`, asked);
    const answer = await body.text();
    if (statusCode !== 200) throw new Error(`etcd answers ${statusCode}: ${answer.slice(0, 300)}`);
  };
  try {
    let batch: Stored[] = [];
    for (const object of objects) {
      batch.push(object);
      if (batch.length < batchSize) continue;
      await put(batch);
      batch = [];
    }
    if (batch.length > 0) await put(batch);
  } finally {
    await agent.destroy();
  }
}

const base64 = (value: string) => Buffer.from(value).toString("base64");
