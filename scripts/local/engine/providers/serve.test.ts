// Our providers over Pulumi's protocol: what the engine gets in process, a client gets over the wire.
import assert from "node:assert/strict";
import { credentials } from "@grpc/grpc-js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import { fill } from "./messages.ts";
import type { LoopbackServer } from "../../loopbackServer.ts";
import { type PlayedCluster, playCluster } from "../testing/cluster.ts";
import { grpcPackage } from "../testing/grpcClient.ts";
import { isSecret, reveal, secret, type Properties } from "../values.ts";
import { pack } from "./messages.ts";
import { kubernetesPackage } from "./kubernetes.ts";
import {
  NotReadyError,
  type Change,
  type ProviderClient,
  type ProviderPackage,
  type Subject,
} from "./provider.ts";
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

  /** Answers each call with what is set for it, and keeps what it was asked. */
  async function recording(answers: Partial<Record<keyof ProviderClient, unknown>>) {
    const asked: Record<string, unknown> = {};
    const definition: ProviderPackage = {
      configure(inputs) {
        asked["configure"] = inputs;
        const answer =
          (method: string) =>
          (...args: Record<string, unknown>[]) => {
            const [subject, { signal: _signal, status: _status, seed: _seed, ...rest } = {}] = args.length > 1 ? args : [undefined, args[0]]; // prettier-ignore
            asked[method] = subject ? [subject, rest] : rest;
            return Promise.resolve(answers[method as keyof ProviderClient]);
          };
        return Promise.resolve({
          ...Object.fromEntries(["check", "diff", "create", "update", "delete", "read"].map((method) => [method, answer(method)])), // prettier-ignore
          invoke: (token: string, args: Properties) => answer("invoke")({ token, args }),
          close: () => void (asked["close"] = true),
        } as unknown as ProviderClient);
      },
    };
    const server = await serveProvider({ name: "any", version: "1.0.0", definition });
    opened.push(() => server.close());
    return { asked, client: await configure(server, { address: "here", ports: [1, 2] }) };
  }

  const type = "any:index:Thing";
  const [olds, outs, news] = [{ old: 1 }, { out: secret("o") }, { new: secret({ deep: [true, null] }) }];

  it("passes on each call what it is given, under its own name, and the answer back", async () => {
    const answers = {
      check: { inputs: { checked: secret("c") }, failures: [{ property: "size", reason: "too large" }] },
      diff: {
        ...{ changes: "some", replaces: ["size.width"], deleteBeforeReplace: true },
        details: new Map([
          ["size.width", { kind: "update", replace: true }],
          ["color", { kind: "add", replace: false }],
        ]),
      },
      create: { id: "id-1", outputs: outs },
      update: { outputs: { updated: true } },
      read: { id: "id-2", inputs: { seen: "i" }, outputs: { seen: "o" } },
      invoke: { found: [1] },
    };
    const { asked, client } = await recording(answers);
    assert.deepEqual(asked["configure"], { address: "here", ports: "[1,2]" });
    const [fresh, known] = [subject(type), subject(type, "id-1")];
    const whole = { oldInputs: olds, oldOutputs: outs, newInputs: news, ignoreChanges: ["color"] };

    assert.deepEqual(await client.check(fresh, { olds, news }), answers.check);
    assert.deepEqual(asked["check"], [fresh, { olds, news }]);
    await client.check(fresh, { news });
    assert.deepEqual(asked["check"], [fresh, { news }]);
    assert.deepEqual(await client.diff(known, whole), {
      ...{ changes: "some", replaces: ["size", "size.width"], deleteBeforeReplace: true },
    });
    assert.deepEqual(asked["diff"], [known, whole]);
    for (const preview of [true, false]) {
      assert.deepEqual(await client.create(fresh, { inputs: news, ...change, preview }), answers.create);
      assert.deepEqual(asked["create"], [fresh, { inputs: news, preview }]);
      assert.deepEqual(await client.update(known, { ...whole, ...change, preview }), answers.update);
      assert.deepEqual(asked["update"], [known, { ...whole, preview }]);
    }
    assert.deepEqual(await client.read(known, { inputs: olds, outputs: outs }), answers.read);
    assert.deepEqual(asked["read"], [known, { inputs: olds, outputs: outs }]);
    await client.delete(known, { inputs: olds, outputs: outs, ...change });
    assert.deepEqual(asked["delete"], [known, { inputs: olds, outputs: outs, preview: false }]);
    assert.deepEqual(await client.invoke("any:index:find", { name: "x" }), answers.invoke);
    assert.deepEqual(asked["invoke"], { token: "any:index:find", args: { name: "x" } });
  });

  const verdicts: [changes: string, replaces: string[], deleteBeforeReplace: boolean][] = [
    ["none", [], false],
    ["some", ["size"], false],
  ];
  for (const [changes, replaces, deleteBeforeReplace] of verdicts)
    it(`says of a difference that it is ${changes}, and replaces ${replaces.join() || "nothing"}`, async () => {
      const { client } = await recording({ diff: { changes, replaces, deleteBeforeReplace } });
      const whole = { oldInputs: {}, oldOutputs: {}, newInputs: {}, ignoreChanges: [] };
      assert.deepEqual(await client.diff(subject(type, "x"), whole), { changes, replaces, deleteBeforeReplace }); // prettier-ignore
    });

  it("says that something is gone, and forgets a configuration when its connection ends", async () => {
    const { asked, client } = await recording({ read: undefined });
    assert.equal(await client.read(subject(type, "x"), { inputs: {}, outputs: {} }), undefined);
    client.close();
    const deadline = Date.now() + 2000;
    while (!asked["close"] && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(asked["close"]);
  });
});
