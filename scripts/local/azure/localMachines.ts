// What the emulated Azure makes real on this machine: nodes of pools, the autoscaler, PostgreSQL, access to the cluster.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KeyPair } from "../controlPlane/certificates.ts";
import { loadKubeConfig } from "../kube.ts";
import { Autoscaler, type AutoscalerTiming } from "./autoscaler/run.ts";
import { ClusterCache } from "./clusterCache.ts";
import type { Machines } from "./machines.ts";
import { type Preemption, preempt } from "./nodes/preempt.ts";
import { NodePools, type PoolRecord, type SystemNode, type SystemNodeOptions } from "./nodes/pools.ts";
import { type Children, PostgresServers, type ServerRecord } from "./postgres/server.ts";
import { databaseRoot, removeOrphans } from "./postgres/root.ts";
import { readJson, writeJson } from "../jsonFile.ts";
import { repeat } from "../repeat.ts";
import { driveUsage } from "./usage/driver.ts";

export interface LocalTiming extends AutoscalerTiming {
  /** How long Azure takes to make a machine. */
  provisionMs: number;
}

/**
 * Azure's numbers made short, so that one can watch: there a machine takes minutes, is kept unneeded for ten (five by our
 * profile), looked at again after five, and a pool that Azure could not serve waits five to thirty.
 */
const localTiming: LocalTiming = {
  podWaitMs: 2_000,
  settleMs: 5_000,
  unneededMs: 30_000,
  recheckMs: 30_000,
  deletionMs: 2_000,
  provisionMs: 8_000,
  backoffMs: 30_000,
};

export interface LocalMachinesOptions {
  /** The environment's state folder. */
  stateDir: string;
  /** Path of the administrator's kubeconfig. */
  kubeconfig: string;
  /** For PostgreSQL's TLS; good for localhost. */
  certificate: KeyPair;
  children: Children;
  startSystemNode: (options: SystemNodeOptions) => Promise<SystemNode>;
  /** Empties the cluster, when the managed cluster is deleted. */
  resetControlPlane: () => Promise<void>;
  timing?: Partial<LocalTiming>;
  log: (line: string) => void;
}

export interface LocalMachines extends Machines {
  /** Starts what the state says should run, and the loops. Once, when the API server answers. */
  resume(): Promise<void>;
  /** Stops loops and nodes' processes; everything is as it was at the next `resume`. The children are the supervisor's. */
  stop(): Promise<void>;
  preempt(preemption: Preemption): Promise<void>;
}

interface State {
  pools: PoolRecord[];
  servers: ServerRecord[];
}

export function localMachines(options: LocalMachinesOptions): LocalMachines {
  const { log } = options;
  const timing = { ...localTiming, ...options.timing };
  const file = join(options.stateDir, "machines.json");
  const state = readJson<State>(file, "remove it") ?? { pools: [], servers: [] };
  const save = (): void => writeJson(file, state);
  const config = loadKubeConfig(options.kubeconfig);
  const cache = new ClusterCache(config, log);
  const pools = new NodePools(
    { config, startSystemNode: options.startSystemNode, provisionMs: timing.provisionMs, now: Date.now, log },
    state.pools,
    save,
  );
  const autoscaler = new Autoscaler(config, pools, cache, timing, Date.now, log);
  const postgres = new PostgresServers(
    {
      root: databaseRoot(options.stateDir),
      stateDir: options.stateDir,
      certificate: options.certificate,
      children: options.children,
      log,
    },
    state.servers,
    save,
  );
  const stopping = new AbortController();
  let loops: Promise<void>[] = [];
  return {
    kubeconfig: () => Promise.resolve(readFileSync(options.kubeconfig, "utf8")),
    applyPool: (pool) => {
      const other = state.pools.find((record) => record.pool.clusterId !== pool.clusterId);
      if (other) {
        const name = (id: string) => id.slice(id.lastIndexOf("/") + 1);
        throw new Error(
          `this machine has one control plane, and the cluster ${name(other.pool.clusterId)} is on it: ` +
            `destroy that one before you create ${name(pool.clusterId)}`,
        );
      }
      return pools.apply(pool);
    },
    deletePool: (id) => pools.remove(id),
    poolCount: (id) => pools.find(id)?.count,
    deleteCluster: async (clusterId) => {
      if (!state.pools.some(({ pool }) => pool.clusterId === clusterId)) return;
      await pools.clear();
      await options.resetControlPlane();
    },
    applyServer: (server) => postgres.apply(server),
    deleteServer: (id) => postgres.remove(id),
    applyDatabase: (id, database) => postgres.applyDatabase(id, database),
    deleteDatabase: (id, name) => postgres.deleteDatabase(id, name),
    setParameter: (id, name, value) => postgres.setParameter(id, name, value),
    parameter: (id, name) => postgres.parameter(id, name),
    resume: async () => {
      removeOrphans();
      await Promise.all([cache.start(), pools.resume(), postgres.resume()]);
      loops = [
        repeat("pool autoscaler", 1_000, () => autoscaler.round(), log, stopping.signal),
        driveUsage(config, cache, log, stopping.signal),
      ];
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
      await pools.stop({ deleteNode: false });
      await cache.stop();
    },
    preempt: (preemption) => preempt(pools, preemption, Date.now, log),
  };
}
