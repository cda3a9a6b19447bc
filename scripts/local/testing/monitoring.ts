// For cluster tests: what the environment's Prometheus knows, and what Grafana's dashboards would ask it.
import { readdirSync, readFileSync } from "node:fs";
import { callSupervisor } from "../supervisor/client.ts";
import { environmentPaths } from "../processes/paths.ts";

const dashboards = new URL("../../../k8s/grafana/dashboards/", import.meta.url);

export interface DashboardQuery {
  /** `cluster.json: Nodes` */
  panel: string;
  /** With dashboard variables filled in as for "All". */
  expr: string;
}

export function dashboardQueries(): DashboardQuery[] {
  return readdirSync(dashboards).flatMap((file) => {
    const { panels } = JSON.parse(readFileSync(new URL(file, dashboards), "utf8")) as {
      panels: { title: string; targets: { expr: string }[] }[];
    };
    return panels.flatMap(({ title, targets }) =>
      targets.map(({ expr }) => ({
        panel: `${file}: ${title}`,
        expr: expr.replaceAll("$namespace", ".*"),
      })),
    );
  });
}

interface Found {
  result: unknown[];
  activeTargets: { labels: Record<string, string>; health: string; lastError: string }[];
  groups: { name: string; rules: { name: string; health: string; lastError?: string }[] }[];
}

/** Asks Prometheus' HTTP API (`query?query=…`, `targets`, `rules`) of the environment with this state folder. */
export async function askPrometheus(state: string, path: string): Promise<Found> {
  const service = { namespace: "monitoring", service: "prometheus", port: 9090 };
  const address = (await callSupervisor(
    environmentPaths(state).socket,
    "POST /serviceAddress",
    service,
  )) as string;
  const answer = await fetch(`http://${address}/api/v1/${path}`);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { data: Found }).data;
}
