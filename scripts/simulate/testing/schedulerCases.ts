// Generated cases for a scheduler, as API objects: some nodes with pods on them, and one pod that looks for a node.
import type { V1Node, V1Pod, V1PodSpec } from "@kubernetes/client-node";
import { type Chance } from "../chance.ts";

export interface SchedulerCase {
  /** What was drawn, for the message when the two schedulers differ. */
  features: string[];
  nodes: V1Node[];
  /** On the nodes. */
  pods: V1Pod[];
  probe: V1Pod;
  /** The probe prefers spot as the balancer's placement does, and no preference besides. */
  isPlaced: boolean;
  /** Something that is only preferred weighs in besides, which the simulator has no model of. */
  isSwayed: boolean;
}

const spot = { key: "spot", value: "yes", effect: "NoSchedule" };
const advice = { key: "leaving", value: "soon", effect: "PreferNoSchedule" };
/** The cluster autoscaler's, on nodes that it means to remove. */
const candidate = { key: "DeletionCandidateOfClusterAutoscaler", value: "1", effect: "PreferNoSchedule" };
const apps = ["web", "db"];
const gib = 1024;

/**
 * A case on its own: its nodes bear labels that no other case has, its topology keys too, and its selectors ask for
 * pods of the case.
 */
export function schedulerCase(index: number, chance: Chance): SchedulerCase {
  const pick = <Value>(...values: Value[]): Value => values[Math.floor(chance() * values.length)]!;
  const often = (part: number) => chance() < part;
  const [host, zone] = [`host-${index}`, `zone-${index}`];
  const topologyKey = () => pick(host, zone);
  const ofCase = { case: String(index) };
  const podsOf = (app: string) => ({ matchLabels: { ...ofCase, app } });
  const features: string[] = [];
  const draw = <Value>(part: number, feature: string, value: () => Value): Value | undefined => {
    if (!often(part)) return undefined;
    features.push(feature);
    return value();
  };

  const nodes = Array.from({ length: pick(3, 4, 5) }, (_, i): V1Node => {
    const isSpot = often(0.4);
    const taints = [
      ...(isSpot ? [spot] : []),
      ...(often(0.15) ? [pick(advice, candidate)] : []),
      ...(often(0.1) ? [{ key: "team", value: "a", effect: pick("NoSchedule", "NoExecute") }] : []),
    ];
    const allocatable = {
      cpu: pick("1", "2", "4"),
      memory: `${pick(2, 4, 8) * gib}Mi`,
      pods: pick("3", "110", "110"),
      "ephemeral-storage": pick("2Gi", "10Gi"),
    };
    return {
      metadata: {
        name: `case-${index}-node-${i}`,
        labels: {
          ...ofCase,
          [host]: `n${i}`,
          ...(often(0.85) && { [zone]: pick("a", "b") }),
          ...(isSpot && { spot: "yes" }),
          ...(often(0.7) && { disk: pick("fast", "slow") }),
          ...(often(0.5) && { size: pick("1", "4", "large") }),
        },
      },
      spec: { taints, ...(often(0.05) && { unschedulable: true }) },
      status: {
        allocatable,
        capacity: allocatable,
        conditions: [{ type: "Ready", status: "True" }] as never,
      },
    };
  });

  const resources = () => ({
    requests: {
      cpu: `${pick(50, 100, 300, 700)}m`,
      memory: `${pick(64, 256, 1500)}Mi`,
      ...(often(0.1) && { "ephemeral-storage": pick("1Gi", "3Gi") }),
    },
  });
  const hostPort = () => ({
    containerPort: 80,
    hostPort: pick(80, 81),
    protocol: pick("TCP", "TCP", "UDP"),
    ...(often(0.3) && { hostIP: pick("127.0.0.1", "127.0.0.2", "0.0.0.0") }),
  });
  const pod = (name: string, app: string, spec: Partial<V1PodSpec>, ports: object[] = []): V1Pod => ({
    metadata: { name: `case-${index}-${name}`, labels: { ...ofCase, app } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "main", image: "none", resources: resources(), ports: ports as never }],
      ...spec,
    },
  });
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  const preferred = "preferredDuringSchedulingIgnoredDuringExecution";

  const pods = nodes.flatMap((node, i) =>
    Array.from({ length: pick(0, 0, 1, 2) }, (_, j) => {
      const away = draw(0.1, "anti-affinity of one that is there", () => ({
        podAntiAffinity: {
          [required]: [{ topologyKey: topologyKey(), labelSelector: podsOf(pick(...apps)) }],
        },
      }));
      const ports = often(0.15) ? [hostPort()] : [];
      const spec = { nodeName: node.metadata!.name!, ...(away && { affinity: away }) };
      return pod(`pod-${i}-${j}`, pick(...apps), spec, ports);
    }),
  );

  const isPlaced = often(0.4);
  const tolerations = [
    ...(isPlaced || often(0.2) ? [{ key: "spot", operator: "Equal", value: "yes", effect: "NoSchedule" }] : []),
    ...(draw(0.1, "tolerates a key", () => [{ key: "team", operator: pick("Exists", "Equal"), value: undefined as string | undefined }]) ?? []),
    ...(draw(0.05, "tolerates everything", () => [{ operator: "Exists" }]) ?? []),
    ...(draw(0.3, "tolerates the advice", () => [{ key: pick(advice.key, candidate.key), operator: "Exists", effect: pick("PreferNoSchedule", undefined) }]) ?? []),
  ]; // prettier-ignore
  const expression = () =>
    pick(
      { key: "disk", operator: "In", values: ["fast"] },
      { key: "disk", operator: "NotIn", values: ["fast"] },
      { key: "disk", operator: pick("Exists", "DoesNotExist") },
      { key: "size", operator: pick("Gt", "Lt"), values: ["2"] },
      { key: "spot", operator: "DoesNotExist" },
    );
  const terms = draw(0.25, "required node affinity", () =>
    Array.from({ length: pick(1, 2) }, () => ({ matchExpressions: Array.from({ length: pick(1, 2) }, expression) })),
  ); // prettier-ignore
  const affinityTerm = () => [{ topologyKey: topologyKey(), labelSelector: podsOf(pick(...apps)) }];
  const near = draw(0.2, "required affinity", affinityTerm);
  const far = draw(0.2, "required anti-affinity", affinityTerm);
  const soft = draw(0.15, "preferred affinity", () => [
    { weight: pick(10, 100), podAffinityTerm: affinityTerm()[0]! },
  ]);
  const softNodes = isPlaced
    ? [{ weight: 100, preference: { matchExpressions: [{ key: "spot", operator: "In", values: ["yes"] }] } }]
    : draw(0.1, "preferred node affinity", () => [
        { weight: 50, preference: { matchExpressions: [expression()] } },
      ]);
  const app = pick(...apps);
  const whenUnsatisfiable = pick("DoNotSchedule", "DoNotSchedule", "ScheduleAnyway");
  const spread = draw(0.4, `spread ${whenUnsatisfiable}`, () => ({
    maxSkew: pick(1, 2),
    topologyKey: topologyKey(),
    whenUnsatisfiable,
    labelSelector: podsOf(pick(app, ...apps)),
    ...(whenUnsatisfiable === "DoNotSchedule" && often(0.2) && { minDomains: pick(2, 3) }),
    ...(often(0.4) && { nodeTaintsPolicy: "Honor" }),
    ...(often(0.2) && { nodeAffinityPolicy: "Ignore" }),
  }));
  const ports = draw(0.2, "host port", () => [hostPort()]) ?? [];
  const probe = pod(
    "probe",
    app,
    {
      nodeSelector: { ...ofCase, ...draw(0.1, "node selector", () => ({ disk: "fast" })) },
      tolerations: tolerations.map(({ ...each }) => ({ ...each, ...("value" in each && each.value === undefined && each.operator === "Equal" && { value: "a" }) })),
      affinity: {
        nodeAffinity: { ...(terms && { [required]: { nodeSelectorTerms: terms } }), ...(softNodes && { [preferred]: softNodes }) },
        podAffinity: { ...(near && { [required]: near }), ...(soft && { [preferred]: soft }) },
        podAntiAffinity: far && { [required]: far },
      },
      ...(spread && { topologySpreadConstraints: [spread] }),
    },
    ports,
  ); // prettier-ignore
  const isSwayed =
    soft !== undefined ||
    near !== undefined ||
    spread !== undefined ||
    (softNodes !== undefined && !isPlaced);
  return { features, nodes, pods, probe, isPlaced, isSwayed };
}
