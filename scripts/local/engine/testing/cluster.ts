// The played API server with the kinds that the provider's tests apply, and a kubeconfig's text for it.
import { type FakeApiServer, startApiServer } from "../../../../balancer/testing/apiServer.ts";

export interface PlayedCluster extends FakeApiServer {
  kubeconfigText: string;
}

export async function playCluster(): Promise<PlayedCluster> {
  const server = await startApiServer();
  const core = ["ConfigMap", "Secret", "Pod", "Event"];
  server.resources["/api/v1"] = core.map((kind) => ({
    ...{ kind, name: `${kind.toLowerCase()}s`, namespaced: true },
  }));
  server.resources["/apis/apps/v1"] = [{ name: "deployments", kind: "Deployment", namespaced: true }];
  return Object.assign(server, { kubeconfigText: `${server.kubeconfig().exportConfig()}\n` });
}
