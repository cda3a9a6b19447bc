// The pools, with their nodes and the pods on them.
import { useMemo } from "react";
import type { Cluster, Node, Pod } from "../state/api.ts";
import { isNameless, percent, plural, podName } from "../state/format.ts";
import type { Move } from "../state/moves.ts";
import { useStore } from "../state/store.ts";
import { PodChip } from "./PodChip.tsx";
import { Section, waiting } from "./Section.tsx";

export function Pools() {
  const cluster = useStore((state) => state.cluster);
  const moves = useStore((state) => state.tracked.moves);
  const pools = useMemo(() => (cluster ? byPool(cluster) : []), [cluster]);
  const moveOf = useMemo(() => new Map(moves.toReversed().map((move) => [move.uid, move])), [moves]);
  const pending = cluster?.pods.filter(({ node, phase }) => node === null && phase === "Pending") ?? [];
  return (
    <Section id="pools" title="Pools" aside={pending.length > 0 ? <Pending pods={pending} /> : <Legend />}>
      {cluster === undefined && <p className="empty">{waiting}</p>}
      <div className="pools">
        {pools.map((pool) => (
          <PoolColumn key={pool.name} {...pool} moveOf={moveOf} />
        ))}
      </div>
    </Section>
  );
}

interface Pool {
  name: string;
  kind: Node["priority"] | "system";
  nodes: { node: Node; pods: Pod[] }[];
}

/** In the order in which they are drawn: what the balancer moves between, then what it leaves alone. */
const kinds: Pool["kind"][] = ["regular", "spot", "system"];

function byPool({ nodes, pods }: Cluster): Pool[] {
  const onNode = Map.groupBy(pods, ({ node }) => node);
  const pools = Map.groupBy(nodes, ({ pool }) => pool);
  return [...pools]
    .map(([name, members]) => ({
      name,
      kind: members[0]!.system ? ("system" as const) : members[0]!.priority,
      nodes: members
        .toSorted((a, b) => a.name.localeCompare(b.name))
        .map((node) => ({
          node,
          pods: (onNode.get(node.name) ?? []).toSorted(
            (a, b) => (a.owner ?? a.name).localeCompare(b.owner ?? b.name) || a.uid.localeCompare(b.uid),
          ),
        })),
    }))
    .toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.name.localeCompare(b.name));
}

function PoolColumn({ name, kind, nodes, moveOf }: Pool & { moveOf: Map<string, Move> }) {
  const pods = nodes.reduce((sum, { pods }) => sum + pods.length, 0);
  return (
    <article className={`pool ${kind}`} aria-label={`Pool ${name}`}>
      <h3>
        {name} {name !== kind && <span className="tag">{kind}</span>}
        <small>{`${plural(nodes.length, "node")}, ${plural(pods, "pod")}`}</small>
      </h3>
      <ul className="nodes">
        {nodes.map(({ node, pods }) => (
          <NodeBox key={node.name} node={node} pods={pods} moveOf={moveOf} />
        ))}
      </ul>
    </article>
  );
}

interface NodeProps {
  node: Node;
  pods: Pod[];
  moveOf: Map<string, Move>;
}

function NodeBox({ node, pods, moveOf }: NodeProps) {
  const requested = pods.reduce((sum, { requests }) => sum + requests.cpuCores, 0);
  const { cpuCores } = node.allocatable;
  const size = node.instanceType.replace("Standard_", "");
  const state = !node.ready ? "not ready" : !node.schedulable ? "cordoned" : "";
  return (
    <li className={`node ${state && "troubled"}`} data-node={node.name}>
      <div className="node-head">
        <span>{node.name}</span>
        <span className="dim">
          {state || `${size} · ${percent(cpuCores === 0 ? 0 : requested / cpuCores)}`}
        </span>
      </div>
      <meter
        min={0}
        max={cpuCores}
        value={Math.min(requested, cpuCores)}
        aria-label={`CPU requested on ${node.name}`}
        title={`${requested.toFixed(2)} of ${cpuCores} cores requested`}
      />
      <ul className="pods">
        {pods.map((pod) => (
          <PodChip key={pod.uid} pod={pod} move={moveOf.get(pod.uid)} />
        ))}
      </ul>
    </li>
  );
}

const Legend = () => (
  <p className="legend">A box is a node, its bar the CPU that is requested there; a chip is a pod.</p>
);

function Pending({ pods }: { pods: Pod[] }) {
  const names = [
    ...new Set(pods.map((pod) => (isNameless(pod) ? podName(pod) : `${pod.namespace}/${podName(pod)}`))),
  ];
  return (
    <p className="warning">{`${plural(pods.length, "pod")} pending: ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`}</p>
  );
}
