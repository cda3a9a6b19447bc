// The kinds of the Gateway API beside an API server that was stopped while it took them up.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { KubeConfig, type V1CustomResourceDefinition } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { registerGatewayApi } from "./gatewayApi.ts";

const definition = (name: string) => ({
  ...{ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
  metadata: { name, annotations: { channel: "standard" } },
});

describe("kinds of the Gateway API", () => {
  const folder = mkdtempSync(join(tmpdir(), "gateway-api-"));
  const applied = new Map<string, V1CustomResourceDefinition[]>();
  const looks = new Map<string, number>();
  let server: Server;
  let kubeconfig: string;

  before(async () => {
    const kind = { name: "customresourcedefinitions", kind: "CustomResourceDefinition", namespaced: false };
    server = createServer((request, response) => {
      const answer = (body: object) =>
        response.setHeader("content-type", "application/json").end(JSON.stringify(body));
      const status = (isServed: boolean) => ({
        conditions: [{ type: "Established", status: isServed ? "True" : "False" }],
      });
      const [, named] = /customresourcedefinitions\/(\w+)$/.exec(request.url!) ?? [];
      if (request.method === "GET" && named !== undefined) {
        looks.set(named, (looks.get(named) ?? 0) + 1);
        return answer({ ...applied.get(named)!.at(-1)!, status: status(named === "slow" && looks.get(named)! >= 3) }); // prettier-ignore
      }
      if (request.method === "GET")
        return answer({ groupVersion: "apiextensions.k8s.io/v1", resources: [kind] });
      void json(request).then((body) => {
        const object = body as V1CustomResourceDefinition;
        const all = applied.get(object.metadata!.name!) ?? [];
        applied.set(object.metadata!.name!, [...all, object]);
        // As apiextensions-apiserver does: it goes on with a kind when something in it has changed.
        const isChanged = all.some(
          ({ metadata }) => JSON.stringify(metadata) !== JSON.stringify(object.metadata),
        );
        const isServed = object.metadata!.name === "gateways" || isChanged;
        answer({ ...object, status: status(isServed) });
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const config = new KubeConfig();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    config.loadFromClusterAndUser({ name: "c", server: url, skipTLSVerify: true }, { name: "u" });
    kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, config.exportConfig());
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  it("are all served when it returns: one may take a while, what was left half way is changed until it is", async () => {
    const file = join(folder, "kinds.yaml");
    const names = ["gateways", "slow", "tlsroutes"];
    writeFileSync(file, names.map((name) => stringify(definition(name))).join("---\n"));
    await registerGatewayApi(kubeconfig, file, undefined, 1);
    const counts = names.map((name) => [name, applied.get(name)!.length, looks.get(name) ?? 0]);
    assert.deepEqual(counts, [["gateways", 1, 0], ["slow", 1, 3], ["tlsroutes", 2, 10]]); // prettier-ignore
    const { metadata } = applied.get("tlsroutes")![1]!;
    assert.equal(metadata?.annotations?.["channel"], "standard");
  });
});
