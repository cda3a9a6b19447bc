// Tables: what cannot be changed in place, when something is ready, and what counts as drift.
import assert from "node:assert/strict";
import { record } from "../../../../../stacks/record.ts";
import { configFile } from "../../../../../stacks/testing/configFiles.ts";
import type { Properties } from "../../values.ts";
import { liveInputs } from "./drift.ts";
import { podReasons } from "./explain.ts";
import { readinessOf } from "./readiness.ts";
import { compare } from "./replacement.ts";

const buildObject = (apiVersion: string, kind: string, rest: Properties = {}): Properties => ({
  apiVersion,
  kind,
  metadata: { name: "a", namespace: "demo" },
  ...rest,
});

/** What the API server refuses to change, or Pulumi's provider does not. */
const fixed: [apiVersion: string, kind: string, path: string][] = [
  ["apps/v1", "DaemonSet", "spec.selector"],
  ...["completions", "completionMode", "parallelism", "selector", "template"].map(
    (field): [string, string, string] => ["batch/v1", "Job", `spec.${field}`],
  ),
  ["rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "roleRef"],
  ["scheduling.k8s.io/v1", "PriorityClass", "value"],
  ["scheduling.k8s.io/v1", "PriorityClass", "preemptionPolicy"],
  ...["accessModes", "selector", "storageClassName", "volumeName", "volumeMode"].map(
    (field): [string, string, string] => ["v1", "PersistentVolumeClaim", `spec.${field}`],
  ),
  ["v1", "ResourceQuota", "spec.scopes"],
  ["v1", "Service", "spec.clusterIP"],
  ["v1", "ConfigMap", "binaryData"],
  ["v1", "Secret", "type"],
  ["v1", "Secret", "data"],
];

describe("replacement", () => {
  const named = (name: string): Properties => ({ metadata: { name, namespace: "demo" } });
  const cases: [name: string, before: Properties, after: Properties, verdict: string][] = [
    [
      "a Deployment's replicas",
      buildObject("apps/v1", "Deployment", { spec: { replicas: 1 } }),
      buildObject("apps/v1", "Deployment", { spec: { replicas: 2 } }),
      "update",
    ],
    [
      "a Deployment's selector",
      buildObject("apps/v1", "Deployment", { spec: { selector: { matchLabels: { a: "b" } } } }),
      buildObject("apps/v1", "Deployment", { spec: { selector: { matchLabels: { a: "c" } } } }),
      "delete first: spec.selector.matchLabels.a",
    ],
    [
      "a Job's template",
      buildObject("batch/v1", "Job", { spec: { template: 1 } }),
      buildObject("batch/v1", "Job", { spec: { template: 2 } }),
      "delete first: spec.template",
    ],
    [
      "a CronJob's template",
      buildObject("batch/v1", "CronJob", { spec: { jobTemplate: 1 } }),
      buildObject("batch/v1", "CronJob", { spec: { jobTemplate: 2 } }),
      "update",
    ],
    [
      "a ConfigMap's data",
      buildObject("v1", "ConfigMap", { data: { a: "1" } }),
      buildObject("v1", "ConfigMap", { data: { a: "2" } }),
      "delete first: data.a",
    ],
    [
      "a name",
      buildObject("v1", "Service"),
      buildObject("v1", "Service", named("b")),
      "create first: metadata.name",
    ],
    [
      "a role's target",
      buildObject("rbac.authorization.k8s.io/v1", "RoleBinding", { roleRef: { name: "a" } }),
      buildObject("rbac.authorization.k8s.io/v1", "RoleBinding", { roleRef: { name: "b" } }),
      "delete first: roleRef.name",
    ],
    [
      "another version of the API group",
      buildObject("autoscaling/v1", "HorizontalPodAutoscaler"),
      buildObject("autoscaling/v2", "HorizontalPodAutoscaler"),
      "update",
    ],
    ...fixed.map(([apiVersion, kind, path]): (typeof cases)[number] => {
      const set = (value: string) =>
        path
          .split(".")
          .reduceRight<Properties | string>((inner, key) => ({ [key]: inner }), value) as Properties;
      const [before, after] = [set("1"), set("2")].map((rest) => buildObject(apiVersion, kind, rest));
      return [`a ${kind}'s ${path}`, before!, after!, `delete first: ${path}`];
    }),
    [
      "a namespace",
      buildObject("v1", "ConfigMap"),
      buildObject("v1", "ConfigMap", { metadata: { name: "a", namespace: "other" } }),
      "create first: metadata.namespace",
    ],
    [
      "another API group",
      buildObject("extensions/v1", "Ingress"),
      buildObject("networking.k8s.io/v1", "Ingress"),
      "delete first: apiVersion",
    ],
    [
      "labels",
      buildObject("v1", "Secret", { metadata: { name: "a", namespace: "demo", labels: { a: "1" } } }),
      buildObject("v1", "Secret"),
      "update",
    ],
    [
      "nothing",
      buildObject("v1", "Secret", { data: { a: "1" } }),
      buildObject("v1", "Secret", { data: { a: "1" } }),
      "same",
    ],
  ];
  for (const [name, before, after, verdict] of cases) {
    it(`${name}: ${verdict}`, () => {
      const { changes, replaces, deleteBeforeReplace } = compare(before, after);
      const found = replaces.length
        ? `${deleteBeforeReplace ? "delete" : "create"} first: ${replaces.join()}`
        : changes === "some"
          ? "update"
          : "same";
      assert.equal(found, verdict);
    });
  }
});

describe("readiness", () => {
  const rolled = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
  const deployed = (status: Properties, spec: Properties = { replicas: 2 }): Properties => ({
    ...buildObject("apps/v1", "Deployment", { spec, status }),
    metadata: { name: "a", generation: 2 },
  });
  const condition = (type: string, status: string, rest: Properties = {}): Properties => ({
    conditions: [{ type, status, ...rest }],
  });
  const cases: [name: string, object: Properties, expected: string][] = [
    ["a Deployment that is rolled out", deployed(rolled), "ready"],
    [
      "a Deployment that is not seen yet",
      deployed({ ...rolled, observedGeneration: 1 }),
      "waiting: its controller has not seen the change yet",
    ],
    [
      "a Deployment with old pods",
      deployed({ ...rolled, replicas: 3 }),
      "waiting: 1 old replicas are still there",
    ],
    [
      "a Deployment without enough",
      deployed({ ...rolled, availableReplicas: 1 }),
      "waiting: 1 of 2 replicas are available",
    ],
    [
      "a Deployment that is scaled down, whose new pods are still to go",
      deployed({ ...rolled, replicas: 3, updatedReplicas: 3, availableReplicas: 3 }),
      "ready",
    ],
    ["a Deployment at zero", deployed({ observedGeneration: 2 }, { replicas: 0 }), "ready"],
    [
      "a Deployment that is given up",
      deployed({
        ...rolled,
        ...condition("Progressing", "False", { reason: "ProgressDeadlineExceeded", message: "no progress" }),
      }),
      "failed: no progress",
    ],
    [
      "a Deployment whose new pods do not come",
      deployed({ ...rolled, updatedReplicas: 1 }),
      "waiting: 1 of 2 replicas are new",
    ],
    [
      "a Deployment that says no number",
      deployed({ observedGeneration: 2 }, {}),
      "waiting: 0 of 1 replicas are new",
    ],
    ["a Deployment that is paused", deployed({}, { replicas: 2, paused: true }), "ready"],
    [
      "a Deployment that makes slow progress",
      deployed({ ...rolled, ...condition("Progressing", "False", { reason: "Other" }) }),
      "ready",
    ],
    [
      "a Deployment that is given up without a word",
      deployed(condition("Progressing", "False", { reason: "ProgressDeadlineExceeded" })),
      "waiting: its controller has not seen the change yet",
    ],
    [
      "a Deployment that is seen, and given up without a message",
      deployed({ ...rolled, ...condition("Progressing", "False", { reason: "ProgressDeadlineExceeded" }) }),
      "failed: ProgressDeadlineExceeded",
    ],
    [
      "a Deployment that nobody shall wait for",
      {
        ...deployed({}),
        metadata: { name: "a", generation: 2, annotations: { "pulumi.com/skipAwait": "true" } },
      },
      "ready",
    ],
    [
      "a Deployment that somebody shall wait for",
      {
        ...deployed({}),
        metadata: { name: "a", generation: 2, annotations: { "pulumi.com/skipAwait": "false" } },
      },
      "waiting: its controller has not seen the change yet",
    ],
    [
      "a DaemonSet whose pods are still old",
      buildObject("apps/v1", "DaemonSet", {
        status: { desiredNumberScheduled: 3, updatedNumberScheduled: 1, numberAvailable: 3 },
      }),
      "waiting: 1 of 3 pods are new",
    ],
    [
      "a DaemonSet that is not seen yet",
      { ...buildObject("apps/v1", "DaemonSet"), metadata: { name: "a", generation: 1 } },
      "waiting: its controller has not seen the change yet",
    ],
    [
      "a DaemonSet that changes when somebody deletes its pods",
      buildObject("apps/v1", "DaemonSet", {
        spec: { updateStrategy: { type: "OnDelete" } },
        status: { desiredNumberScheduled: 3 },
      }),
      "ready",
    ],
    ["a Job that says no number", buildObject("batch/v1", "Job"), "waiting: 0 of 1 pods have completed"],
    ["a Namespace that is made", buildObject("v1", "Namespace"), "waiting: it is without a phase"],
    [
      "a Namespace that goes",
      buildObject("v1", "Namespace", { status: { phase: "Terminating" } }),
      "waiting: it is Terminating",
    ],
    [
      "a CRD that is not served",
      buildObject("apiextensions.k8s.io/v1", "CustomResourceDefinition", {
        status: condition("NamesAccepted", "True"),
      }),
      "waiting: it is not established yet",
    ],
    [
      "a CRD that is served",
      buildObject("apiextensions.k8s.io/v1", "CustomResourceDefinition", {
        status: condition("Established", "True"),
      }),
      "ready",
    ],
    [
      "a DaemonSet without nodes",
      buildObject("apps/v1", "DaemonSet", { status: { desiredNumberScheduled: 0 } }),
      "ready",
    ],
    [
      "a DaemonSet in the middle",
      buildObject("apps/v1", "DaemonSet", {
        status: { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 2 },
      }),
      "waiting: 2 of 3 pods are available",
    ],
    [
      "a Job that works",
      buildObject("batch/v1", "Job", { spec: { completions: 2 }, status: { succeeded: 1 } }),
      "waiting: 1 of 2 pods have completed",
    ],
    [
      "a Job that is done",
      buildObject("batch/v1", "Job", { status: condition("Complete", "True") }),
      "ready",
    ],
    [
      "a Job that failed",
      buildObject("batch/v1", "Job", { status: condition("Failed", "True", { message: "backoff limit" }) }),
      "failed: backoff limit",
    ],
    ["a suspended Job", buildObject("batch/v1", "Job", { spec: { suspend: true } }), "ready"],
    ["a Namespace", buildObject("v1", "Namespace", { status: { phase: "Active" } }), "ready"],
    [
      "a CRD with a name taken",
      buildObject("apiextensions.k8s.io/v1", "CustomResourceDefinition", {
        status: condition("NamesAccepted", "False", { message: "taken" }),
      }),
      "failed: taken",
    ],
    ["a Service", buildObject("v1", "Service"), "ready"],
    [
      "a Service without its public address",
      buildObject("v1", "Service", { spec: { type: "LoadBalancer" }, status: { loadBalancer: {} } }),
      "waiting: no load balancer has given it an address yet",
    ],
    [
      "a Service with its public address",
      buildObject("v1", "Service", {
        spec: { type: "LoadBalancer" },
        status: { loadBalancer: { ingress: [{ ip: "203.0.113.9" }] } },
      }),
      "ready",
    ],
    ["a CronJob", buildObject("batch/v1", "CronJob"), "ready"],
    ["a custom object", buildObject("example.com/v1", "Deployment"), "ready"],
  ];
  for (const [name, object, expected] of cases) {
    it(`${name}: ${expected}`, () => {
      const found = readinessOf(object);
      assert.equal("why" in found ? `${found.state}: ${found.why}` : found.state, expected);
    });
  }

  it("lets no Service of a local stack wait for endpoints, which pods with loopback addresses can never be", async () => {
    const { resources } = await record("deploy-local", { config: configFile("deploy-local") });
    const services = resources.filter(({ type }) => type === "kubernetes:core/v1:Service");
    assert.ok(services.length > 5);
    for (const { name, inputs } of services) {
      const status = { loadBalancer: { ingress: [{ ip: "203.0.113.9" }] } };
      assert.equal(readinessOf({ ...(inputs as Properties), status }).state, "ready", name);
    }
  });
});

describe("reasons of a pod", () => {
  const buildPod = (status: Properties): Properties => buildObject("v1", "Pod", { status });
  const container = (state: Properties, over: Properties = {}): Properties => ({
    containerStatuses: [{ name: "main", ready: false, state, ...over }],
  });
  const cases: [name: string, status: Properties, expected: string[]][] = [
    [
      "that fits nowhere",
      {
        conditions: [
          {
            type: "PodScheduled",
            status: "False",
            reason: "Unschedulable",
            message: "0/3 nodes are available: 3 Insufficient cpu",
          },
        ],
      },
      ["Pod demo/a: Unschedulable: 0/3 nodes are available: 3 Insufficient cpu"],
    ],
    [
      "that crashes",
      container(
        { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } },
        { lastState: { terminated: { exitCode: 2, message: "bad flag" } } },
      ),
      ["Pod demo/a, container main: CrashLoopBackOff: back-off 10s: exit code 2: bad flag"],
    ],
    [
      "that is not ready",
      container({ running: {} }),
      ["Pod demo/a, container main: runs, but is not ready (its readiness probe fails)"],
    ],
    ["that starts", container({ waiting: { reason: "ContainerCreating" } }), []],
    ["that gets its first containers ready", container({ waiting: { reason: "PodInitializing" } }), []],
    [
      "whose first container fails",
      {
        initContainerStatuses: [
          {
            name: "init",
            ready: false,
            state: { terminated: { exitCode: 3, reason: "Error", message: "no table" } },
          },
        ],
      },
      ["Pod demo/a, container init: Error: exit code 3: no table"],
    ],
    [
      "that ended without a word",
      container({ terminated: { exitCode: 137 } }),
      ["Pod demo/a, container main: ended: exit code 137"],
    ],
    ["that did its work", container({ terminated: { exitCode: 0, reason: "Completed" } }), []],
    ["that is well", container({ running: {} }, { ready: true }), []],
    [
      "that does not find its image",
      container({ waiting: { reason: "ErrImagePull" } }),
      ["Pod demo/a, container main: ErrImagePull"],
    ],
    [
      "that crashed before, and runs",
      container({ running: {} }, { lastState: { terminated: { exitCode: 1, reason: "OOMKilled" } } }),
      ["Pod demo/a, container main: OOMKilled: exit code 1"],
    ],
    ["that was given a node", { conditions: [{ type: "PodScheduled", status: "True", message: "x" }] }, []],
    ["that a node refused", { message: "the node is out of disk" }, ["Pod demo/a: the node is out of disk"]],
  ];
  for (const [name, status, expected] of cases) {
    it(name, () => assert.deepEqual(podReasons(buildPod(status)), expected));
  }
});

describe("drift", () => {
  const inputs: Properties = {
    spec: {
      replicas: 1,
      template: { containers: [{ name: "web", image: "nginx:1", resources: { cpu: "0.5" } }] },
    },
  };
  const server = (
    change: (container: Properties, spec: Properties) => void = () => undefined,
  ): Properties => {
    const container: Properties = {
      name: "web",
      image: "nginx:1",
      resources: { cpu: "500m" },
      imagePullPolicy: "IfNotPresent",
    };
    const spec: Properties = { replicas: 1, strategy: {}, template: { containers: [container] } };
    change(container, spec);
    return { spec };
  };
  const foreign = (container: Properties, spec: Properties): void => {
    (spec["template"] as Properties)["tolerations"] = [{ key: "spot" }];
    container["env"] = [{ name: "INJECTED" }];
  };

  it("is nothing where the server only spells it differently, or others added theirs", () => {
    assert.deepEqual(liveInputs(inputs, server(), server()), inputs);
    assert.deepEqual(liveInputs(inputs, server(foreign), server(foreign)), inputs);
  });

  it("is exactly what others changed of ours", () => {
    const changed = server((container, spec) => {
      spec["replicas"] = 5;
      container["image"] = "nginx:2";
    });
    const expected = structuredClone(inputs) as {
      spec: { replicas: number; template: { containers: { image: string }[] } };
    };
    expected.spec.replicas = 5;
    expected.spec.template.containers[0]!.image = "nginx:2";
    assert.deepEqual(liveInputs(inputs, changed, server()), expected);
  });

  it("is a whole list where its elements have no key, and is as long as it is", () => {
    const lists = (mine: string[], live: string[], applied: string[]) =>
      liveInputs({ args: mine }, { args: live }, { args: applied })["args"];
    assert.deepEqual(lists(["a", "b"], ["a", "c"], ["a", "b"]), ["a", "c"]);
    assert.deepEqual(lists(["a", "b"], ["a"], ["a", "b"]), ["a"]);
    assert.deepEqual(lists(["a"], ["a", "x"], ["a", "x"]), ["a"], "what others added beside it");
  });

  const keyed = ["name", "containerPort", "port", "mountPath", "ip", "key", "topologyKey", "type"];
  for (const key of keyed)
    it(`is found in lists whose elements are known by their ${key}`, () => {
      const of = (...values: string[]) => ({ list: values.map((value, at) => ({ [key]: `k${at}`, value })) });
      const [mine, live] = [of("1", "2"), { list: of("1", "9").list.reverse() }];
      assert.deepEqual(liveInputs(mine, live, of("1", "2")), of("1", "9"));
    });

  it("finds list elements by their name, and misses those that are gone", () => {
    const two: Properties = {
      env: [
        { name: "A", value: "1" },
        { name: "B", value: "2" },
      ],
    };
    const live: Properties = {
      env: [
        { name: "B", value: "3" },
        { name: "X", value: "9" },
      ],
    };
    const applied: Properties = {
      env: [
        { name: "A", value: "1" },
        { name: "B", value: "2" },
        { name: "X", value: "9" },
      ],
    };
    assert.deepEqual(liveInputs(two, live, applied), { env: [{ name: "B", value: "3" }] });
  });
});
