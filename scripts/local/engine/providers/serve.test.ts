// Our providers over Pulumi's protocol: what the engine gets in process, a client gets over the wire.
import assert from "node:assert/strict";
import { credentials } from "@grpc/grpc-js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import { fill } from "./messages.ts";
import type { LoopbackServer } from "../../loopbackServer.ts";
import { type PlayedCluster, playCluster } from "../testing/cluster.ts";
import { isSecret, reveal, type Properties } from "../values.ts";
import { grpcPackage } from "./grpc.ts";
import { pack } from "./messages.ts";
import { kubernetesPackage } from "./kubernetes.ts";
import { NotReadyError, type Change, type ProviderClient, type Subject } from "./provider.ts";
import { randomPackage } from "./random.ts";
import { serveProvider } from "./serve.ts";

const change: Change = { preview: false, signal: new AbortController().signal, status: () => undefined };
const subject = (type: string, id = ""): Subject => {
  const urn = `urn:pulumi:base-local::trial::${type}::it`;
  return { urn, type, name: "it", id };
};

describe("a served provider", () => {
  const opened: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });
  const configure = async (server: LoopbackServer, inputs: Properties): Promise<ProviderClient> => {
    const client = await grpcPackage(server.address).configure(inputs);
    opened.push(() => client.close());
    return client;
  };
  const serveKubernetes = async (): Promise<LoopbackServer> => {
    const definition = kubernetesPackage({ pauseMs: 5 });
    const server = await serveProvider({ name: "kubernetes", version: "4.0.0", definition });
    opened.push(() => server.close());
    return server;
  };
  const fakeApi = async (): Promise<PlayedCluster> => {
    const api = await playCluster();
    opened.push(() => api.stop());
    return api;
  };
  const configMap = (data: Properties): Properties => ({
    ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace: "demo" } },
    data,
  });
  const path = "/api/v1/namespaces/demo/configmaps/settings";

  it("makes, compares, reads and deletes, and says what is wrong", async () => {
    const api = await fakeApi();
    const client = await configure(await serveKubernetes(), { kubeconfig: api.kubeconfigText });
    const type = "kubernetes:core/v1:ConfigMap";
    const { failures } = await client.check(subject("kubernetes:core/v1:Pod"), { news: configMap({}) });
    assert.match(failures[0]!.reason, /Pod is not supported/);

    const { id, outputs } = await client.create(subject(type), { inputs: configMap({ a: "1" }), ...change });
    assert.equal(id, "demo/settings");
    const compared = { oldInputs: configMap({ a: "1" }), oldOutputs: outputs, ignoreChanges: [] };
    assert.deepEqual(
      await client.diff(subject(type, id), { ...compared, newInputs: configMap({ a: "2" }) }),
      {
        ...{ changes: "some", replaces: ["data"], deleteBeforeReplace: true },
      },
    );
    assert.equal(
      (await client.diff(subject(type, id), { ...compared, newInputs: configMap({ a: "1" }) })).changes,
      "none",
    );
    const read = () => client.read(subject(type, id), { inputs: configMap({ a: "1" }), outputs });
    assert.deepEqual((await read())?.inputs, configMap({ a: "1" }));
    await client.delete(subject(type, id), { inputs: configMap({}), outputs, ...change });
    assert.equal(await read(), undefined);
  });

  it("tells of what exists, but is not ready", async () => {
    const api = await fakeApi();
    const client = await configure(await serveKubernetes(), { kubeconfig: api.kubeconfigText });
    const metadata = {
      ...{ name: "web", namespace: "demo", annotations: { "pulumi.com/timeoutSeconds": "0.1" } },
    };
    const inputs = { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: {} };
    await assert.rejects(
      client.create(subject("kubernetes:apps/v1:Deployment"), { inputs, ...change }),
      (error: NotReadyError) => {
        assert.ok(error instanceof NotReadyError);
        assert.equal(error.id, "demo/web");
        assert.equal((error.outputs["metadata"] as Properties)["name"], "web");
        assert.match(error.reasons.join(), /not ready after 0\.1 s/);
        return true;
      },
    );
  });

  it("keeps two configurations apart, as the CLI has one for each provider resource", async () => {
    const [one, two] = [await fakeApi(), await fakeApi()];
    const server = await serveKubernetes();
    const [first, second] = [
      await configure(server, { kubeconfig: one.kubeconfigText }),
      await configure(server, { kubeconfig: two.kubeconfigText }),
    ];
    const type = "kubernetes:core/v1:ConfigMap";
    await first.create(subject(type), { inputs: configMap({ a: "1" }), ...change });
    await second.create(subject(type), { inputs: configMap({ a: "2" }), ...change });
    assert.deepEqual(
      [one, two].map((api) => api.objects.get(path)?.["data"]),
      [{ a: "1" }, { a: "2" }],
    );
  });

  it("finds a configuration that did not change unchanged", async () => {
    const { address } = await serveKubernetes();
    const client = new service.ResourceProviderClient(address, credentials.createInsecure());
    opened.push(() => client.close());
    const ask = (before: string, after: string): Promise<proto.DiffResponse> =>
      new Promise((resolve, reject) => {
        const [olds, news] = [before, after].map((kubeconfig) => pack({ kubeconfig }));
        const request = fill(new proto.DiffRequest(), { olds, news });
        client.diffConfig(request, (error: Error | null, reply?: proto.DiffResponse) =>
          error ? reject(error) : resolve(reply!),
        );
      });
    const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
    assert.equal((await ask("a", "a")).getChanges(), DIFF_NONE);
    assert.equal((await ask("a", "b")).getChanges(), DIFF_SOME);
  });

  it("keeps secrets secret", async () => {
    const server = await serveProvider({ name: "random", version: "4.0.0", definition: randomPackage });
    opened.push(() => server.close());
    const client = await configure(server, {});
    const type = "random:index/randomPassword:RandomPassword";
    const { outputs } = await client.create(subject(type), { inputs: { length: 9 }, ...change });
    assert.ok(isSecret(outputs["result"]) && isSecret(outputs["bcryptHash"]));
    assert.match(JSON.stringify(reveal(outputs["result"])), /^".{9,}"$/);
  });
});
