import assert from "node:assert/strict";
import { mock } from "node:test";
import { addObject, buildApiDeployment } from "../../testing/apiObjects.ts";
import { useApiServer } from "../../testing/apiServer/use.ts";
import { buildPolicy } from "../../testing/builders.ts";
import { releaseIfDeleted } from "./releaseOnDelete.ts";

describe("the watcher that is told to release on delete", () => {
  const api = useApiServer();
  const own = { name: "spot-balancer-watch", namespace: "monitoring" };
  const deleted = { deletionTimestamp: "2026-11-29T12:00:00Z" };
  const end = async (dryRun: boolean) => {
    let out = "";
    mock.method(process.stdout, "write", (text: string) => (out += text) !== "");
    const task = { deployment: own.name, namespace: own.namespace, dryRun, policy: buildPolicy() };
    try {
      return { code: await releaseIfDeleted(api.server.kubeconfig(), task), out };
    } finally {
      mock.restoreAll();
    }
  };
  beforeEach(() => {
    const placed = buildApiDeployment("placed");
    placed.metadata!.annotations = { "spot-balancer/memory": "{}" };
    addObject(api.server, "apps/v1/deployments", placed);
    api.server.onRequest = ({ method, path }) => {
      if (method === "PATCH" && path.endsWith("/placed")) placed.metadata!.annotations = {};
    };
  });

  const cases: [what: string, metadata: object | undefined, dryRun: boolean, code: number | undefined, said: RegExp][] = [
    ["takes everything back when its Deployment is being deleted", deleted, false, 0, /^1 of 1 workloads released, .* 0 workloads left/m],
    ["takes everything back when its Deployment is gone", undefined, false, 0, /^1 of 1 workloads released, .* 0 workloads left/m],
    ["takes nothing back when only its pod goes", {}, false, undefined, /^$/],
    ["takes nothing back when a dry run ends with its Deployment", deleted, true, 0, /^1 workloads have something of ours .*dry run/m],
  ]; // prettier-ignore
  for (const [what, metadata, dryRun, code, said] of cases)
    it(what, async () => {
      if (metadata)
        addObject(api.server, "apps/v1/deployments", { metadata: { ...own, ...metadata }, spec: {} });
      const ended = await end(dryRun);
      assert.equal(ended.code, code);
      assert.match(ended.out, said);
      const written = api.server.writes().some(({ path }) => path.endsWith("/placed"));
      assert.equal(written, code === 0 && !dryRun);
      const leases = api.server.requests.map(({ path }) => path).filter((path) => path.includes("/leases/"));
      assert.deepEqual(new Set(leases).size, written ? 1 : 0);
      assert.ok(leases.every((path) => path.includes("/namespaces/monitoring/")));
    });

  it("says why it does not know whether it is to", async () => {
    api.server.fail({ path: /spot-balancer-watch/, fault: { status: 403 }, times: 99 });
    await assert.rejects(end(false), /spot-balancer-watch: 403/);
    assert.deepEqual(api.server.writes(), []);
  });
});
