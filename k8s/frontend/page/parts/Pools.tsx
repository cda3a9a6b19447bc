// The pools, with their nodes and the pods on them.
import { useMemo } from "react";
import type { Cluster, Node, Pod } from "../state/api.ts";
import type { Move } from "../state/moves.ts";
import { useStore } from "../state/store.ts";
import { PodChip } from "./PodChip.tsx";
import { Section } from "./Section.tsx";

export function Pools() {
  const cluster = useStore((state) => state.cluster);
  const moves = useStore((state) => state.tracked.moves);
  const pools = useMemo(() => (cluster ? byPool(cluster) : []), [cluster]);
  const moveOf = useMemo(() => new Map(moves.toReversed().map((move) => [move.uid, move])), [moves]);
  const pending = cluster?.pods.filter(({ node, phase }) => node === null && phase === "Pending") ?? [];
  return (
    <Section id="pools" title="Pools" aside={pending.length > 0 && <Pending pods={pending} />}>
      {cluster === undefined && <p className="empty">Waiting for the cluster…</p>}
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
  priority: Node["priority"];
  nodes: { node: Node; pods: Pod[] }[];
}

function byPool({ nodes, pods }: Cluster): Pool[] {
  const onNode = Map.groupBy(pods, ({ node }) => node);
  const pools = Map.groupBy(nodes, ({ pool }) => pool);
  return [...pools]
    .map(([name, members]) => ({
      name,
      priority: members[0]!.priority,
      nodes: members
        .toSorted((a, b) => a.name.localeCompare(b.name))
        .map((node) => ({
          node,
          pods: (onNode.get(node.name) ?? []).toSorted(
            (a, b) => (a.owner ?? a.name).localeCompare(b.owner ?? b.name) || a.uid.localeCompare(b.uid),
          ),
        })),
    }))
    .toSorted((a, b) => a.priority.localeCompare(b.priority) || a.name.localeCompare(b.name));
}

function PoolColumn({ name, priority, nodes, moveOf }: Pool & { moveOf: Map<string, Move> }) {
  const pods = nodes.reduce((sum, { pods }) => sum + pods.length, 0);
  return (
    <article className={`pool ${priority}`} aria-label={`Pool ${name}`}>
      <h3>
        {name} <span className="tag">{priority}</span>
        <small>
          {nodes.length} nodes, {pods} pods
        </small>
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
  const state = !node.ready ? "not ready" : !node.schedulable ? "cordoned" : "";
  return (
    <li className={`node ${state && "troubled"}`} data-node={node.name}>
      <div className="node-head">
        <span>{node.name}</span>
        <span className="dim">{state || node.instanceType.replace("Standard_", "")}</span>
      </div>
      <meter
        min={0}
        max={node.allocatable.cpuCores}
        value={Math.min(requested, node.allocatable.cpuCores)}
        aria-label={`CPU requested on ${node.name}`}
        title={`${requested.toFixed(2)} of ${node.allocatable.cpuCores} cores requested`}
      />
      <ul className="pods">
        {pods.map((pod) => (
          <PodChip key={pod.uid} pod={pod} move={moveOf.get(pod.uid)} />
        ))}
      </ul>
    </li>
  );
}

function Pending({ pods }: { pods: Pod[] }) {
  const names = [...new Set(pods.map(({ namespace, name }) => `${namespace}/${name}`))];
  return (
    <p className="warning">{`${pods.length} pending: ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`}</p>
  );
}
