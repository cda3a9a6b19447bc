// For tests: machines that remember what was asked of them.
import type { Machines, Pool } from "../machines.ts";

export interface FakeMachines extends Machines {
  /** Each request in short, in order: `applyPool spot`. */
  asked: string[];
  pools: Map<string, Pool>;
  /** The next request of this kind fails. */
  failOnce(kind: keyof Machines): void;
  /** The kubeconfig is another one from now on. */
  rotateCertificates(): void;
}

export function buildMachines(): FakeMachines {
  const asked: string[] = [];
  const pools = new Map<string, Pool>();
  const failing = new Set<keyof Machines>();
  const ask = (kind: keyof Machines, what: string): Promise<void> => {
    asked.push(`${kind} ${what}`);
    return failing.delete(kind) ? Promise.reject(new Error(`${kind} failed on purpose`)) : Promise.resolve();
  };
  const lastName = (id: string): string => id.split("/").at(-1)!;
  let rotations = 0;
  return {
    asked,
    pools,
    failOnce: (kind) => failing.add(kind),
    rotateCertificates: () => void rotations++,
    kubeconfig: () =>
      Promise.resolve(`apiVersion: v1\nkind: Config\n${rotations > 0 ? `# certificate ${rotations}\n` : ""}`),
    deleteCluster: (id) => ask("deleteCluster", lastName(id)),
    applyPool: (pool) => {
      const before = pools.get(pool.id);
      // A pool that scales keeps the size that it has come to.
      pools.set(pool.id, { ...pool, count: (pool.autoscaling && before?.count) ?? pool.count });
      return ask("applyPool", pool.name);
    },
    deletePool: (id) => {
      pools.delete(id);
      return ask("deletePool", lastName(id));
    },
    poolCount: (id) => pools.get(id)?.count,
    applyServer: async (server) => {
      await ask(
        "applyServer",
        `${server.name} ${server.administratorLogin} ${server.administratorPassword?.length}`,
      );
      return { host: "localhost:25432", port: 25432, minorVersion: "4" };
    },
    deleteServer: (id) => ask("deleteServer", lastName(id)),
    applyDatabase: (_id, database) => ask("applyDatabase", database.name),
    deleteDatabase: (_id, name) => ask("deleteDatabase", name),
    setParameter: async (_id, name, value) => {
      await ask("setParameter", `${name}=${value}`);
      return { value: value ?? "default", defaultValue: "default", pendingRestart: false };
    },
    parameter: (_id, name) => Promise.resolve({ value: name, defaultValue: "", pendingRestart: false }),
  };
}
