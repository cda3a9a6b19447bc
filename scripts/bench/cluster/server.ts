// A real etcd and API server without controllers, and a fast way to fill them: straight into etcd.
//
// Creating 30,000 pods through kwok takes 500 s at 60 a second. What is measured is the reading, and the API server
// decodes, defaults and serves what lies in etcd as it serves everything else.
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
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
  const agent = new Agent({ keepAlive: true, ca, cert, key });
  const put = async (batch: Stored[]): Promise<void> => {
    const success = batch.map(([path, object]) => ({
      requestPut: { key: base64(`/registry/${path}`), value: base64(JSON.stringify(object)) },
    }));
    await post(`${url}/v3/kv/txn`, JSON.stringify({ success }), agent);
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
    agent.destroy();
  }
}

const base64 = (value: string) => Buffer.from(value).toString("base64");

function post(url: string, body: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: "POST", agent }, (response) => {
      text(response).then((answer) => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`etcd answers ${response.statusCode}: ${answer.slice(0, 300)}`));
      }, reject);
    });
    call.on("error", reject);
    call.end(body);
  });
}
