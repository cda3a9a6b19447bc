// What manifests promise each other, the programs in them, and the cluster: probes, times, ranks, and who may see what.
import assert from "node:assert/strict";
import type {
  V1Container,
  V1CronJob,
  V1Deployment,
  V1Job,
  V1PriorityClass,
  V1Probe,
  V1Service,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import type { Gateway, HttpRoute } from "./kinds.ts";
import type { Manifest } from "./manifests.ts";
import { everyManifest } from "./testing/everyManifest.ts";
import { podSpecOf, findPodTemplate } from "./podSpec.ts";

const objects = everyManifest();
const running = objects.filter((object) => object.kind !== "PodTemplate" && findPodTemplate(object));
const ofKind = <Kind>(kind: string) =>
  objects.filter((object) => object.kind === kind) as unknown as (Kind & Manifest)[];
const nameOf = ({ metadata: { namespace, name } }: Manifest) => `${namespace}/${name}`;
const find = <Kind>(kind: string, name: string) =>
  ofKind<Kind>(kind).find((object) => nameOf(object) === name) ?? assert.fail(`${kind} ${name}`);
const containerOf = (manifest: Manifest): V1Container => podSpecOf(manifest).containers[0]!;

/** `/livez metrics, 1 s × 60`: where, how often, and after how many failures if it is not three. */
function shown(probe: V1Probe | undefined): string {
  if (!probe) return "";
  const { httpGet, tcpSocket, exec, periodSeconds, failureThreshold, timeoutSeconds, ...others } = probe;
  assert.deepEqual([exec, others], [undefined, {}]);
  const where = `${httpGet?.path ?? "connects"} ${httpGet?.port ?? tcpSocket?.port}`;
  const patience = timeoutSeconds === undefined ? "" : `, within ${timeoutSeconds} s`;
  return `${where}, ${periodSeconds} s${failureThreshold === undefined ? "" : ` × ${failureThreshold}`}${patience}`;
}

const banking = ["accounts", "fraud-check", "ledger", "payments", "reports", "statements"];
const ours = ["/livez metrics, 1 s × 60", "/readyz metrics, 5 s", "/livez metrics, 20 s"];

/** When it has started, when requests may come, when it is to be started anew. */
const probes: Record<string, [start: string, ready: string, alive: string] | string[]> = {
  ...Object.fromEntries(
    banking.map((name) => [
      `banking/${name}`,
      ["/livez http, 1 s × 30", "/readyz http, 5 s", "/livez http, 20 s"],
    ]),
  ),
  "backend/backend-a": ours,
  "backend/backend-b": ours,
  "frontend/frontend": ours,
  "demo/nginx-demo": ["", "/ http, 5 s", "connects http, 20 s"],
  // While it drains it answers 503, and goes on.
  "gateway/gateway": ["/ping metrics, 1 s × 60", "/ping metrics, 2 s × 1", "connects metrics, 20 s"],
  "monitoring/grafana": [
    "/api/health http, 2 s × 60",
    "/api/health http, 10 s",
    "/healthz http, 30 s, within 5 s",
  ],
  "monitoring/kube-state-metrics": [
    "/readyz telemetry, 1 s × 60",
    "/readyz telemetry, 10 s",
    "/livez metrics, 30 s, within 5 s",
  ],
  "monitoring/prometheus": ["/-/ready http, 2 s × 60", "/-/ready http, 10 s", "/-/healthy http, 30 s"],
  "monitoring/spot-balancer-metrics": [
    "/healthz metrics, 1 s × 60",
    "/healthz metrics, 10 s",
    "connects metrics, 30 s",
  ],
  "monitoring/spot-balancer-watch": [
    "/healthz metrics, 1 s × 60",
    "/readyz metrics, 10 s",
    "connects metrics, 30 s",
  ],
  "node-metrics/node-exporter": ["/ metrics, 1 s × 30", "/ metrics, 10 s", "connects metrics, 30 s"],
};

describe("the manifests", () => {
  it("ask each program whether it is well where it says so", () => {
    const found = running.map((object) => {
      const { startupProbe, readinessProbe, livenessProbe } = containerOf(object);
      return [nameOf(object), [startupProbe, readinessProbe, livenessProbe].map(shown)] as const;
    });
    assert.deepEqual(Object.fromEntries(found.filter(([, each]) => each.some(Boolean))), probes);
  });

  it("ask at ports that the container has", () => {
    for (const object of running) {
      const { ports = [], startupProbe, readinessProbe, livenessProbe } = containerOf(object);
      for (const probe of [startupProbe, readinessProbe, livenessProbe]) {
        const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port;
        assert.ok(
          port === undefined || ports.some(({ name }) => name === port),
          `${nameOf(object)}: ${port}`,
        );
      }
    }
  });

  it("give the gateway time to drain, and its answers longer than the longest CPU test takes", () => {
    const gateway = find<V1Deployment>("Deployment", "gateway/gateway");
    const args = Object.fromEntries(
      containerOf(gateway).args!.map((argument) => argument.slice(2).split("=") as [string, string]),
    );
    const seconds = (name: string): number => {
      assert.match(args[name] ?? "", /^\d+s$/, name);
      return parseInt(args[name]!);
    };
    for (const entrance of ["web", "websecure"]) {
      const { lifeCycle, responding } = {
        lifeCycle: `entryPoints.${entrance}.transport.lifeCycle`,
        responding: `entryPoints.${entrance}.transport.respondingTimeouts`,
      };
      const [accepting, ending] = [`${lifeCycle}.requestAcceptGraceTimeout`, `${lifeCycle}.graceTimeOut`].map(seconds); // prettier-ignore
      assert.deepEqual([accepting, ending], [10, 30], entrance);
      assert.ok(accepting! + ending! < podSpecOf(gateway).terminationGracePeriodSeconds!, entrance);
      assert.equal(seconds(`${responding}.readTimeout`), 60);
    }
    // loadOnRequest.cpuSeconds is 60 at most.
    assert.ok(seconds("serversTransport.forwardingTimeouts.responseHeaderTimeout") > 60);
    assert.equal(args["ping.terminatingStatusCode"], "503");
    assert.deepEqual([args["ping.entryPoint"], args["metrics.prometheus.entryPoint"]], ["metrics", "metrics"]); // prettier-ignore
    assert.equal(args["providers.kubernetesGateway.namespaces"], "gateway,backend,frontend");
  });

  it("let the gateway see who asks, and the backend believe it alone", () => {
    const { spec } = find<V1Service>("Service", "gateway/gateway");
    assert.deepEqual([spec?.type, spec?.externalTrafficPolicy], ["LoadBalancer", "Local"]);
    for (const variant of ["a", "b"]) {
      const { env } = containerOf(find("Deployment", `backend/backend-${variant}`));
      assert.equal(env?.find(({ name }) => name === "PROXIES")?.value, "1", variant);
    }
  });

  it("leave what runs the time that its end takes", () => {
    const short = running.filter((object) => podSpecOf(object).terminationGracePeriodSeconds !== undefined);
    const found = short.map((object) => [nameOf(object), podSpecOf(object).terminationGracePeriodSeconds]);
    assert.deepEqual(Object.fromEntries(found), {
      ...Object.fromEntries(banking.map((name) => [`banking/${name}`, 15])),
      ...{ "demo/nginx-demo": 15, "demo/busy-demo": 15 },
      // They are told for 5 s that they leave, and end their work in 25 (graceMs in k8s/backend/src/main.ts).
      ...{ "backend/backend-a": 30, "backend/backend-b": 30, "frontend/frontend": 30 },
      // A write that is under way gets 10 s, and then the Lease is given back (graceMs in balancer/main/time.ts).
      ...{ "monitoring/spot-balancer": 30, "monitoring/spot-balancer-watch": 30 },
      ...{ "monitoring/spot-balancer-metrics": 10, "monitoring/prometheus": 30, "monitoring/grafana": 15 },
      ...{ "monitoring/kube-state-metrics": 10, "node-metrics/node-exporter": 5, "gateway/gateway": 45 },
    });
  });

  it("have one round of the balancer at a time, which ends by itself, and is not tried again but by the next", () => {
    const { spec } = find<V1CronJob>("CronJob", "monitoring/spot-balancer");
    const { concurrencyPolicy, startingDeadlineSeconds, jobTemplate } = spec;
    const { backoffLimit, activeDeadlineSeconds, ttlSecondsAfterFinished } = jobTemplate.spec!;
    assert.deepEqual([concurrencyPolicy, backoffLimit, jobTemplate.spec?.template.spec?.restartPolicy], ["Forbid", 0, "Never"]); // prettier-ignore
    // A controller that looks every ten seconds must find it: kubernetes/kubernetes pkg/controller/cronjob.
    assert.ok(startingDeadlineSeconds! > 10 && startingDeadlineSeconds! < 60);
    // 50 s are a round's own deadline (--deadline), 10 its grace.
    assert.ok(activeDeadlineSeconds! > 60 && activeDeadlineSeconds! <= 120);
    assert.equal(ttlSecondsAfterFinished, 3600);
  });

  it("have the database prepared by somebody who does not give up, and by the administrator's password", () => {
    const job = find<V1Job>("Job", "database/database");
    const { template, backoffLimit } = job.spec!;
    assert.equal(template.spec?.restartPolicy, "OnFailure");
    assert.ok(backoffLimit! >= 1000);
    const { env, args } = containerOf(job);
    assert.deepEqual(Object.fromEntries(env!.map(({ name, value }) => [name, value])), {
      DATABASE_PASSWORD_FILE: "/etc/database/api",
      DATABASE_ADMIN_PASSWORD_FILE: "/etc/database/administrator",
    });
    assert.equal(args?.at(-1), "migrate");
  });

  it("rank what must run above what may wait, which takes nobody's place", () => {
    const found = ofKind<V1PriorityClass>("PriorityClass").map(
      ({ metadata, value, preemptionPolicy = "PreemptLowerPriority", globalDefault = false }) =>
        `${metadata.name}: ${value} ${preemptionPolicy} ${globalDefault}`,
    );
    assert.deepEqual(found.sort(), [
      "placeholder: -10 Never false",
      "tier-critical: 100000 PreemptLowerPriority false",
      "tier-low: 1000 Never false",
      "tier-standard: 10000 PreemptLowerPriority false",
    ]);
  });

  it("hold every namespace to the restricted standard, but the one that reads the machine", () => {
    for (const { metadata } of ofKind("Namespace"))
      assert.deepEqual(
        metadata.labels,
        {
          "pod-security.kubernetes.io/enforce":
            metadata.name === "node-metrics" ? "privileged" : "restricted",
          "pod-security.kubernetes.io/enforce-version": "latest",
        },
        metadata.name,
      );
  });

  it("let one Service have a public address, and none a port of the nodes", () => {
    for (const object of ofKind<{ spec: { hard: Record<string, string> } }>("ResourceQuota")) {
      const { hard } = object.spec;
      // A load balancer leads to a port of the nodes.
      const expected = object.metadata.namespace === "gateway" ? ["1", undefined] : ["0", "0"];
      assert.deepEqual([hard["services.loadbalancers"], hard["services.nodeports"]], expected);
    }
  });

  it("lead from each Service to the port of its program, and none but the gateway's out of the cluster", () => {
    const found = ofKind<V1Service>("Service").map((service) => [
      nameOf(service),
      ...[service.spec?.type, ...service.spec!.ports!.map(({ port, targetPort }) => `${port} to ${targetPort}`)], // prettier-ignore
    ]);
    assert.deepEqual(Object.fromEntries(found.map(([name, ...each]) => [name, each.filter(Boolean).join()])), {
      ...Object.fromEntries(banking.map((name) => [`banking/${name}`, "80 to http"])),
      ...{ "backend/backend-a": "8080 to http", "backend/backend-b": "8080 to http" },
      ...{ "frontend/frontend": "8080 to http", "demo/nginx-demo": "80 to http" },
      ...{ "monitoring/prometheus": "9090 to http", "monitoring/grafana": "3000 to http" },
      "gateway/gateway": "LoadBalancer,80 to web,443 to websecure",
    }); // prettier-ignore
    for (const service of ofKind<V1Service>("Service"))
      assert.deepEqual(service.spec?.selector, { app: service.metadata.name });
  });

  it("take the API's paths to its variants, all others to the page, from the namespaces that have routes", () => {
    const routes = ofKind<HttpRoute>("HTTPRoute").flatMap(({ spec: { parentRefs, rules } }) =>
      rules.map(({ backendRefs, ...rule }) => {
        const { path } = (rule as unknown as { matches: [{ path: { type: string; value: string } }] }).matches[0];
        const to = backendRefs.map((each) => `${each.name}:${(each as unknown as { port: number }).port} ${each.weight}`);
        return `${parentRefs.map(({ sectionName }) => sectionName).join()} ${path.type} ${path.value} → ${to.join(", ")}`;
      }),
    ); // prettier-ignore
    assert.deepEqual(routes.sort(), [
      "http PathPrefix / → frontend:8080 1",
      "http PathPrefix /api → backend-a:8080 50, backend-b:8080 50",
    ]);
    const { listeners, gatewayClassName } = find<Gateway>("Gateway", "gateway/gateway").spec;
    assert.deepEqual(listeners, [
      {
        ...{ name: "http", protocol: "HTTP", port: 8000 },
        allowedRoutes: {
          namespaces: {
            from: "Selector",
            selector: {
              matchExpressions: [
                {
                  ...{ key: "kubernetes.io/metadata.name", operator: "In" },
                  values: ["gateway", "backend", "frontend"],
                },
              ],
            },
          },
        },
      },
    ]);
    const [gatewayClass] = ofKind<{ spec: object }>("GatewayClass");
    assert.deepEqual([gatewayClass?.metadata.name, gatewayClass?.spec], [gatewayClassName, { controllerName: "traefik.io/gateway-controller" }]); // prettier-ignore
  });

  it("scale before a pod is full, and not while half of it is idle", () => {
    const targets = ofKind<V2HorizontalPodAutoscaler>("HorizontalPodAutoscaler").flatMap(
      ({ metadata, spec }) =>
        spec.metrics!.map(({ resource }) => ({
          name: `${metadata.name} ${resource?.name}`,
          percent: resource?.target.averageUtilization ?? 0,
        })),
    );
    assert.ok(targets.length >= 9);
    for (const { name, percent } of targets) assert.ok(percent >= 60 && percent <= 80, `${name}: ${percent}`);
  });

  it("never run two of what holds a file or a counter, and replace all else without a gap", () => {
    const recreated = ofKind<V1Deployment>("Deployment")
      .filter(({ spec }) => spec?.strategy?.type === "Recreate")
      .map(nameOf);
    assert.deepEqual(recreated.sort(), [
      "monitoring/grafana",
      "monitoring/kube-state-metrics",
      "monitoring/prometheus",
      "monitoring/spot-balancer-metrics",
    ]);
  });

  it("show a password to the program's group alone, and of the machine what is read, read-only", () => {
    for (const object of running) {
      const { volumes = [], securityContext, containers } = podSpecOf(object);
      for (const { name, secret, hostPath } of volumes) {
        const mount = containers[0]?.volumeMounts?.find((each) => each.name === name);
        if (secret ?? hostPath) assert.equal(mount?.readOnly, true, `${nameOf(object)}: ${name}`);
        if (hostPath) assert.ok(["/proc", "/sys"].includes(hostPath.path), hostPath.path);
        if (!secret || nameOf(object) === "monitoring/grafana") continue; // its group is everybody's in its image
        assert.equal(secret.defaultMode, 0o440, `${nameOf(object)}: ${name}`);
        assert.equal(securityContext?.fsGroup, securityContext?.runAsGroup, nameOf(object));
      }
    }
  });
});
