// The face of the local environment for the rest of `scripts`. What takes long to load is a room, entered by a call.

export { cacheDir, projectRoot, readEnvironment, stateDir } from "./environment.ts";
export { readSettings } from "./engine/config.ts";
export { identityOf, valueAt } from "./engine/providers/kubernetes/objects.ts";
export { StackStore } from "./engine/state/store.ts";
export { reveal, type Properties } from "./engine/values.ts";
export { freePort } from "./controlPlane/ports.ts";
export { interrupted } from "./interrupt.ts";
export { madeOnce } from "./madeOnce.ts";
export { noDebugInfo } from "./tools/goModule.ts";
export { onPath } from "./tools/installed.ts";
export type { BareControlPlane } from "./controlPlane/bare.ts";
export type { EngineEvent, RunOptions, RunResult } from "./engine.ts";
export type { Screen } from "./screen.ts";
export type { Site } from "./page/site/site.ts";
export { ProjectCopy } from "./testing/projectCopy.ts";
export { TestEnvironment } from "./testing/environment.ts";
export { eventually } from "./testing/eventually.ts";

/** The types of Azure that are emulated, with their place in its API. */
export const azureTypes = () => import("./azure/catalog.ts");

/** Runs Pulumi programs without the Pulumi CLI. */
export const engine = () => import("./engine.ts");

/** An etcd and an API server alone: no controllers, nothing runs. */
export const bareControlPlane = () => import("./controlPlane/bare.ts");

/** Requests to a cluster, and waiting. */
export const cluster = async () => ({
  ...(await import("./kube.ts")),
  ...(await import("./engine/providers/kubernetes/api.ts")),
  ...(await import("./engine/providers/kubernetes/cluster.ts")),
});

/** What its API wants from who stores samples. */
export const samplesToken = () => import("./samplesToken.ts");

/** The programs that the environment runs, found or fetched or built. */
export const tools = () => import("./tools/index.ts");

/** The page with a played cluster behind it, and a browser for it. */
export const page = async () => ({
  ...(await import("./page/browser.ts")),
  ...(await import("./page/site/site.ts")),
});

/** For tests that need pods to run, secret configuration, and to know what they left behind. */
export const trials = async () => ({
  ...(await import("./engine/passphrase.ts")),
  ...(await import("./processNode/testing/ownNode.ts")),
  ...(await import("./testing/inventory.ts")),
});
