// What the deploy program asks Kubernetes for.
import assert from "node:assert/strict";
import type { V1CronJob, V1Deployment, V1PodSpec } from "@kubernetes/client-node";
import { parse } from "yaml";
import { parsePolicy } from "../../balancer/index.ts";
import { configFile } from "../testing/configFiles.ts";
import { buildBaseOutputs, defaultStacks } from "../record/replies.ts";
import { complete, serveCluster } from "./testing/apiServer.ts";
import { isSecret, record, type Recording, type RecordedResource } from "../record.ts";

const deployment = "kubernetes:apps/v1:Deployment";
const cronJob = "kubernetes:batch/v1:CronJob";
const configMap = "kubernetes:core/v1:ConfigMap";

const as = <Typed>(resource: RecordedResource) => resource.inputs as unknown as Typed;

/** Pod specs of everything that runs pods. */
function podSpecs(recording: Recording): { name: string; pod: V1PodSpec }[] {
  const found = [
    ...recording
      .all(deployment)
      .map((each) => [each.name, as<V1Deployment>(each).spec?.template.spec] as const),
    ...recording
      .all(cronJob)
      .map((each) => [each.name, as<V1CronJob>(each).spec?.jobTemplate.spec?.template.spec] as const),
  ];
  return found.map(([name, pod]) => {
    assert.ok(pod, name);
    return { name, pod };
  });
}

const balancerPod = (recording: Recording) =>
  podSpecs(recording).find(({ name }) => name === "monitoring/spot-balancer")?.pod as V1PodSpec;

/** The ConfigMap that a pod's volume names, and its data. */
function mounted(recording: Recording, pod: V1PodSpec, volume: string) {
  const name = pod.volumes?.find((each) => each.name === volume)?.configMap?.name;
  const found = recording.find(configMap, `monitoring/${name}`);
  assert.equal(found.inputs["immutable"], true);
  return found.inputs as { data?: Record<string, string>; binaryData?: Record<string, string> };
}

describe("deploy", () => {
  let local: Recording;
  before(async () => {
    local = await record("deploy-local", { config: configFile("deploy-local") });
  });

  it("reaches the cluster by base's kubeconfig, which stays secret", () => {
    const { inputs } = local.find("pulumi:providers:kubernetes");
    assert.ok(isSecret(inputs["kubeconfig"]));
    assert.equal(inputs["kubeconfig"].value, buildBaseOutputs().kubeconfig);
  });

  it("knows the cluster by Azure's id: another address or certificate replaces nothing", () => {
    const { inputs } = local.find("pulumi:providers:kubernetes");
    assert.equal(inputs["clusterIdentifier"], buildBaseOutputs().clusterId);
  });

  it("refuses a host whose ports base keeps closed", async () => {
    const stacks = {
      ...defaultStacks("deploy-dev"),
      "organization/spot-balancer/base-dev": { ...buildBaseOutputs({ publicPorts: [80] }) },
    };
    const run = record("deploy-dev", { config: { gateway: { host: "app.example.com" } }, stacks });
    await assert.rejects(run, /expected ports 80 and 443 among base's publicPorts, got \[80\]/);
    const parts = ["balancer", "monitoring"];
    await record("deploy-dev", { config: { parts, gateway: { host: "app.example.com" } }, stacks }); // brings no gateway
  });

  it("makes namespaces first, closed before any pod starts in them", () => {
    const namespaces = local.all("kubernetes:core/v1:Namespace").map(({ name }) => name);
    for (const name of [
      "backend",
      "banking",
      "database",
      "demo",
      "frontend",
      "gateway",
      "monitoring",
      "node-metrics",
    ]) {
      assert.ok(namespaces.includes(name), name);
    }
    for (const { type, name, dependsOn } of local.resources) {
      if (!type.startsWith("kubernetes:") || /:(Namespace|PriorityClass)$/.test(type)) continue;
      for (const namespace of namespaces) assert.ok(dependsOn.includes(namespace), name);
      if (!/:(Deployment|DaemonSet|CronJob|Job)$/.test(type)) continue;
      const namespace = name.split("/")[0] ?? "";
      assert.ok(dependsOn.includes(`${namespace}/default-deny`), name);
    }
  });

  it("runs pods that the restricted standard allows, from images that cannot change", () => {
    for (const { name, pod } of podSpecs(local)) {
      assert.equal(pod.securityContext?.runAsNonRoot, true, name);
      assert.equal(pod.securityContext?.seccompProfile?.type, "RuntimeDefault", name);
      for (const container of pod.containers) {
        assert.match(container.image ?? "", /^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/, name);
        assert.deepEqual(container.securityContext?.capabilities?.drop, ["ALL"], name);
        assert.equal(container.securityContext?.allowPrivilegeEscalation, false, name);
        assert.equal(container.securityContext?.readOnlyRootFilesystem, true, name);
        assert.ok(container.resources?.requests?.["cpu"] && container.resources.limits?.["memory"], name);
      }
    }
  });

  it("binds monitoring to the system pool, and leaves placement of banking and demo to the balancer", () => {
    for (const { name, pod } of podSpecs(local)) {
      if (name === "monitoring/grafana") continue; // on regular nodes, see monitoring.test.ts
      if (!/^(monitoring|banking|demo)\//.test(name)) continue; // others by configuration: appNodes
      const inMonitoring = name.startsWith("monitoring/");
      assert.deepEqual(
        pod.nodeSelector,
        inMonitoring ? buildBaseOutputs().systemNodeLabels : undefined,
        name,
      );
      assert.deepEqual(
        pod.tolerations,
        inMonitoring ? [{ key: "CriticalAddonsOnly", operator: "Exists" }] : undefined,
      );
      assert.equal(pod.affinity?.nodeAffinity, undefined, name);
    }
  });

  it("ships the balancer as an immutable bundle below the limit, which its CronJob mounts", () => {
    const pod = balancerPod(local);
    const { binaryData, data } = mounted(local, pod, "program");
    assert.ok(Buffer.from(binaryData?.["main.mjs.gz"] ?? "", "base64").length > 10_000);
    assert.match(data?.["unpack.mjs"] ?? "", /gunzipSync/);
    const { spec } = as<V1CronJob>(local.find(cronJob));
    assert.equal(spec?.schedule, "*/1 * * * *");
    assert.equal(spec.concurrencyPolicy, "Forbid");
    assert.ok((spec.jobTemplate.spec?.activeDeadlineSeconds ?? Infinity) <= 120);
  });

  it("runs the exporter from the same program, with rights of its own, where Prometheus finds it", () => {
    const exporter = as<V1Deployment>(local.find(deployment, "monitoring/spot-balancer-metrics"));
    const { metadata, spec } = exporter.spec!.template;
    assert.equal(metadata?.annotations?.["prometheus.io/scrape"], "true");
    const [container] = spec!.containers;
    assert.equal(metadata.annotations["prometheus.io/port"], String(container?.ports?.[0]?.containerPort));
    assert.ok(container?.args?.includes("--listen=$(POD_IP):9464"));
    assert.equal(spec?.serviceAccountName, "spot-balancer-metrics");
    assert.deepEqual(mounted(local, spec, "program"), mounted(local, balancerPod(local), "program"));
  });

  it("runs the watcher with the CronJob's program, policy and account, unless configuration says otherwise", async () => {
    const name = "monitoring/spot-balancer-watch";
    const { spec, metadata } = as<V1Deployment>(local.find(deployment, name)).spec!.template;
    const [container] = spec!.containers;
    assert.equal(metadata?.annotations?.["prometheus.io/port"], String(container?.ports?.[0]?.containerPort));
    const [round] = balancerPod(local).containers;
    const same = container?.args?.filter((each) => !["watch", "--listen=$(POD_IP):9464"].includes(each));
    assert.deepEqual([...same!, "--output=json"], round?.args);
    assert.equal(spec?.serviceAccountName, balancerPod(local).serviceAccountName);
    for (const volume of ["program", "policy"])
      assert.deepEqual(mounted(local, spec!, volume), mounted(local, balancerPod(local), volume));
    const without = await record("deploy-dev", { config: { balancerWatch: false } });
    assert.deepEqual(without.resources.filter((each) => each.name.includes("balancer-watch")), []); // prettier-ignore
    assert.ok(without.find(cronJob) && without.find(deployment, "monitoring/spot-balancer-metrics"));
  });

  it("gives the balancer a policy with the cluster's node labels", () => {
    const { data } = mounted(local, balancerPod(local), "policy");
    const policy = parsePolicy(data?.["policy.yaml"] ?? "");
    assert.deepEqual(Object.keys(policy.namespaces), ["demo", "banking"]);
    assert.equal(policy.idle.windowMinutes, 1);
    assert.deepEqual(policy.pools.regular.nodeLabels, buildBaseOutputs().regularNodeLabels);
    assert.deepEqual(policy.pools.spot.nodeLabels, buildBaseOutputs().spotNodeLabels);
  });

  it("tells the balancer the tier of each priority class, which configuration may change", async () => {
    const classes = local.all("kubernetes:scheduling.k8s.io/v1:PriorityClass").map(({ name }) => name);
    const tiersOf = (recording: Recording) =>
      parsePolicy(mounted(recording, balancerPod(recording), "policy").data?.["policy.yaml"] ?? "").priorities
        .classes;
    assert.deepEqual(
      classes.filter((name) => name.startsWith("tier-")).map((name) => `${name}: ${tiersOf(local)[name]}`),
      ["tier-critical: critical", "tier-low: low", "tier-standard: standard"],
    );
    const policy = { priorities: { classes: { "tier-low": "standard", batch: "low" } } };
    const changed = tiersOf(await record("deploy-dev", { config: { policy } }));
    assert.deepEqual([changed["tier-low"], changed["batch"]], ["standard", "low"]);
    assert.equal(changed["system-node-critical"], "critical");
  });

  it("gives the balancer rights in the namespaces that policy allows, and in no other", async () => {
    const policy = { namespaces: { bank: {}, shop: {}, vault: { allowed: false } } };
    const { all } = await record("deploy-dev", { config: { policy } });
    for (const kind of ["Role", "RoleBinding"]) {
      const names = all(`kubernetes:rbac.authorization.k8s.io/v1:${kind}`).map(({ name }) => name);
      assert.deepEqual(
        names.filter((name) => name.endsWith("/spot-balancer-workloads")),
        ["bank/spot-balancer-workloads", "shop/spot-balancer-workloads"],
      );
    }
  });

  it("uses an image of your own instead of the bundle", async () => {
    const recording = await record("deploy-dev", {
      config: { balancerImage: "registry.example/balancer:1.2.3" },
    });
    const pod = balancerPod(recording);
    const [container] = pod.containers;
    assert.equal(container?.image, "registry.example/balancer:1.2.3");
    assert.equal(container.command, undefined);
    assert.equal(container.args?.[0], "--service-account-dir=/var/run/secrets/kubernetes.io/serviceaccount");
    assert.ok(!pod.volumes?.some(({ name }) => name === "program"));
    const exporter = podSpecs(recording).find(({ name }) => name.endsWith("balancer-metrics"))?.pod
      .containers[0];
    assert.equal(exporter?.image, "registry.example/balancer:1.2.3");
    assert.deepEqual(exporter.args?.slice(0, 2), ["metrics", "--listen=$(POD_IP):9464"]);
    assert.ok(!recording.all(configMap).some(({ name }) => name.includes("spot-balancer-program")));
  });

  it("renames the bundle's ConfigMap only when the program changes", async () => {
    const again = await record("deploy-local", {
      config: { ...configFile("deploy-local"), scrapeInterval: 30 },
    });
    const programs = [local, again].map(({ outputs }) => outputs["balancerProgram"]);
    assert.equal(programs[0], programs[1]);
    const settings = [local, again].map(({ all }) =>
      all(configMap).find(({ name }) => name.includes("prometheus-config")),
    );
    assert.notEqual(settings[0]?.name, settings[1]?.name);
  });

  it("configures Prometheus without leaving anything to be found out in the cluster", () => {
    const prometheus = podSpecs(local).find(({ name }) => name === "monitoring/prometheus")?.pod as V1PodSpec;
    assert.ok(prometheus.containers[0]?.args?.includes("--web.listen-address=$(POD_IP):9090"));
    const { data } = mounted(local, prometheus, "config");
    interface Settings {
      global: { scrape_interval: string; scrape_timeout: string };
      rule_files: string[];
      scrape_configs: { job_name: string; kubernetes_sd_configs?: { api_server: string }[] }[];
    }
    const settings = parse(data?.["prometheus.yml"] ?? "") as Settings;
    assert.deepEqual([settings.global.scrape_interval, settings.global.scrape_timeout], ["5s", "5s"]);
    const nodes = settings.scrape_configs.find(({ job_name }) => job_name === "nodes");
    assert.equal(nodes?.kubernetes_sd_configs?.[0]?.api_server, "https://kubernetes.default.svc:443");
    assert.deepEqual(settings.rule_files, ["/etc/prometheus/*.rules.yml"]);
    assert.ok(data?.["balancer.rules.yml"]);
  });

  it("starts the demo with the load of configuration, and never sets it back", () => {
    const { inputs, ignoreChanges } = local.find(deployment, "demo/busy-demo");
    const { annotations } = inputs["metadata"] as { annotations: Record<string, string> };
    assert.equal(annotations["local.spot-balancer/cpu"], "400m");
    assert.deepEqual(ignoreChanges, ["metadata.annotations"]);
  });

  it("works on a cluster that this project did not make", async () => {
    const { kubeconfig: ofKind, stop } = await serveCluster({
      ...complete,
      nodes: [{ pool: "stable" }, { pool: "cheap" }],
    });
    const config = {
      cluster: "existing",
      kubeconfig: ofKind,
      systemNodeLabels: {},
      systemTolerations: [],
      regularNodeLabels: { pool: "stable" },
      spotNodeLabels: { pool: "cheap" },
      database: { host: "postgres.example", user: "app" },
      databasePassword: "password of my own",
    };
    const secrets = ["kubeconfig", "databasePassword"];
    const recording = await record("deploy-kind", { config, secrets, stacks: {} }).finally(stop);
    const { kubeconfig } = recording.find("pulumi:providers:kubernetes").inputs;
    assert.ok(isSecret(kubeconfig) && kubeconfig.value === ofKind);
    const pod = balancerPod(recording);
    assert.equal(pod.nodeSelector, undefined);
    assert.equal(pod.tolerations, undefined);
    const policy = parsePolicy(mounted(recording, pod, "policy").data?.["policy.yaml"] ?? "");
    assert.deepEqual(
      [policy.pools.regular.nodeLabels, policy.pools.spot.nodeLabels],
      [{ pool: "stable" }, { pool: "cheap" }],
    );
  });

  it("asks base's cluster first whether it has what the stack cannot bring", async () => {
    const { kubeconfig, stop } = await serveCluster({});
    const stacks = {
      ...defaultStacks("deploy-dev"),
      "organization/spot-balancer/base-dev": { ...buildBaseOutputs({ kubeconfig }) },
    };
    const refused = record("deploy-dev", { config: configFile("deploy-dev"), stacks }).finally(stop);
    await assert.rejects(refused, /The cluster of base cannot take this stack.*\n- it has no Gateway API/);
  });

  it("has no secret in plain text in any input or output", () => {
    const open = [local.outputs, ...local.resources.filter(({ name }) => name !== "cluster")];
    assert.doesNotMatch(JSON.stringify(open), /kubeconfig of|password of/);
  });
});
