// Forgets what the balancer remembers of what was released: else it would take the release for somebody else's undoing.
import { rootCause } from "../failures.ts";
import type { KubeClient } from "../kube/client.ts";
import { clearState, readState } from "../state.ts";

/**
 * @param namespace of the state
 * @param namespaces what was released; missing: everything
 * @returns what could not be done, a sentence each
 */
export async function clearMemory(
  client: KubeClient,
  namespace: string,
  namespaces: readonly string[] | undefined,
): Promise<string[]> {
  try {
    if (!namespaces) await clearState(client, namespace);
    else await forgetTries(client, namespace, namespaces);
    return [];
  } catch (error) {
    return [`the state in namespace ${namespace} stays: ${rootCause(error)}`];
  }
}

async function forgetTries(
  client: KubeClient,
  namespace: string,
  namespaces: readonly string[],
): Promise<void> {
  const store = await readState(client, namespace);
  const { balancer } = store.stored;
  const { tries = {} } = balancer;
  const isOther = (key: string) => !namespaces.includes(key.split("/")[1]!);
  const kept = Object.entries(tries).filter(([key]) => isOther(key));
  if (kept.length === Object.keys(tries).length) return;
  await store.save({ ...store.stored, balancer: { ...balancer, tries: Object.fromEntries(kept) } });
}
