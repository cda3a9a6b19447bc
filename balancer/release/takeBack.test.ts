import assert from "node:assert/strict";
import { addObject, buildApiDeployment } from "../testing/apiObjects.ts";
import { useApiServer } from "../testing/apiServer/use.ts";
import { placedAt, spotPlacement } from "../placement.ts";
import { defaultPolicy, parsePolicy } from "../policy.ts";
import { removePlaceholders } from "./placeholders.ts";
import { takeBack } from "./takeBack.ts";

describe("taking back", () => {
  const api = useApiServer();

  describe("what one workload has of us", () => {
    const workload = { kind: "Deployment", namespace: "demo", name: "web" };
    const path = "/apis/apps/v1/namespaces/demo/deployments/web";
    const memory = "spot-balancer/memory";
    const add = (metadata: object = {}) => {
      const object = buildApiDeployment("web");
      addObject(api.server, "apps/v1/deployments", {
        ...object,
        metadata: { ...object.metadata, ...metadata },
      });
    };
    const ours = { managedFields: [{ manager: "spot-balancer", operation: "Apply" }], annotations: { [memory]: "{}" } }; // prettier-ignore
    const written = () => api.server.writes().map(({ method, path, query, headers, body }) => ({ method, path, query: Object.fromEntries(query), type: headers["content-type"], body })); // prettier-ignore
    const apply = {
      ...{ method: "PATCH", path, query: { fieldManager: "spot-balancer" } },
      type: "application/apply-patch+yaml",
      body: { apiVersion: "apps/v1", kind: "Deployment", metadata: { namespace: "demo", name: "web", uid: "uid-web" } }, // prettier-ignore
    };
    const annotations = {
      ...{ method: "PATCH", path, query: { fieldManager: "spot-balancer" } },
      type: "application/merge-patch+json",
      body: { metadata: { uid: "uid-web", annotations: { [memory]: null } } },
    };

    it("applies nothing, and takes away annotations that stay, of that one object only", async () => {
      add(ours);
      await takeBack(api.client, workload);
      assert.deepEqual(written(), [apply, annotations]);
    });

    it("applies nothing where no field is ours, and patches nothing where no annotation is", async () => {
      add({ annotations: { [memory]: "{}" } });
      await takeBack(api.client, workload);
      assert.deepEqual(written(), [annotations]);
      add({ managedFields: ours.managedFields });
      await takeBack(api.client, workload);
      assert.deepEqual(written().slice(1), [apply]);
    });

    it("may ask twice: a cut connection says nothing of what was done", async () => {
      for (const fault of ["apply-patch", "merge-patch"]) {
        add(ours);
        api.server.requests.length = 0;
        let cut = 0;
        api.server.onRequest = ({ headers }) => headers["content-type"]?.includes(fault) && cut++ === 0 ? "cut" : undefined; // prettier-ignore
        await takeBack(api.client, workload);
        assert.equal(api.server.writes().length, 3, fault);
      }
    });

    it("finds nothing any more, or no such workload", async () => {
      add();
      assert.deepEqual(await takeBack(api.client, workload), { workload, result: "Gone", message: "nothing of ours is there any more" }); // prettier-ignore
      api.server.remove(path);
      assert.deepEqual(await takeBack(api.client, workload), { workload, result: "Gone", message: "it was deleted" }); // prettier-ignore
      assert.deepEqual(written(), []);
    });

    it("has nothing left of us where the placement is somebody else's alone", async () => {
      const fieldsV1 = { "f:spec": { "f:template": { "f:spec": { "f:tolerations": {} } } } };
      add({
        annotations: { [memory]: "{}" },
        managedFields: [{ manager: "helm", operation: "Apply", fieldsV1 }],
      });
      api.server.onStored = ({ metadata }) => {
        delete (metadata as { annotations?: object }).annotations;
      };
      const { result, message } = await takeBack(api.client, workload);
      assert.deepEqual([result, message], ["Released", `annotation ${memory}`]);
    });

    it("takes out by its values what somebody has copied with its mark, and asks the policy for them", async () => {
      const eks = parsePolicy("{ preset: eks }");
      for (const policy of [defaultPolicy, eks]) {
        const object = buildApiDeployment("web");
        const { template } = object.spec!;
        Object.assign(template.metadata!, { annotations: { [placedAt]: "2026-11-29T10:00:00.000Z", theirs: "x" } });
        Object.assign(template.spec!, spotPlacement(defaultPolicy), { topologySpreadConstraints: [] });
        template.spec!.tolerations!.push({ key: "team", operator: "Exists" });
        addObject(api.server, "apps/v1/deployments", object);
        const { result, message } = await takeBack(api.client, workload, policy);
        const { spec } = api.server.objects.get(path) as unknown as ReturnType<typeof buildApiDeployment>;
        if (policy === eks) {
          assert.deepEqual([result, spec!.template.spec!.tolerations?.length], ["Left", 3]);
          assert.match(message, /^stays: annotation .*, what was placed by another policy: give that one with --policy$/);
        }
        else {
          assert.deepEqual([result, message], ["Released", `annotation ${placedAt} of its pods`]);
          assert.deepEqual(spec!.template.spec, { ...buildApiDeployment("web").spec!.template.spec, tolerations: [{ key: "team", operator: "Exists" }] });
          assert.deepEqual(spec!.template.metadata!.annotations, { theirs: "x" });
        }
      }
    }); // prettier-ignore

    it("takes it out of what it reads anew, where a controller was faster, five times at most", async () => {
      for (const [conflicts, result, reads] of [[4, "Released", 5], [5, "Left", 5]] as const) {
        const object = buildApiDeployment("web");
        Object.assign(object.spec!.template.metadata!, { annotations: { [placedAt]: "2026-11-29T10:00:00.000Z" } });
        Object.assign(object.spec!.template.spec!, spotPlacement(defaultPolicy));
        addObject(api.server, "apps/v1/deployments", object);
        api.server.requests.length = 0;
        api.server.fail({ method: "PATCH", path: /web/, fault: { status: 409 }, times: conflicts });
        assert.equal((await takeBack(api.client, workload)).result, result);
        assert.equal(api.server.requests.filter(({ method }) => method === "GET").length, reads);
      }
    }); // prettier-ignore

    it("leaves others' fields that a patch of ours has changed, and applies nothing for them", async () => {
      add({ managedFields: [{ manager: "spot-balancer", operation: "Update" }] });
      assert.equal((await takeBack(api.client, workload)).result, "Gone");
      assert.deepEqual(written(), []);
    });

    it("says what stays", async () => {
      add(ours);
      const { result, message } = await takeBack(api.client, workload);
      assert.equal(result, "Left");
      assert.match(message, /^stays: .*managed fields$/);
    });
  });

  describe("what keeps room on spot", () => {
    const pod = (name: string, labels: object = { "spot-balancer/placeholder": "true" }, namespace = "placeholder") => addObject(api.server, "pods", { metadata: { name, namespace, uid: `uid-${name}`, labels } }); // prettier-ignore
    const deleted = () => api.server.writes().map(({ method, path, body }) => [method, path.split("/").slice(-2).join("/"), body]); // prettier-ignore
    const at = (uid: string) => ({ preconditions: { uid }, gracePeriodSeconds: 0 });

    it("goes at once: pods and buffers of ours, and nothing else", async () => {
      for (const name of ["a", "b"]) pod(name);
      pod("theirs", { "spot-balancer/placeholder": "false" });
      pod("unlabeled", {});
      pod("elsewhere", undefined, "demo");
      api.server.add("/apis/autoscaling.x-k8s.io", {
        versions: [{ version: "v1beta1" }],
        metadata: {},
      } as never);
      addObject(api.server, "autoscaling.x-k8s.io/v1beta1/capacitybuffers", { metadata: { name: "room", namespace: "placeholder", uid: "uid-room", labels: { "spot-balancer/placeholder": "true" } } }); // prettier-ignore
      assert.deepEqual(await removePlaceholders(api.client), { removed: 3, problems: [] });
      assert.deepEqual(deleted(), [
        ["DELETE", "pods/a", at("uid-a")],
        ["DELETE", "pods/b", at("uid-b")],
        ["DELETE", "capacitybuffers/room", at("uid-room")],
      ]);
    });

    it("may be gone, or another one by now, which nobody counts", async () => {
      for (const name of ["a", "b", "c"]) pod(name);
      api.server.fail({ method: "DELETE", path: /pods\/a/, fault: { status: 404 } });
      api.server.fail({ method: "DELETE", path: /pods\/b/, fault: { status: 409 } });
      assert.deepEqual(await removePlaceholders(api.client), { removed: 1, problems: [] });
    });

    it("stays where it may not be taken away, and says so", async () => {
      for (const name of ["a", "b"]) pod(name);
      api.server.fail({ method: "DELETE", path: /pods\/b/, fault: { status: 403, file: "kubernetes-403-rbac.json" }, times: 9 }); // prettier-ignore
      const { removed, problems } = await removePlaceholders(api.client);
      assert.deepEqual([removed, problems.length], [1, 1]);
      assert.match(problems[0]!, /^placeholders stay: .*forbidden/);
    });
  });
});
