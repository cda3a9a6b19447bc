// Rules that hold for everything the deploy stack runs, whoever wrote it.
import assert from "node:assert/strict";
import type {
  V1Container,
  V1Deployment,
  V1LabelSelector,
  V1PodDisruptionBudget,
  V1Service,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import type { Manifest } from "./manifests.ts";
import { buildBaseOutputs } from "../record/replies.ts";
import { copiedRepositories } from "../images.ts";
import { record } from "../record.ts";
import { configFile } from "../testing/configFiles.ts";
import { recordedObjects, runningOf, type Running } from "./testing/recorded.ts";

const selects = (selector: V1LabelSelector | undefined, { template }: Running) =>
  Object.entries(selector?.matchLabels ?? { none: "" }).every(
    ([key, value]) => template.metadata?.labels?.[key] === value,
  );
const isNear = ({ metadata }: Manifest, { object }: Running) =>
  metadata.namespace === object.metadata.namespace;
const as = <Typed>(object: Manifest) => object as unknown as Typed;

describe("everything that runs", () => {
  let objects: Manifest[];
  let running: Running[];
  before(async () => {
    objects = await recordedObjects();
    running = runningOf(objects);
  });

  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
  const autoscalerOf = (workload: Running) =>
    ofKind("HorizontalPodAutoscaler")
      .filter((object) => isNear(object, workload))
      .map((object) => as<V2HorizontalPodAutoscaler>(object).spec)
      .find((spec) => spec?.scaleTargetRef.name === workload.object.metadata.name);
  const deploymentOf = ({ object }: Running) =>
    object.kind === "Deployment" ? as<V1Deployment>(object).spec : undefined;
  /** At least so many run at any time. */
  const fewest = (workload: Running) =>
    autoscalerOf(workload)?.minReplicas ?? deploymentOf(workload)?.replicas ?? 1;

  /** All that is wrong in one message. */
  function expectNone(wrong: (workload: Running) => (string | false | undefined)[]): void {
    const found = running.flatMap((workload) =>
      wrong(workload)
        .filter((problem) => typeof problem === "string")
        .map((problem) => `${workload.name}: ${problem}`),
    );
    assert.deepEqual(found, []);
  }
  const perContainer =
    (wrong: (container: V1Container) => (string | false | undefined)[]) =>
    ({ template }: Running) =>
      [...(template.spec?.initContainers ?? []), ...(template.spec?.containers ?? [])].flatMap(wrong);

  it("comes from an image that cannot change", () =>
    expectNone(
      perContainer(({ image = "" }) => [
        !/^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/.test(image) && `expected name:tag@sha256:…, got ${image}`,
      ]),
    ));

  it("comes from the mirror instead of Docker Hub where there is one, and base's registry copies all of that", async () => {
    const config = { ...configFile("deploy-dev"), registryMirror: "base" };
    const { resources } = await record("deploy-dev", { config });
    const mirrored = runningOf(
      resources
        .filter(({ type }) => type.startsWith("kubernetes:"))
        .map(({ inputs }) => inputs as unknown as Manifest),
    );
    const images = mirrored.flatMap(({ template }) =>
      [...(template.spec?.initContainers ?? []), ...(template.spec?.containers ?? [])].map(
        ({ image = "" }) => image,
      ),
    );
    const isHub = (image: string) => !/^[\w.-]+\.\w+\//.test(image) || image.startsWith("docker.io/");
    assert.deepEqual(images.filter(isHub), []);
    const mirror = `${buildBaseOutputs().registryServer}/`;
    const copied = images.filter((image) => image.startsWith(mirror));
    const names = new Set(copied.map((image) => image.slice(mirror.length).replace(/:.*/, "")));
    assert.deepEqual([...names].sort(), [...copiedRepositories]);
  });

  it("has no rights on its node", () => {
    expectNone(({ template: { spec } }) => [
      spec?.securityContext?.runAsNonRoot !== true && "may run as root",
      spec?.securityContext?.seccompProfile?.type !== "RuntimeDefault" && "has no seccomp profile",
      (spec?.hostNetwork || spec?.hostPID || spec?.hostIPC) && "shares a namespace with its node",
    ]);
    expectNone(
      perContainer(({ name, securityContext: context }) => [
        context?.allowPrivilegeEscalation !== false && `${name} may gain privileges`,
        context?.readOnlyRootFilesystem !== true && `${name} may write to its image`,
        String(context?.capabilities?.drop) !== "ALL" && `${name} keeps capabilities`,
        (context?.capabilities?.add?.length ?? 0) > 0 && `${name} adds capabilities`,
      ]),
    );
  });

  it("says what it needs, and has a bound on memory but none on CPU", () =>
    expectNone(
      perContainer(({ name, resources: { requests = {}, limits = {} } = {} }) => [
        ...["cpu", "memory", "ephemeral-storage"].map(
          (what) => !requests[what] && `${name} requests no ${what}`,
        ),
        !limits["memory"] && `${name} has no limit on memory`,
        limits["cpu"] !== undefined && `${name} has a limit on CPU, which slows it down while cores are idle`,
      ]),
    ));

  it("can be asked whether it is well, where it listens", () =>
    expectNone((workload) =>
      workload.object.kind === "CronJob"
        ? []
        : perContainer(({ name, ports, readinessProbe, livenessProbe }) => [
            ports && !readinessProbe && `${name} has no readiness probe`,
            ports && !livenessProbe && `${name} has no liveness probe`,
          ])(workload),
    ));

  it("has an identity of its own, and a token only where it has rights", () => {
    const bound = new Set(
      objects
        .filter(({ kind }) => kind.endsWith("RoleBinding"))
        .flatMap((binding) => binding["subjects"] as { namespace?: string; name: string }[])
        .map(({ namespace, name }) => `${namespace}/${name}`),
    );
    expectNone((workload) => {
      const { serviceAccountName = "default", automountServiceAccountToken } = workload.template.spec ?? {};
      const account = ofKind("ServiceAccount").find(
        (object) => isNear(object, workload) && object.metadata.name === serviceAccountName,
      );
      const hasRights = bound.has(`${workload.object.metadata.namespace}/${serviceAccountName}`);
      return [
        !account && `its ServiceAccount ${serviceAccountName} is not among the objects`,
        account &&
          account["automountServiceAccountToken"] !== false &&
          "its ServiceAccount gives everybody a token",
        automountServiceAccountToken !== hasRights &&
          `expected automountServiceAccountToken: ${hasRights}, as it has ${hasRights ? "" : "no "}rights`,
      ];
    });
  });

  it("has a rank", () => {
    const classes = ofKind("PriorityClass").map(({ metadata }) => metadata.name);
    expectNone(({ template }) => [
      !classes.includes(template.spec?.priorityClassName ?? "") &&
        `expected a priorityClassName of ${classes.join(", ")}, got ${template.spec?.priorityClassName}`,
    ]);
  });

  it("is left to its autoscaler, where it has one", () => {
    expectNone((workload) => {
      const spec = autoscalerOf(workload);
      return [
        spec && deploymentOf(workload)?.replicas !== undefined && "has replicas beside an autoscaler",
        spec && (spec.minReplicas ?? 1) >= spec.maxReplicas && "has an autoscaler that cannot scale",
      ];
    });
    for (const object of ofKind("HorizontalPodAutoscaler")) {
      const { name } = as<V2HorizontalPodAutoscaler>(object).spec.scaleTargetRef;
      assert.ok(
        running.some((workload) => isNear(object, workload) && workload.object.metadata.name === name),
        `${object.metadata.name} scales ${name}, which is not there`,
      );
    }
  });

  it("outlives a drain and a rollout without a gap, where several replicas run", () =>
    expectNone((workload) => {
      if (!deploymentOf(workload) || fewest(workload) < 2) return [];
      const budget = ofKind("PodDisruptionBudget").find(
        (object) =>
          isNear(object, workload) && selects(as<V1PodDisruptionBudget>(object).spec?.selector, workload),
      );
      const keys = workload.template.spec?.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey);
      return [
        !budget && "has no disruption budget",
        !keys?.includes("kubernetes.io/hostname") && "is not spread over nodes",
        deploymentOf(workload)?.strategy?.rollingUpdate?.maxUnavailable !== 0 &&
          "takes pods away before new ones are there",
      ];
    }));

  it("lets every drain end", () =>
    assert.deepEqual(
      ofKind("PodDisruptionBudget")
        .map((object) => as<V1PodDisruptionBudget>(object))
        .filter(({ spec }) => spec?.maxUnavailable !== 1)
        .map(({ metadata }) => metadata?.name),
      [],
    ));

  it("leaves its place to the balancer, where the balancer may move it, and its node in time", () =>
    expectNone(({ object, template: { spec } }) =>
      ["banking", "backend", "frontend", "demo"].includes(object.metadata.namespace ?? "")
        ? [
            spec?.affinity?.nodeAffinity && "has a node affinity",
            spec?.tolerations && "has tolerations",
            spec?.nodeSelector && "has a node selector",
            // Azure takes a spot node at most 30 s after it said so.
            (spec?.terminationGracePeriodSeconds ?? 30) > 30 && "takes more than 30 s to end",
          ]
        : [],
    ));

  it("is found by Services that name a port it has", () => {
    for (const object of ofKind("Service")) {
      const { spec } = as<V1Service>(object);
      const behind = running.filter(
        (workload) => isNear(object, workload) && selects({ matchLabels: spec?.selector }, workload),
      );
      assert.ok(behind.length > 0, `Service ${object.metadata.name} selects no pods`);
      for (const { template, name } of behind) {
        const ports = template.spec?.containers.flatMap(({ ports = [] }) => ports) ?? [];
        for (const { targetPort } of spec?.ports ?? []) {
          const isThere = ports.some((port) => port.name === targetPort || port.containerPort === targetPort);
          assert.ok(
            isThere,
            `Service ${object.metadata.name} sends to ${targetPort}, which ${name} does not have`,
          );
        }
      }
    }
  });

  it("says whose each object is", () =>
    assert.deepEqual(
      objects
        .filter(({ metadata }) => metadata.namespace !== undefined)
        .filter(
          ({ metadata, kind }) =>
            !metadata.labels?.["app"] && !ofNamespace.includes(`${kind} ${metadata.name}`),
        )
        .map(({ metadata, kind }) => `${kind} ${metadata.namespace}/${metadata.name}`),
      [],
    ));
});

/** What each namespace has; the rest belongs to a workload. */
const ofNamespace = [
  ...["NetworkPolicy default-deny", "NetworkPolicy allow-dns"],
  ...["ResourceQuota limits", "LimitRange defaults"],
];
