// What the emulated Azure can make real: nodes of pools, a database server, access to the cluster.

/** A node pool, as far as its machines go. */
export interface Pool {
  /** ARM ID of the agent pool; an inline pool of the cluster has the ID that it would have as a resource. */
  id: string;
  /** ARM ID of the cluster. */
  clusterId: string;
  name: string;
  mode: "System" | "User";
  priority: "Regular" | "Spot";
  vmSize: string;
  /** Nodes to start with, or to have when nothing scales the pool. */
  count: number;
  autoscaling?: { min: number; max: number };
  maxPods: number;
  osDiskGiB: number;
  zones: string[];
  region: string;
  labels: Record<string, string>;
  /** `key=value:Effect` */
  taints: string[];
  kubernetesVersion: string;
}

export interface DatabaseServer {
  id: string;
  name: string;
  administratorLogin: string;
  /** Undefined: leave it as it is. */
  administratorPassword: string | undefined;
  /** Major version that was asked for; the local one may differ. */
  version: string;
}

export interface Database {
  name: string;
  charset: string;
  collation: string;
}

export interface Parameter {
  value: string;
  defaultValue: string;
  /** Set, but in force only after a restart. */
  pendingRestart: boolean;
}

export interface Machines {
  /** Text of a kubeconfig for the cluster's administrator. */
  kubeconfig(): Promise<string>;
  /** Removes every node and empties the control plane. */
  deleteCluster(clusterId: string): Promise<void>;
  /** Makes the pool's machines what is asked for, and returns when its nodes are Ready. Repeatable. */
  applyPool(pool: Pool): Promise<void>;
  deletePool(id: string): Promise<void>;
  /** Nodes that the pool should have now; undefined when there is no such pool. */
  poolCount(id: string): number | undefined;
  /** Starts the server if it does not run, and sets the administrator's password. Repeatable. */
  applyServer(server: DatabaseServer): Promise<{ host: string; port: number; minorVersion: string }>;
  deleteServer(id: string): Promise<void>;
  applyDatabase(serverId: string, database: Database): Promise<void>;
  deleteDatabase(serverId: string, name: string): Promise<void>;
  /** Sets a server parameter, or resets it when `value` is undefined. Throws for a name that the server does not have. */
  setParameter(serverId: string, name: string, value: string | undefined): Promise<Parameter>;
  parameter(serverId: string, name: string): Promise<Parameter>;
}

/** For previews without an environment: nothing can be made real. */
export const noMachines = new Proxy({} as Machines, {
  get: (_none, name) => () => {
    if (name === "poolCount") return undefined;
    const advice = "start it with `npm run local -- up`, then repeat";
    return Promise.reject(new Error(`no local environment is running, so there are no machines: ${advice}`));
  },
});
