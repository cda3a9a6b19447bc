import assert from "node:assert/strict";
import { readTemplate } from "./template.ts";

const context = {
  namespaces: [
    { name: "shop", labels: { team: "a" } },
    { name: "bank", labels: { team: "b" } },
  ],
  priorityClasses: [
    { name: "high", value: 1000, globalDefault: false },
    { name: "usual", value: 5, globalDefault: true },
  ],
};
const read = (spec: object, labels = {}) =>
  readTemplate({ metadata: { labels }, spec: { containers: [], ...spec } }, context);

describe("a pod template", () => {
  it("has the value of its priority class, or of the default class", () => {
    assert.equal(read({ priorityClassName: "high" }).priority, 1000);
    assert.deepEqual([read({}).priority, read({}).priorityClass], [5, "usual"]);
    const { priority, missing } = read({ priorityClassName: "deleted" });
    assert.deepEqual([priority, missing], [0, "PriorityClass deleted"]);
    assert.deepEqual([read({}).missing, read({ priorityClassName: "high" }).missing], [undefined, undefined]);
    assert.equal(read({ priorityClassName: "system-node-critical" }).missing, undefined, "always there");
    assert.equal(read({ priorityClassName: "high", priority: 7 }).priority, 7, "as it was resolved");
  });

  it("has required affinities only", () => {
    const requirement = { key: "disk", operator: "In", values: ["ssd"] };
    const term = { weight: 1, preference: { matchExpressions: [requirement] } };
    const nodeAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchExpressions: [requirement] },
          { matchFields: [{ key: "metadata.name", operator: "In", values: ["node-1"] }] },
        ],
      },
      preferredDuringSchedulingIgnoredDuringExecution: [term],
    };
    assert.deepEqual(read({ affinity: { nodeAffinity } }).nodeAffinity, [
      [requirement],
      [{ key: "metadata.name", operator: "In", values: ["node-1"] }],
    ]);
  });

  it("asks for the one node that it names itself, past the scheduler", () => {
    assert.deepEqual(read({ nodeName: "n1", nodeSelector: { disk: "ssd" } }).nodeSelector, {
      disk: "ssd",
      "metadata.name": "n1",
    });
  });

  it("asks for nodes of its operating system, as the kubelet does (kubernetes/website#38843)", () => {
    assert.deepEqual(read({ os: { name: "windows" } }).nodeSelector, { "kubernetes.io/os": "windows" });
  });

  it("names what it requests beside CPU, memory and scratch space", () => {
    const resources = (names: string[]) => ({ limits: Object.fromEntries(names.map((name) => [name, "1"])) });
    const containers = [
      { name: "a", resources: resources(["cpu", "memory", "ephemeral-storage", "nvidia.com/gpu"]) },
      { name: "b", resources: resources(["nvidia.com/gpu", "hugepages-2Mi"]) },
    ];
    const ofPod = { containers: [{ name: "a" }], resources: resources(["cpu", "hugepages-1Gi"]) };
    assert.deepEqual(read(ofPod).otherResources, ["hugepages-1Gi"], "KEP-2837");
    const resourceClaims = [{ name: "accelerator", resourceClaimTemplateName: "t" }];
    assert.deepEqual(read({ containers, resourceClaims }).otherResources, [
      "claim accelerator",
      "hugepages-2Mi",
      "nvidia.com/gpu",
    ]);
  });

  it("has pod affinities with their namespaces by name", () => {
    const labelSelector = { matchLabels: { app: "web" } };
    const selector = [{ key: "app", operator: "In" as const, values: ["web"] }];
    const terms = [
      { topologyKey: "zone", labelSelector },
      {
        topologyKey: "zone",
        labelSelector,
        namespaceSelector: { matchLabels: { team: "b" } },
        namespaces: ["x"],
      },
      { topologyKey: "zone", labelSelector, namespaceSelector: {} },
    ];
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } };
    assert.deepEqual(read({ affinity }).podAntiAffinity, [
      { topologyKey: "zone", selector, namespaces: [] },
      { topologyKey: "zone", selector, namespaces: ["x", "bank"] },
      { topologyKey: "zone", selector, namespaces: ["shop", "bank"] },
    ]);
  });

  it("never takes 'no namespace is selected' for 'the own one'", () => {
    const term = {
      topologyKey: "zone",
      labelSelector: {},
      namespaceSelector: { matchLabels: { team: "none" } },
    };
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    const [read1] = read({ affinity }).podAffinity;
    assert.deepEqual(read1!.selector.map(({ operator }) => operator).sort(), ["DoesNotExist", "Exists"]);
  });

  it("has the spread constraints that forbid, with matchLabelKeys resolved", () => {
    const constraint = { topologyKey: "zone", maxSkew: 1, labelSelector: { matchLabels: { app: "web" } } };
    const topologySpreadConstraints = [
      { ...constraint, whenUnsatisfiable: "ScheduleAnyway" },
      { ...constraint, whenUnsatisfiable: "DoNotSchedule", matchLabelKeys: ["version", "pod-template-hash"] },
    ];
    assert.deepEqual(read({ topologySpreadConstraints }, { version: "2" }).topologySpread, [
      {
        topologyKey: "zone",
        maxSkew: 1,
        selector: [
          { key: "app", operator: "In", values: ["web"] },
          { key: "version", operator: "In", values: ["2"] },
        ],
      },
    ]);
  });

  it("has terms about no pods where they select none", () => {
    const spread = { topologyKey: "zone", maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" };
    const term = { topologyKey: "zone" };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    const { topologySpread, podAntiAffinity } = read({ topologySpreadConstraints: [spread], affinity });
    for (const { selector } of [...topologySpread, ...podAntiAffinity])
      assert.equal(selector.length, 2, "a contradiction");
  });

  it("has the host ports, and all ports on the host's network", () => {
    const containers = [{ name: "c", ports: [{ containerPort: 81 }, { containerPort: 80, hostPort: 8080, hostIP: "0.0.0.0" }] }]; // prettier-ignore
    assert.deepEqual(read({ containers }).hostPorts, [8080]);
    assert.deepEqual(read({ containers, hostNetwork: true }).hostPorts, [81, 8080]);
  });

  it("tells scratch space from data that stays on the node", () => {
    assert.deepEqual(read({ volumes: [{ name: "a", emptyDir: {} }] }).volumes, {
      emptyDir: true,
      local: false,
      zones: [],
      exclusive: false,
    });
    assert.equal(read({ volumes: [{ name: "a", hostPath: { path: "/" } }] }).volumes.local, true);
  });

  it("tells scratch space, and paths of the host, that may go, by the words for the autoscaler (kubernetes/autoscaler#3947)", () => {
    const key = "cluster-autoscaler.kubernetes.io/safe-to-evict";
    const volumes = [
      { name: "a", emptyDir: {} },
      { name: "b", ephemeral: {} },
      { name: "c", secret: {} },
    ];
    const paths = ["a", "b"].map((name) => ({ name, hostPath: { path: "/etc/ssl" } }));
    const read = (volumes: object[], annotations?: unknown) =>
      readTemplate({ metadata: { annotations }, spec: { containers: [], volumes } } as never, context)
        .volumes;
    const keeps = (annotations?: unknown) => {
      const [{ emptyDir }, { local }] = [read(volumes, annotations), read(paths, annotations)];
      assert.equal(local, emptyDir);
      return emptyDir;
    };
    const cases: [annotations: unknown, keeps: boolean][] = [
      [undefined, true],
      [null, true],
      [{ [key]: "true" }, false],
      [{ [key]: "false" }, true],
      [{ [`${key}-local-volumes`]: "b, a" }, false],
      [{ [`${key}-local-volumes`]: "a" }, true],
      [{ [`${key}-local-volumes`]: "b" }, true],
      [{ [`${key}-local-volumes`]: 7 }, true],
    ];
    for (const [annotations, expected] of cases)
      assert.equal(keeps(annotations), expected, JSON.stringify(annotations));
  });

  it("has what it prefers, who schedules it, and who asks to leave it alone", () => {
    const labelSelector = { matchLabels: { app: "cache" } };
    const near = { weight: 7, podAffinityTerm: { topologyKey: "zone", labelSelector } };
    const requirement = { key: "disk", operator: "In", values: ["ssd"] };
    const spec = {
      schedulerName: "bin-packing",
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, preference: { matchExpressions: [requirement] } },
          ],
        },
        podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [near] },
        podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [near] },
      },
    };
    const pods = {
      topologyKey: "zone",
      selector: [{ key: "app", operator: "In", values: ["cache"] }],
      namespaces: [],
    };
    const spread = { maxSkew: 1, topologyKey: "zone", labelSelector, whenUnsatisfiable: "ScheduleAnyway" };
    const { preferences, scheduler } = read({ ...spec, topologySpreadConstraints: [spread] });
    assert.deepEqual(preferences, [
      { weight: 1, nodes: [requirement] },
      { weight: 7, pods },
      { weight: 7, pods, avoids: true },
      { weight: 100, pods, avoids: true },
    ]);
    assert.equal(scheduler, "bin-packing");
    const ofRevision = { ...spread, matchLabelKeys: ["version"] };
    const version = { key: "version", operator: "In", values: ["2"] };
    assert.deepEqual(read({ topologySpreadConstraints: [ofRevision] }, { version: "2" }).preferences, [
      { weight: 100, pods: { ...pods, selector: [...pods.selector, version] }, avoids: true },
    ]);
    assert.equal("preferences" in read({}), false);
    assert.equal(read({ schedulerName: "default-scheduler" }).scheduler, undefined);
  });

  const asked: [Record<string, string>, string | undefined][] = [
    [
      { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" },
      "cluster-autoscaler.kubernetes.io/safe-to-evict=false",
    ],
    [{ "cluster-autoscaler.kubernetes.io/safe-to-evict": "true" }, undefined],
    [{ "karpenter.sh/do-not-disrupt": "true" }, "karpenter.sh/do-not-disrupt=true"],
    [
      { "descheduler.alpha.kubernetes.io/prefer-no-eviction": "" },
      "descheduler.alpha.kubernetes.io/prefer-no-eviction=",
    ],
    [{ other: "true" }, undefined],
  ];
  for (const [annotations, expected] of asked) {
    it(`with ${JSON.stringify(annotations)} ${expected ? "asks" : "does not ask"} to be left alone`, () => {
      const template = readTemplate({ metadata: { annotations }, spec: { containers: [] } }, context);
      assert.equal(template.doNotDisturb, expected);
    });
  }

  it("keeps away from pods with other values of a label, and not from its own", () => {
    const term = {
      topologyKey: "host",
      labelSelector: { matchExpressions: [{ key: "tenant", operator: "Exists" }] },
      mismatchLabelKeys: ["tenant", "absent"],
    };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    assert.deepEqual(read({ affinity }, { tenant: "a" }).podAntiAffinity[0]!.selector, [
      { key: "tenant", operator: "Exists", values: [] },
      { key: "tenant", operator: "NotIn", values: ["a"] },
    ]);
  });

  it("takes host ports by protocol and address, of containers and sidecars", () => {
    const container = (ports: object[], rest = {}) => ({ name: "c", ports, ...rest });
    const udp = { containerPort: 53, hostPort: 53, protocol: "UDP" };
    const spec = {
      containers: [container([{ containerPort: 80, hostPort: 80 }, udp, { containerPort: 9 }])],
      initContainers: [
        container([{ containerPort: 1, hostPort: 1 }]),
        container([{ containerPort: 2, hostPort: 2, hostIP: "10.0.0.1" }], { restartPolicy: "Always" }),
      ],
    };
    const expected = [
      80,
      { port: 53, protocol: "UDP", hostIP: "" },
      { port: 2, protocol: "TCP", hostIP: "10.0.0.1" },
    ];
    assert.deepEqual(read(spec).hostPorts, expected);
    assert.deepEqual(read({ containers: spec.containers, hostNetwork: true }).hostPorts, [
      ...expected.slice(0, 2),
      9,
    ]);
  });
});
