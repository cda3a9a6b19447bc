// The page of a running environment: told, and opened, once it answers; and the demo that is watched on it.
import type { KubeConfig } from "@kubernetes/client-node";
import { readAddresses } from "../addresses.ts";
import { demoCluster } from "../demo/cluster.ts";
import { playDemo } from "../demo/demo.ts";
import { demoLoad } from "../demo/load.ts";
import { openBrowser } from "../demo/openBrowser.ts";
import type { Environment } from "../environment.ts";
import { waitFor } from "../waitFor.ts";

interface PageOptions {
  open?: boolean;
  say: (line: string) => void;
  signal: AbortSignal;
}

/** Its gateway may still be on its way. */
const timeoutMs = 600_000;

export async function whenPageAnswers(
  environment: Environment,
  { open, say, signal }: PageOptions,
): Promise<string> {
  const page = await waitFor(
    async () => {
      const { page } = await readAddresses(environment);
      return page !== undefined && (await fetch(page, { signal })).ok && page;
    },
    { what: "the page to answer", timeoutMs, intervalMs: 1_000, signal },
  );
  say(`The page, live: ${page}`);
  const problem = open ? await openBrowser(page) : undefined;
  if (problem !== undefined) say(`It could not be opened here: ${problem}`);
  return page;
}

export const tellDemo = (
  config: KubeConfig,
  page: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> => playDemo({ cluster: demoCluster(config), page, startLoad: demoLoad(page), say, signal });
