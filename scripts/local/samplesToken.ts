// The token of the local environment's API for those who store samples.
import { CoreV1Api } from "@kubernetes/client-node";
import { readAddresses } from "./addresses.ts";
import type { Environment } from "./environment.ts";
import { loadKubeConfig, orMissing } from "./kube.ts";

const where = { namespace: "backend", name: "backend-samples" };

/** Undefined: `url` is not the page of this environment, or there is none now. */
export async function localSamplesToken(environment: Environment, url: URL): Promise<string | undefined> {
  try {
    const { page } = await readAddresses(environment);
    if (page === undefined || new URL(page).origin !== url.origin) return undefined;
    const core = loadKubeConfig(environment.kubeconfig).makeApiClient(CoreV1Api);
    const secret = await orMissing(core.readNamespacedSecret(where));
    const token = secret?.data?.["token"];
    return token === undefined ? undefined : Buffer.from(token, "base64").toString("utf8");
  } catch {
    return undefined; // it is down: then nothing of it is aimed at
  }
}
