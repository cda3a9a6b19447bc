// A policy proposed from what a cluster is: its nodes and namespaces, with comments for the person who goes on from there.
import { stringify } from "yaml";
import { hasLabels } from "../own.ts";
import { isOfTheCluster } from "./optedIn.ts";
import { presetOf, presets } from "./presets.ts";
import type { Policy } from "../policy.ts";
import { parsePolicy } from "../policy.ts";
import type { Namespace, Node } from "../model.ts";

interface Seen {
  nodes: readonly Pick<Node, "labels" | "taints">[];
  namespaces: readonly Pick<Namespace, "name">[];
}

/**
 * Labels that say so by their own words, on clusters of nobody known: a guess of ours, which a person reads and corrects.
 * OpenShift and Cluster API say `interruptible`, without a value (openshift/machine-api-operator#521).
 */
const looksLikeSpot = ([key, value]: [string, string]) =>
  /(^|[/._-])(spot|preemptible|interruptible)($|[._-])/i.test(key)
    ? !/^(false|0)$/i.test(value)
    : /^(spot|preemptible)$/i.test(value);

/** @param schema where the public one is, for editors */
export function proposePolicy({ nodes, namespaces }: Seen, schema: string | undefined): string {
  const names = namespaces.map(({ name }) => name).sort();
  const listed = names.filter((name) => !isOfTheCluster(name));
  const preset = presetOf(nodes);
  const found = preset === undefined ? guess(nodes) : {};
  const { pools } = parsePolicy(stringify(preset === undefined ? { pools: found } : { preset }));
  const { nodeLabels } = pools.spot;
  const onSpot =
    Object.keys(nodeLabels).length > 0 ? nodes.filter(({ labels }) => hasLabels(labels, nodeLabels)) : [];
  const taint = commonTaint(onSpot);
  const [which, why] =
    preset === undefined
      ? [
          stringify({ pools: withTaint(found, taint) }),
          "The nodes have no labels of AKS, EKS, GKE or Karpenter.",
        ]
      : [
          stringify({ preset, ...differs(taint, pools) }),
          `Nodes have the label ${presets[preset].sign}, as those of ${preset} do.`,
        ];
  return [
    ...(schema === undefined ? [] : [`# yaml-language-server: $schema=${schema}`]),
    "# Proposed from what is in the cluster. Try it: npm run balance -- --prometheus URL --policy THIS --dry-run",
    "# Every key and its default: balancer/POLICY.md.",
    "version: 1",
    "",
    `# ${why}`,
    `# ${nodes.length} nodes, ${onSpot.length} of them spot${onSpot.length === 0 ? ": make a spot pool, or correct its labels here" : ""}.`,
    which.trimEnd(),
    "",
    "# Nothing moves in a namespace that is not listed. Begin with one that may miss a pod for some seconds.",
    listed.length === 0 ? "namespaces: {}" : "namespaces:",
    ...listed.map((name, index) => `${index === 0 ? "  " : "  # "}${plain(name)}: {}`),
    ...(names.length > listed.length
      ? [`# Of the cluster itself: ${names.filter(isOfTheCluster).map(plain).join(", ")}`]
      : []),
    "",
    "# critical never goes to spot, standard when it is idle or regular is full, low whenever it fits.",
    "priorities: { label: spot-balancer/tier, default: standard }",
    "",
    "# Half of the replicas at the most, until it is trusted: namespaces.<name>.maxSpotShare",
    "budgets: { maxMovesPerRound: 1, maxMovesPerHour: 10 }",
    "",
  ].join("\n");
}

/** A name as YAML has it: `null` and `true` are valid names of namespaces. */
const plain = (name: string) => stringify(name).trimEnd();

function guess(nodes: Seen["nodes"]): { regular: object; spot: { nodeLabels: object; taint?: unknown } } {
  const labels = nodes.flatMap((node) => Object.entries(node.labels)).find(looksLikeSpot);
  return {
    regular: { nodeLabels: {} },
    spot: { nodeLabels: labels ? { [labels[0]]: labels[1] } : {}, taint: null },
  };
}

/**
 * The one that keeps pods off every spot node; those by `node.kubernetes.io/` come and go with the nodes' conditions
 * (https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions).
 */
function commonTaint(spot: Seen["nodes"]) {
  const [first, ...others] = spot;
  return first?.taints.find(
    (taint) =>
      !taint.key.startsWith("node.kubernetes.io/") &&
      others.every(({ taints }) =>
        taints.some(({ key, effect }) => key === taint.key && effect === taint.effect),
      ),
  );
}

type Taint = ReturnType<typeof commonTaint>;

const withTaint = (pools: object, taint: Taint) =>
  taint ? { ...pools, spot: { ...(pools as { spot?: object }).spot, taint } } : pools;

function differs(taint: Taint, { spot }: Policy["pools"]): object {
  return taint && taint.key !== spot.taint?.key ? { pools: { spot: { taint } } } : {};
}
