// Routes about this replica, what it depends on, and the cluster.
import { Cluster } from "../cluster/schemas.ts";
import type { ClusterView } from "../cluster/view.ts";
import { Info, Status } from "../schemas.ts";
import type { App } from "./app.ts";
import { HttpFailure } from "./failures.ts";
import { failures } from "./responses.ts";

export interface About {
  info: Info;
  status: () => Status;
  cluster: ClusterView | undefined;
}

export function aboutRoutes(app: App, { info, status, cluster }: About): void {
  app.get(
    "/api/info",
    { schema: { tags: ["about"], summary: "Which replica answers", response: { 200: Info } } },
    () => info,
  );
  app.get(
    "/api/status",
    { schema: { tags: ["about"], summary: "What it depends on", response: { 200: Status } } },
    status,
  );
  app.get(
    "/api/cluster",
    {
      schema: {
        ...{ tags: ["cluster"], summary: "Nodes, pods, autoscalers, balancing events" },
        description:
          "While the API server cannot be reached: as it was seen last, and `/api/status` says so.",
        response: { 200: Cluster, ...failures(503) },
      },
    },
    (_request, reply) => {
      if (!cluster?.known) {
        throw new HttpFailure(503, "ClusterDown", `The cluster cannot be read: ${status().cluster.problem}`);
      }
      // Text is sent as it is: with 30,000 pods, making it for each request would be the load.
      void reply.type("application/json; charset=utf-8");
      return cluster.json as unknown as Cluster;
    },
  );
}
