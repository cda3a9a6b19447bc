// What the deploy program asks Kubernetes for: in dev beyond the manifests in k8s/, elsewhere beyond dev.
import { join } from "node:path";
import { holdAsked } from "../testing/asked.ts";
import { complete, serveCluster } from "./testing/apiServer.ts";
import { askedBeyond } from "./testing/asked.ts";

let cluster: Awaited<ReturnType<typeof serveCluster>>;

/** A cluster, a database, a Prometheus and a gateway that this project did not make, and every choice otherwise. */
const foreign = () => ({
  cluster: "existing",
  kubeconfig: cluster.kubeconfig,
  kubeContext: "here",
  systemNodeLabels: { pool: "infra" },
  systemTolerations: [{ key: "infra", operator: "Equal", value: "yes", effect: "NoExecute" }],
  regularNodeLabels: { pool: "stable" },
  spotNodeLabels: { pool: "cheap", size: "small" },
  balancerSchedule: "*/5 * * * *",
  balancerReleaseOnDestroy: true,
  balancerPrometheusSecretName: "metrics-login",
  balancerAzureClientId: "11111111-2222-3333-4444-555555555555",
  balancerImage: "registry.example/balancer:1",
  prometheusUrl: "https://metrics.example.com",
  registryMirror: "mirror.example.com/hub",
  appNodes: "system",
  database: { name: "shop", host: "db.example", port: 6432, user: "owner", authority: "cluster" },
  databasePassword: "mine",
  page: { namespaces: ["shop", "demo"] },
  loadOnRequest: { cpuSeconds: 7, burst: 8 },
  gateway: {
    controller: { className: "eg", namespace: "envoy" },
    ...{
      host: "app.example.com",
      tlsSecret: "app-tls",
      clusterIssuer: "letsencrypt",
      weights: { a: 9, b: 1 },
    },
  },
  scrapeInterval: 30,
  prometheusVolume: { size: "20Gi", storageClass: "fast" },
});

/** Our own gateway with a host, images of one's own, one login to the database, nodes told otherwise, and no watcher. */
const own = {
  regularNodeLabels: { pool: "stable" },
  spotNodeLabels: { pool: "cheap" },
  gateway: {
    ...{ host: "app.example.com", service: "ClusterIP", annotations: { "example.com/zone": "a" } },
    ...{ routing: "services", limits: { perSecond: 7, burst: 8, unanswered: 9 } },
  },
  backendImage: "registry.example/backend:1",
  frontendImage: `registry.example/frontend@sha256:${"a".repeat(64)}`,
  database: { apiUser: "dbadmin", connections: 3 },
  balancerWatch: false,
  grafanaPasswordVersion: 2,
  samplesTokenVersion: 3,
};

describe("what deploy asks for", function () {
  before(async () => {
    cluster = await serveCluster({
      ...complete,
      nodes: [{ pool: "infra" }, { pool: "stable" }, { pool: "cheap", size: "small" }],
      gatewayClasses: { eg: "example.com/controller" },
      storageClasses: ["fast"],
    });
  });
  after(() => {
    cluster.stop();
  });
  holdAsked(
    join(import.meta.dirname, "testdata"),
    [
      ["deploy-dev", "deploy-dev", {}],
      ["deploy-prod", "deploy-prod", {}],
      ["deploy-local", "deploy-local", {}],
      ["deploy-foreign", "deploy-dev", foreign],
      ["deploy-own", "deploy-dev", own],
    ],
    (recording, first) => askedBeyond(first, recording),
  );
});
