// What is particular to monitoring: where Prometheus may look, what it keeps, and who gets into Grafana.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import type { V1Deployment, V1PodSpec, V1RoleBinding, V1Secret } from "@kubernetes/client-node";
import { parse } from "yaml";
import { configFile } from "../testing/configFiles.ts";
import { buildBaseOutputs } from "../record/replies.ts";
import { isSecret, record, type Recording } from "../record.ts";
import { loadManifests, readWorkloadFile } from "./manifests.ts";

function podOf(recording: Recording, name: string): V1PodSpec {
  const found = recording.find("kubernetes:apps/v1:Deployment", `monitoring/${name}`);
  return (found.inputs as unknown as V1Deployment).spec!.template.spec!;
}

interface Settings {
  scrape_configs: {
    job_name: string;
    honor_labels?: boolean;
    kubernetes_sd_configs?: { role: string; api_server: string; namespaces?: { names: string[] } }[];
  }[];
}

/** Pods of the first never run, and the one of the other ends before anybody could ask it. */
const unwatched = ["placeholder", "database"];

describe("Prometheus", () => {
  const { scrape_configs: jobs } = parse(readWorkloadFile("prometheus/prometheus.yml")) as Settings;

  it("may look for targets in exactly the namespaces that it looks in, which are ours", () => {
    const bound = loadManifests("prometheus")
      .filter(({ kind }) => kind === "RoleBinding")
      .map((binding) => binding as unknown as V1RoleBinding)
      .filter(({ roleRef }) => roleRef.name === "prometheus-discovery")
      .map(({ metadata }) => metadata?.namespace);
    const ours = loadManifests("namespaces")
      .filter(({ kind }) => kind === "Namespace")
      .map(({ metadata }) => metadata.name)
      .filter((name) => !unwatched.includes(name));
    assert.deepEqual(bound.sort(), ours.sort());
    for (const job of ["pods", "services"]) {
      const [discovery] = jobs.find(({ job_name }) => job_name === job)?.kubernetes_sd_configs ?? [];
      assert.deepEqual(discovery?.namespaces?.names.toSorted(), ours, job);
    }
  });

  it("spells out where the API server is, for a process that no cluster tells", () => {
    const found = jobs.flatMap(({ kubernetes_sd_configs = [] }) => kubernetes_sd_configs);
    assert.ok(found.length >= 5);
    for (const { api_server } of found) assert.equal(api_server, "https://kubernetes.default.svc:443");
  });

  it("lets only kube-state-metrics say which namespace and pod a series is of", () => {
    const trusted = jobs.filter(({ honor_labels }) => honor_labels).map(({ job_name }) => job_name);
    assert.deepEqual(trusted, ["kube-state-metrics"]);
  });

  it("keeps its series on a disk where configuration has one, and leaves a fifth of it free", async () => {
    const prometheusVolume = { size: "20Gi", storageClass: "fast" };
    const recording = await record("deploy-dev", {
      config: { ...configFile("deploy-dev"), prometheusVolume },
    });
    const claim = recording.find("kubernetes:core/v1:PersistentVolumeClaim", "monitoring/prometheus").inputs;
    assert.deepEqual(claim["spec"], {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "20Gi" } },
      storageClassName: "fast",
    });
    const pod = podOf(recording, "prometheus");
    const data = pod.volumes?.find(({ name }) => name === "data");
    assert.deepEqual(data, { name: "data", persistentVolumeClaim: { claimName: "prometheus" } });
    assert.ok(pod.containers[0]?.args?.includes("--storage.tsdb.retention.size=16384MB"));
  });
});

describe("Grafana", () => {
  let local: Recording;
  before(async () => (local = await record("deploy-local", { config: configFile("deploy-local") })));

  it("has a generated password, as a file from a secret that a new version replaces", async () => {
    const { inputs } = local.find("kubernetes:core/v1:Secret", "monitoring/grafana-admin-v1");
    const { data } = inputs as { data: NonNullable<V1Secret["data"]> };
    assert.ok(isSecret(data["password"]) || isSecret(data));
    assert.ok(isSecret(local.outputs["grafanaPassword"]));
    const pod = podOf(local, "grafana");
    const env = new Map(pod.containers[0]?.env?.map(({ name, value }) => [name, value]));
    assert.equal(env.get("GF_SECURITY_ADMIN_PASSWORD__FILE"), "/etc/grafana/admin/password");
    const mount = pod.containers[0]?.volumeMounts?.find(({ name }) => name === "admin");
    assert.equal(mount?.mountPath, "/etc/grafana/admin");

    const rotated = await record("deploy-local", {
      config: { ...configFile("deploy-local"), grafanaPasswordVersion: 2 },
    });
    const secretOf = (one: Recording) =>
      podOf(one, "grafana").volumes?.find(({ name }) => name === "admin")?.secret?.secretName;
    assert.deepEqual([local, rotated].map(secretOf), ["grafana-admin-v1", "grafana-admin-v2"]);
    const keepers = [local, rotated].map(
      (one) => one.find("random:index/randomPassword:RandomPassword", "grafanaPassword").inputs["keepers"],
    );
    assert.notDeepEqual(keepers[0], keepers[1]);
  });

  it("lets nobody in without it, and is no critical add-on", () => {
    const pod = podOf(local, "grafana");
    const env = new Map(pod.containers[0]?.env?.map(({ name, value }) => [name, value]));
    // No guests, no accounts by oneself, no cookies to other sites; nothing goes out.
    for (const name of [
      ...["AUTH_ANONYMOUS_ENABLED", "USERS_ALLOW_SIGN_UP", "USERS_ALLOW_ORG_CREATE"],
      ...["ANALYTICS_REPORTING_ENABLED", "ANALYTICS_CHECK_FOR_UPDATES", "ANALYTICS_CHECK_FOR_PLUGIN_UPDATES"],
      ...["NEWS_NEWS_FEED_ENABLED", "SNAPSHOTS_EXTERNAL_ENABLED", "PLUGINS_PREINSTALL_AUTO_UPDATE"],
      "UNIFIED_ALERTING_ENABLED",
    ])
      assert.equal(env.get(`GF_${name}`), "false", name);
    for (const name of ["SECURITY_DISABLE_GRAVATAR", "PLUGINS_PREINSTALL_DISABLED"])
      assert.equal(env.get(`GF_${name}`), "true", name);
    assert.equal(env.get("GF_SECURITY_COOKIE_SAMESITE"), "strict");
    assert.deepEqual(pod.nodeSelector, buildBaseOutputs().regularNodeLabels);
    assert.equal(pod.tolerations, undefined);
    const { inputs } = local.find("kubernetes:core/v1:Service", "monitoring/grafana");
    assert.equal((inputs["spec"] as { type?: string }).type, undefined);
  });

  it("finds datasource and dashboards where its settings say", () => {
    const { providers } = parse(readWorkloadFile("grafana/provisioning/dashboards.yml")) as {
      providers: { options: { path: string } }[];
    };
    const [container] = podOf(local, "grafana").containers;
    const mounts = container?.volumeMounts?.map(({ mountPath }) => mountPath) ?? [];
    assert.ok(mounts.includes(providers[0]?.options.path ?? ""));
    const home = container?.env?.find(({ name }) => name.includes("DEFAULT_HOME_DASHBOARD"))?.value ?? "";
    assert.ok(home.endsWith("/cluster.json") && home.startsWith(providers[0]?.options.path ?? ""));
  });
});

describe("Grafana's dashboards", () => {
  const folder = new URL("../../k8s/grafana/dashboards/", import.meta.url);
  const files = readdirSync(folder);
  interface Panel {
    id: number;
    type: string;
    title: string;
    gridPos: { x: number; y: number; w: number; h: number };
    datasource: { uid: string };
    targets: { refId: string; expr: string }[];
  }
  interface Dashboard {
    uid: string;
    title: string;
    schemaVersion: number;
    editable: boolean;
    id?: number;
    panels: Panel[];
  }
  const boards = files.map(
    (file) => [file, JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Dashboard] as const,
  );
  const { datasources } = parse(readWorkloadFile("grafana/provisioning/datasources.yml")) as {
    datasources: { uid: string }[];
  };

  it("have an identity of their own, and are changed in their files only", () => {
    assert.ok(boards.length >= 3);
    assert.equal(new Set(boards.map(([, { uid }]) => uid)).size, boards.length);
    assert.equal(new Set(boards.map(([, { title }]) => title)).size, boards.length);
    for (const [file, { uid, schemaVersion, editable, id }] of boards) {
      assert.match(uid, /^[\w-]{1,40}$/, file); // Grafana's limit
      assert.equal(schemaVersion, 42, file); // of Grafana 12 and 13: no migration when it is read
      assert.equal(editable, false, file);
      assert.equal(id, undefined, file); // it belongs to one Grafana's database
    }
  });

  for (const [file, { panels }] of boards) {
    it(`${file}: each panel is one of its own, in its own place, on the datasource there is`, () => {
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
      const cells = new Set<string>();
      for (const { title, type, gridPos, datasource, targets } of panels) {
        assert.ok(title && ["stat", "timeseries", "bargauge", "table"].includes(type), title);
        assert.equal(datasource.uid, datasources[0]?.uid, title);
        assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
        assert.ok(targets.length > 0 && targets.every(({ expr }) => expr), title);
        assert.ok(gridPos.x + gridPos.w <= 24, title);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            assert.ok(!cells.has(`${x} ${y}`), `${title} lies on another panel`);
            cells.add(`${x} ${y}`);
          }
      }
    });
  }
});
