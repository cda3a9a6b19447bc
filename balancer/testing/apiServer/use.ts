// A fake API server and a client of it for each test: `const api = useApiServer();` within `describe`.
import { type KubeClient, connect } from "../../kube/client.ts";
import { type FakeApiServer, startApiServer } from "../apiServer.ts";

export interface Api {
  /** Both are made anew before every test. */
  server: FakeApiServer;
  /** Tries again at once. */
  client: KubeClient;
}

export function useApiServer(): Api {
  const api = {} as Api;
  beforeEach(async () => {
    api.server = await startApiServer();
    api.client = connect(api.server.kubeconfig(), { backoffMs: 1 });
  });
  afterEach(async () => {
    await api.client.close();
    await api.server.stop();
  });
  return api;
}
