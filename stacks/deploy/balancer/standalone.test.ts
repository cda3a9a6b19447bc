// The balancer's objects for a cluster that knows nothing of it.
import assert from "node:assert/strict";
import { parsePolicy } from "../../../balancer/index.ts";
import type { Manifest } from "../manifests.ts";
import { podSpecOf } from "../podSpec.ts";
import { endOf, rulesOf, runningOf } from "../testing/recorded.ts";
import { isAllowed, type End } from "../testing/networkPolicies.ts";
import { namespaceOfService } from "./prometheusWay.ts";
import { parseSettings, type RawSettings } from "./settings.ts";
import { standaloneObjects } from "./standalone.ts";

const usual: RawSettings = {
  prometheus: "http://prometheus-server.observability.svc:80",
  namespaces: ["demo", "shop"],
};

const objectsOf = async (settings: Partial<RawSettings> = {}): Promise<Manifest[]> =>
  (await standaloneObjects(parseSettings({ ...usual, ...settings }), { namedByBytes: true })).objects;

const keyOf = ({ kind, metadata }: Manifest) =>
  [kind, metadata.namespace, metadata.name].filter(Boolean).join(" ");

describe("the balancer alone", () => {
  let objects: Manifest[];
  before(async () => {
    objects = await objectsOf();
  });

  it("names nothing of our own cluster: its namespace, its Prometheus, its rank", () => {
    const text = JSON.stringify(objects.filter(({ binaryData }) => binaryData === undefined));
    assert.doesNotMatch(text, /monitoring|tier-critical/);
  });

  it("brings each namespace, account, rank and ConfigMap that it uses, but those of workloads and of Kubernetes", () => {
    const there = new Set(objects.map(keyOf));
    const theirs = new Set(["demo", "shop", "kube-system"]);
    for (const object of objects) {
      const { namespace } = object.metadata;
      if (namespace !== undefined && !theirs.has(namespace))
        assert.ok(there.has(`Namespace ${namespace}`), namespace);
      if (!["CronJob", "Deployment"].includes(object.kind)) continue;
      const pod = podSpecOf(object);
      assert.ok(there.has(`PriorityClass ${pod.priorityClassName}`));
      assert.ok(there.has(`ServiceAccount ${namespace} ${pod.serviceAccountName}`));
      for (const { configMap } of pod.volumes ?? [])
        if (configMap) assert.ok(there.has(`ConfigMap ${namespace} ${configMap.name}`));
      assert.ok(pod.containers[0]?.args?.includes(`--namespace=${namespace}`));
    }
    for (const name of theirs) assert.ok(!there.has(`Namespace ${name}`), name);
  });

  it("has rights to write in the namespaces that are listed, and in its own", () => {
    const roles = objects.filter(({ kind }) => kind === "Role").map(({ metadata }) => metadata.namespace);
    assert.deepEqual([...new Set(roles)].sort(), [
      "demo",
      "kube-system",
      "placeholder",
      "shop",
      "spot-balancer",
    ]);
    for (const { kind, subjects } of objects as (Manifest & { subjects?: { namespace: string }[] })[])
      if (kind.endsWith("Binding") && subjects)
        assert.deepEqual(subjects.map(({ namespace }) => namespace), ["spot-balancer"]); // prettier-ignore
  });

  it("can be applied from first to last: what runs pods comes after all that they need", () => {
    const kinds = objects.map(({ kind }) => kind);
    assert.equal(kinds[0], "Namespace");
    assert.ok(kinds.lastIndexOf("Namespace") < kinds.findIndex((kind) => kind !== "Namespace"));
    const firstWithPods = kinds.findIndex((kind) => ["Deployment", "CronJob"].includes(kind));
    assert.ok(kinds.slice(firstWithPods).every((kind) => ["Deployment", "CronJob"].includes(kind)));
  });

  it("is the same each time, and with another policy but for what reads the policy", async () => {
    assert.deepEqual(await objectsOf(), objects);
    const before = new Map(objects.map((object) => [keyOf(object), JSON.stringify(object)]));
    const changed = (await objectsOf({ policy: "idle: {windowMinutes: 20}" })).filter(
      (object) => before.get(keyOf(object)) !== JSON.stringify(object),
    );
    const reads = ({ kind, metadata }: Manifest) =>
      kind === "ConfigMap"
        ? metadata.name.startsWith("spot-balancer-policy-")
        : ["CronJob", "Deployment"].includes(kind);
    assert.ok(changed.length >= 2);
    assert.deepEqual(changed.filter((object) => !reads(object)).map(keyOf), []);
  });

  it("may talk to its Prometheus, whatever the port of the Service, and is read from there only", () => {
    const rules = rulesOf(objects);
    rules.namespaces["observability"] = { "kubernetes.io/metadata.name": "observability" };
    const running = runningOf(objects);
    const round = endOf(running.find(({ object }) => object.kind === "CronJob")!);
    const exporter = endOf(running.find(({ name }) => name.endsWith("-metrics"))!);
    const prometheus: End = { namespace: "observability", labels: { any: "thing" }, ports: {} };
    const stranger: End = { namespace: "shop", labels: {}, ports: {} };
    const can = (from: End, to: End, port: number) => isAllowed(rules, from, to, { protocol: "TCP", port });
    assert.ok(can(round, prometheus, 9090));
    assert.ok(!can(round, stranger, 9090));
    assert.ok(can(prometheus, exporter, 9464));
    assert.ok(!can(stranger, exporter, 9464));
  });

  it("opens the port alone where Prometheus is no Service of the cluster", async () => {
    for (const [url, port] of [
      ["https://prom.example.com/api", 443],
      ["http://prom.example.com", 80],
      ["http://prom.example.com:9091", 9091],
    ] as const) {
      const outside = await objectsOf({ prometheus: url });
      const specOf = (policy: string) =>
        outside.find(({ kind, metadata: { name } }) => kind === "NetworkPolicy" && name === policy)?.["spec"];
      const { egress } = specOf("spot-balancer") as { egress: object[] };
      assert.deepEqual(egress[0], { ports: [{ protocol: "TCP", port }] }, url);
      // Who reads the exporter then is somewhere in the cluster, and nobody outside.
      const { ingress } = specOf("spot-balancer-metrics") as { ingress: { from: object[] }[] };
      assert.deepEqual(ingress.map(({ from }) => from), [[{ namespaceSelector: {} }]]); // prettier-ignore
    }
  });

  it("knows a Service of the cluster by its URL, with or without the cluster's domain", () => {
    const found = ["http://p.shop.svc:9090/x", "https://p.shop.svc.cluster.local", "http://p.shop.svcs", "http://shop.svc", "http://a.b.shop.svc"].map(namespaceOfService); // prettier-ignore
    assert.deepEqual(found, ["shop", "shop", undefined, undefined, undefined]);
  });

  it("makes no placeholders where policy knows no spot nodes", async () => {
    const without = await objectsOf({ policy: "pools: {spot: {nodeLabels: {}}}" });
    assert.deepEqual(without.filter(({ metadata }) => metadata.namespace === "placeholder").map(keyOf), []);
  });

  it("has labels that tools know on every object and pod, beside those that selectors go by", () => {
    for (const object of objects)
      assert.equal(object.metadata.labels?.["app.kubernetes.io/name"], "spot-balancer");
    for (const { template } of runningOf(objects)) {
      assert.equal(template.metadata?.labels?.["app.kubernetes.io/part-of"], "spot-balancer");
      assert.match(template.metadata.labels["app"] ?? "", /^spot-balancer/);
    }
  });

  it("with `monitor` says to the operator and to Grafana what to read, by the namespace that it is in", async () => {
    const watched = await objectsOf({ monitor: true });
    const added = watched.filter((object) => !objects.some((each) => keyOf(each) === keyOf(object)));
    assert.deepEqual(added.map(({ kind }) => kind).sort(), ["ConfigMap", "PodMonitor", "PrometheusRule"]);
    const text = JSON.stringify(added);
    assert.match(text, /SpotBalancerNotRunning/);
    // By this Grafana's sidecar finds it.
    assert.equal(added.find(({ kind }) => kind === "ConfigMap")?.metadata.labels?.["grafana_dashboard"], "1");
    assert.doesNotMatch(text, /-n monitoring|namespace(":|=\\")"?monitoring/);
  });

  it("with `monitor` asks for series by the names that kube-prometheus gives them, and of the data source that a person chooses", async () => {
    const watched = await objectsOf({ monitor: true, namespace: "saving" });
    const find = (kind: string, name: string) =>
      watched.find((each) => each.kind === kind && each.metadata.name === name) ?? assert.fail(name);
    const rules = JSON.stringify(find("PrometheusRule", "spot-balancer")["spec"]);
    const dashboard = (find("ConfigMap", "spot-balancer-dashboard")["data"] as Record<string, string>)["spot-balancer.json"]!; // prettier-ignore
    const jobs = [...(rules + dashboard).matchAll(/job=\\"([^"\\]+)/g)].map(([, job]) => job);
    assert.deepEqual([...new Set(jobs)].sort(), ["kube-state-metrics", "kubelet", "spot-balancer"]);
    const { jobLabel } = find("PodMonitor", "spot-balancer-metrics")["spec"] as { jobLabel: string };
    for (const { template } of runningOf(watched))
      assert.equal(template.metadata!.labels![jobLabel], "spot-balancer");
    const namespaces = [...rules.matchAll(/namespace=\\"([^"\\]+)/g)].map(([, namespace]) => namespace);
    assert.deepEqual([...new Set(namespaces)], ["saving"]);
    const { templating, panels } = JSON.parse(dashboard) as {
      templating: { list: { name: string; type: string }[] };
      panels: { type: string; datasource?: { uid: string } }[];
    };
    assert.deepEqual(templating.list.map(({ name, type }) => [name, type]), [["datasource", "datasource"]]); // prettier-ignore
    const asked = panels.flatMap(({ datasource }) => datasource?.uid ?? []);
    assert.deepEqual([...new Set(asked)], ["${datasource}"]);
  });
});

describe("settings of the balancer alone", () => {
  it("keep the text of a policy as it is, when nothing is to be added", () => {
    const policy = "# why\nnamespaces: {demo: {maxSpotShare: 0.5}}\n";
    assert.equal(parseSettings({ ...usual, namespaces: ["demo"], policy }).policy.text, policy);
  });

  it("add namespaces to what the policy has, comments and rules kept", () => {
    const policy = "# why\nnamespaces:\n  demo: {maxSpotShare: 0.5} # half\n";
    const { text } = parseSettings({ ...usual, policy }).policy;
    assert.match(text, /# why[\s\S]*# half/);
    const { namespaces } = parsePolicy(text);
    assert.deepEqual([namespaces["demo"]?.maxSpotShare, namespaces["shop"]?.maxSpotShare], [0.5, 1]);
  });

  const wrong: [what: string, settings: unknown, problems: RegExp[]][] = [
    ["nothing at all", {}, [/prometheus: expected/, /expected at least one, here or in the policy/]],
    ["no object", "x", [/expected a map/]],
    [
      "everything",
      {
        prometheus: "http://user:secret@prometheus",
        namespaces: ["kube-system"],
        image: "no tag",
        schedule: "daily",
        namespace: "Up",
        policy: "idel: {}\nversion: 2",
        unknown: 1,
      },
      [
        /prometheus/,
        /namespaces\[0\]/,
        /image/,
        /schedule/,
        /namespace:/,
        /line 1: idel: unknown key/,
        /line 2: version/,
        /unknown/,
      ],
    ],
    ["a name in the URL", { ...usual, prometheus: "http://user@prometheus" }, [/^1 problem:.*prometheus/s]],
    ["a password in the URL", { ...usual, prometheus: "http://:x@prometheus" }, [/^1 problem:.*prometheus/s]],
    ["another protocol", { ...usual, prometheus: "ftp://prometheus" }, [/^1 problem:.*prometheus/s]],
    ...["kube-system", "kube-public", "kube-node-lease"].map((name): (typeof wrong)[number] => [
      `Kubernetes' own namespace ${name}`,
      { ...usual, namespaces: [name] },
      [/^1 problem:.*namespaces\[0\].*none of Kubernetes' own/s],
    ]),
    [
      "a namespace that the policy forbids",
      { ...usual, policy: "namespaces: {shop: {allowed: false}}" },
      [/expected none that the policy forbids, got "shop"/],
    ],
    [
      "a policy that opts nothing in",
      { ...usual, namespaces: [], policy: "version: 1" },
      [/nothing could move/],
    ],
  ];
  for (const [what, settings, problems] of wrong)
    it(`are refused with all that is wrong: ${what}`, () => {
      assert.throws(
        () => parseSettings(settings),
        (error: Error) => {
          for (const problem of problems) assert.match(error.message, problem);
          assert.match(error.message, new RegExp(`^${error.message.split("\n").length - 1} problems?:`));
          return true;
        },
      );
    });
});
