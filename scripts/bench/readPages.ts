// What a round is held against: the pages of all pods as they come over the wire, with nothing looked at.
// node readPages.ts <kubeconfig>
import { loadKubeConfig } from "../../balancer/kube/config.ts";
import { connect } from "../../balancer/kube/client.ts";

const client = connect(loadKubeConfig({ kubeconfig: process.argv[2]! }, {}));
let next: string | undefined;
do {
  next = await client.send({ path: "/api/v1/pods", query: { limit: 500, continue: next } }, async (body) => {
    let beginning = "";
    for await (const chunk of body) beginning ||= Buffer.from(chunk).toString("utf8", 0, 4000);
    return /"continue":"([^"]+)"/.exec(beginning)?.[1];
  });
} while (next !== undefined);
await client.close();
