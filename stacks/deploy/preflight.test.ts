// What is said of a cluster before anything is created in it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { runtime } from "@pulumi/pulumi";
import { parse, stringify } from "yaml";
import { type ClusterFacts, readFacts } from "./clusterFacts.ts";
import type { Part } from "../config/parts.ts";
import type { Wanted } from "./preflight.ts";
import { loginAsksAPerson } from "./clusterAccess.ts";
import { checkBaseCluster, checkCluster, examine } from "./preflight.ts";
import { complete, serveCluster } from "./testing/apiServer.ts";

const buildFacts = (changes: Partial<ClusterFacts> = {}): ClusterFacts => ({
  apis: ["apps/v1", "metrics.k8s.io/v1beta1", "gateway.networking.k8s.io/v1"],
  gatewayKinds: ["httproutes", "grpcroutes", "tlsroutes", "backendtlspolicies"],
  gatewayClasses: { eg: "gateway.envoyproxy.io/gatewayclass-controller" },
  hasNode: { system: true, regular: true, spot: true },
  storageClasses: ["standard"],
  defaultStorageClass: "standard",
  ...changes,
});
const wanted: Wanted = {
  nodeLabels: { system: {}, regular: { pool: "stable" }, spot: { pool: "cheap", kind: "spot" } },
  gateway: {},
};
const volume = (storageClass?: string): Partial<Wanted> => ({
  prometheusVolume: { size: "16Gi", ...(storageClass !== undefined && { storageClass }) },
});
const controller = (className: string): Partial<Wanted> => ({
  gateway: { controller: { className, namespace: "proxies" } },
});

/** As in a preview, and what is said meanwhile. */
async function inPreview(check: () => Promise<void>): Promise<{ said: string }> {
  const { _setIsDryRun } = runtime as unknown as { _setIsDryRun: (value: boolean) => void };
  const said: string[] = [];
  const { warn } = console;
  console.warn = (line: string) => void said.push(line);
  _setIsDryRun(true);
  try {
    await check();
  } finally {
    _setIsDryRun(false);
    console.warn = warn;
  }
  return { said: said.join() };
}

describe("the preflight", () => {
  it("finds nothing to say of a cluster that has everything", () => {
    assert.deepEqual(examine(buildFacts(), wanted), { problems: [], warnings: [] });
    for (const more of [volume(), volume("standard"), controller("eg")])
      assert.deepEqual(examine(buildFacts(), { ...wanted, ...more }).problems, []);
  });

  const lacking: [what: string, facts: Partial<ClusterFacts>, wanted: Partial<Wanted>, expected: RegExp[]][] =
    [
      [
        "metrics-server and the Gateway API",
        { apis: ["apps/v1"], gatewayKinds: [], gatewayClasses: {} },
        controller("eg"),
        [
          /no metrics API.*install metrics-server/,
          /no Gateway API.*run `kubectl apply --server-side -f https:.*standard-install\.yaml`/,
        ],
      ],
      [
        "kinds of the Gateway API",
        { gatewayKinds: ["httproutes", "grpcroutes"] },
        {},
        [/has no tlsroutes, backendtlspolicies in version v1, which Traefik watches: run `kubectl apply/],
      ],
      ["kinds that another controller may not need", { gatewayKinds: ["httproutes"] }, controller("eg"), []],
      [
        "the gateway class",
        {},
        controller("istio"),
        [/no GatewayClass istio \(gateway\.controller\.className\): expected one of those it has \(eg\)/],
      ],
      [
        "a free name for our gateway class",
        { gatewayClasses: { gateway: "example.com/controller" } },
        {},
        [/GatewayClass gateway is of example\.com\/controller: expected none of that name/],
      ],
      [
        "our gateway class, which it has from us",
        { gatewayClasses: { gateway: "traefik.io/gateway-controller" } },
        {},
        [],
      ],
      [
        "the storage class",
        {},
        volume("fast"),
        [/no storage class fast: expected one of those it has \(standard\)/],
      ],
      [
        "a default storage class",
        { defaultStorageClass: undefined },
        volume(),
        [/no default storage class: set prometheusVolume\.storageClass to one of those it has \(standard\)/],
      ],
    ];
  for (const [what, facts, more, expected] of lacking) {
    it(`of a cluster without ${what} says ${expected.length === 0 ? "nothing" : "what to do"}`, () => {
      const { problems } = examine(buildFacts(facts), { ...wanted, ...more });
      assert.equal(problems.length, expected.length, problems.join("\n"));
      for (const [index, pattern] of expected.entries()) assert.match(problems[index] ?? "", pattern);
    });
  }

  const pools: [string, Partial<ClusterFacts["hasNode"]>, Wanted["nodeLabels"]["spot"], RegExp][] = [
    [
      "spot",
      { spot: false },
      { pool: "cheap" },
      /spotNodeLabels \(pool=cheap\): the balancer moves nothing until/,
    ],
    ["a spot pool", {}, {}, /there is no spot pool: the balancer says so and moves nothing/],
    ["regular", { regular: false }, { pool: "cheap" }, /regularNodeLabels \(pool=stable\).*moves nothing/],
    ["system", { system: false }, { pool: "cheap" }, /Prometheus and the balancer wait until/],
  ];
  for (const [name, changes, spot, expected] of pools) {
    it(`warns of a cluster without ${name}, which may still come`, () => {
      const facts = buildFacts({ hasNode: { ...buildFacts().hasNode, ...changes } });
      const { problems, warnings } = examine(facts, {
        ...wanted,
        nodeLabels: { ...wanted.nodeLabels, spot },
      });
      assert.deepEqual(problems, []);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? "", expected);
    });
  }

  const needs: [part: Part, problems: RegExp][] = [
    ["apps", /^it has no metrics API/],
    ["demo", /^it has no metrics API/],
    ["gateway", /^it has no Gateway API/],
    ["monitoring", /^it has no default storage class/],
    ["balancer", /^$/],
  ];
  for (const [part, expected] of needs)
    it(`asks for what ${part} alone needs`, async () => {
      const facts = buildFacts({ apis: [], gatewayKinds: [], defaultStorageClass: undefined });
      const { problems } = examine(facts, { ...wanted, ...volume(), parts: [part] });
      assert.match(problems.join("\n"), expected);
      assert.ok(problems.length <= 1);
      const forbidding = await serveCluster({ status: 403 });
      const asked = checkBaseCluster(forbidding.kubeconfig, { gateway: {}, parts: [part] });
      if (part === "gateway") await assert.rejects(asked, /answers 403/).finally(forbidding.stop);
      else await asked.finally(forbidding.stop);
    });

  it("asks the cluster itself, and refuses it with everything that is wrong in one message", async () => {
    const { kubeconfig, stop } = await serveCluster({ apis: ["apps/v1"], nodes: [{ pool: "stable" }] });
    try {
      await assert.rejects(checkCluster({ kubeconfig }, wanted), (error: Error) => {
        assert.match(
          error.message,
          /nothing was created:\n- it has no metrics API.*\n- it has no Gateway API/,
        );
        return true;
      });
    } finally {
      stop();
    }
  });

  it("knows of a cluster what it serves, has, and takes for its default", async () => {
    const { kubeconfig, stop } = await serveCluster({
      ...complete,
      nodes: [{ pool: "stable" }, { pool: "cheap", kind: "spot" }],
      gatewayClasses: { eg: "example.com/controller" },
      ...{ storageClasses: ["slow", "fast"], defaultStorageClass: "fast" },
    });
    const labels = { system: { pool: "infra" }, regular: { pool: "stable" }, spot: wanted.nodeLabels.spot };
    assert.deepEqual(await readFacts({ kubeconfig }, labels).finally(stop), {
      apis: complete.apis,
      gatewayKinds: complete.gatewayKinds,
      gatewayClasses: { eg: "example.com/controller" },
      hasNode: { system: false, regular: true, spot: true },
      ...{ storageClasses: ["slow", "fast"], defaultStorageClass: "fast" },
    });
    const none = await serveCluster({ ...complete, gatewayKinds: [], storageClasses: ["slow"] });
    const facts = await readFacts({ kubeconfig: none.kubeconfig }, labels).finally(none.stop);
    assert.deepEqual([facts.gatewayKinds, facts.defaultStorageClass], [[], undefined]);
  });

  it("asks the cluster of the context that is named, whichever is the current one", async () => {
    const [one, other] = [await serveCluster({ status: 500 }), await serveCluster(complete)];
    const [here, there] = [one, other].map(({ kubeconfig }) => parse(kubeconfig) as Record<string, object[]>);
    const both = stringify({
      ...here,
      clusters: [...here!["clusters"]!, { ...there!["clusters"]![0], name: "there" }],
      contexts: [...here!["contexts"]!, { name: "there", context: { cluster: "there", user: "me" } }],
    });
    try {
      await checkCluster({ kubeconfig: both, context: "there" }, wanted);
      await assert.rejects(checkCluster({ kubeconfig: both }, wanted), /it answered 500/);
    } finally {
      one.stop();
      other.stop();
    }
  });

  it("lets a preview go on where nothing can be asked, and says so; what is missing it refuses", async () => {
    const gone = await stopped();
    const { said } = await inPreview(() => checkCluster(gone, wanted));
    assert.match(said, /cannot be asked what it has: .*ECONNREFUSED/);
    const forbidding = await serveCluster({ status: 403 });
    const looked = await inPreview(() => checkBaseCluster(forbidding.kubeconfig, { gateway: {} }));
    forbidding.stop();
    assert.match(looked.said, /answers 403: .*no rights in it/);
    const empty = await serveCluster({});
    await assert.rejects(
      inPreview(() => checkCluster(empty, wanted)).finally(empty.stop),
      /nothing was created/,
    );
  });

  it("knows a context that is named", async () => {
    const { kubeconfig, stop } = await serveCluster(complete);
    try {
      await checkCluster({ kubeconfig, context: "here" }, wanted);
      await assert.rejects(
        checkCluster({ kubeconfig, context: "there" }, wanted),
        /it has no context "there": expected one of here$/,
      );
    } finally {
      stop();
    }
  });

  const stopped = async () => {
    const { kubeconfig, stop } = await serveCluster({});
    stop();
    return { kubeconfig };
  };
  const broken: [string, () => Promise<{ kubeconfig: string; stop?: () => void }>, RegExp][] = [
    [
      "has a kubeconfig with a broken line, which is not quoted",
      () => Promise.resolve({ kubeconfig: "token: [secret" }),
      /cannot be asked what it has: its kubeconfig cannot be read: expected YAML with clusters, users and contexts$/,
    ],
    ["refuses the connection", stopped, /asked what it has: .*ECONNREFUSED/],
    ["does not let us in", () => serveCluster({ status: 401 }), /asked what it has: it answered 401$/],
    [
      "has a kubeconfig that is not YAML",
      () => Promise.resolve({ kubeconfig: "kubeconfig: [" }),
      /cannot be asked what it has: /,
    ],
  ];
  for (const [name, build, expected] of broken) {
    it(`says why it cannot ask a cluster that ${name}`, async () => {
      const { kubeconfig, stop } = await build();
      try {
        await assert.rejects(checkCluster({ kubeconfig }, wanted), expected);
      } finally {
        stop?.();
      }
    });
  }
});

describe("the preflight of base's cluster", () => {
  const serve = async (
    cluster: Parameters<typeof serveCluster>[0],
    check: (kubeconfig: string) => Promise<void>,
  ) => {
    const { kubeconfig, stop } = await serveCluster(cluster);
    await check(kubeconfig).finally(stop);
  };
  const gateway = {};

  it("asks for the Gateway API alone, and says how to get it", async () => {
    await serve({ gatewayKinds: complete.gatewayKinds! }, (kubeconfig) =>
      checkBaseCluster(kubeconfig, { gateway }),
    );
    await assert.rejects(
      serve({}, (kubeconfig) => checkBaseCluster(kubeconfig, { gateway })),
      /^(Error|RunError)?.*The cluster of base cannot take this stack, and nothing was created:\n- it has no Gateway API.*run `kubectl/,
    );
    // What AKS installs itself is older than Traefik needs.
    await assert.rejects(
      serve({ gatewayKinds: ["httproutes", "grpcroutes", "backendtlspolicies"] }, (kubeconfig) =>
        checkBaseCluster(kubeconfig, { gateway }),
      ),
      /its Gateway API has no tlsroutes in version v1/,
    );
  });

  it("goes on where it cannot ask: nobody is signed in, nobody answers, or a browser would be asked for", async () => {
    await serve({ status: 401 }, (kubeconfig) => checkBaseCluster(kubeconfig, { gateway }));
    await checkBaseCluster("kubeconfig of base", { gateway });
    const kubelogin = (...args: string[]) =>
      JSON.stringify({ users: [{ user: { exec: { command: "kubelogin", args } } }] });
    const byDevice = kubelogin("get-token", "--login", "devicecode");
    assert.equal(loginAsksAPerson(byDevice, {}), true);
    assert.equal(loginAsksAPerson(kubelogin("get-token", "--login", "interactive"), {}), true);
    assert.equal(loginAsksAPerson(byDevice, { AAD_LOGIN_METHOD: "azurecli" }), false);
    assert.equal(loginAsksAPerson(kubelogin("get-token", "--login", "azurecli"), {}), false);
  });

  it("does not go on where the cluster forbids it to look", async () => {
    const run = serve({ status: 403 }, (kubeconfig) => checkBaseCluster(kubeconfig, { gateway }));
    await assert.rejects(run, /answers 403: .*no rights in it.*role that \.github\/README\.md names/);
  });

  it("names the version that the local environment has", () => {
    const module = new URL("../../scripts/local/tools/gatewayApi/go.mod", import.meta.url);
    const [, version] = /sigs\.k8s\.io\/gateway-api (v\S+)/.exec(readFileSync(module, "utf8")) ?? [];
    const { problems } = examine(buildFacts({ gatewayKinds: [] }), wanted);
    assert.ok(problems[0]?.includes(`/download/${version}/`), problems[0]);
  });
});
