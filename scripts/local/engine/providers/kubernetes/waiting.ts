// Waiting until an object is ready, or really gone; when it takes too long, the error says why.
import { setTimeout as delay } from "node:timers/promises";
import type { Properties } from "../../values.ts";
import { InterruptedError } from "../provider.ts";
import { ApiError, type KubeApi } from "./api.ts";
import { explain } from "./explain.ts";
import { listAt, textAt, valueAt } from "./objects.ts";
import { readinessOf } from "./readiness.ts";

export interface WaitOptions {
  timeoutSeconds: number;
  signal: AbortSignal;
  status: (message: string) => void;
}

/** As long as Pulumi's own provider waits. */
export const defaultTimeoutSeconds = 600;
const firstPauseMs = 100;
const longestPauseMs = 1000;
/** Reasons cost several requests: they are looked up now and then only. */
const reasonsEveryMs = 5000;

export type Outcome = { live: Properties; problems: string[] };

/** Waits for readiness. Does not throw when it fails: the object is there, and `problems` say what is wrong with it. */
export async function waitUntilReady(
  api: KubeApi,
  path: string,
  applied: Properties,
  options: WaitOptions,
): Promise<Outcome> {
  const started = Date.now();
  let live = applied;
  let reasonsAt = started;
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 1.5, longestPauseMs)) {
    const readiness = readinessOf(live);
    if (readiness.state === "ready") return { live, problems: [] };
    const problems = async (headline: string): Promise<Outcome> => ({
      live,
      problems: [headline, ...(await explain(api, live))],
    });
    if (readiness.state === "failed") return problems(readiness.why);
    if (options.signal.aborted) return { live, problems: [`interrupted while waiting: ${readiness.why}`] };
    if (Date.now() - started > options.timeoutSeconds * 1000) {
      return problems(`not ready after ${options.timeoutSeconds} s: ${readiness.why}`);
    }
    if (Date.now() - reasonsAt > reasonsEveryMs) {
      reasonsAt = Date.now();
      const [reason] = await explain(api, live);
      options.status(reason ? `${readiness.why}; ${reason}` : readiness.why);
    }
    await pauseFor(pause, options.signal);
    live = await api.request("GET", path);
  }
}

/** Waits until the object is gone, or another one has taken its name. Throws when it stays. */
export async function waitUntilGone(
  api: KubeApi,
  path: string,
  uid: string | undefined,
  options: WaitOptions,
): Promise<void> {
  const started = Date.now();
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 1.5, longestPauseMs)) {
    let live: Properties;
    try {
      live = await api.request("GET", path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return;
      throw error;
    }
    if (uid !== undefined && textAt(live, "metadata", "uid") !== uid) return;
    const why = reasonsToStay(live);
    if (options.signal.aborted)
      throw new InterruptedError(`interrupted while waiting for its deletion: ${why}`);
    if (Date.now() - started > options.timeoutSeconds * 1000) {
      throw new Error(`still there ${options.timeoutSeconds} s after its deletion was asked for: ${why}`);
    }
    if (Date.now() - started > reasonsEveryMs) options.status(`is being deleted: ${why}`);
    await pauseFor(pause, options.signal);
  }
}

function reasonsToStay(live: Properties): string {
  const finalizers = [valueAt(live, "metadata", "finalizers"), valueAt(live, "spec", "finalizers")].flatMap(
    (list) => (Array.isArray(list) ? list.map(String) : []),
  );
  const conditions = listAt(live, "status", "conditions")
    .filter((condition) => condition["status"] === "True")
    .flatMap((condition) => textAt(condition, "message") ?? []);
  const reasons = [...(finalizers.length ? [`finalizers ${finalizers.join(", ")}`] : []), ...conditions];
  return reasons.join("; ") || "it has no finalizers left";
}

/** Ends early, without an error, when the run is interrupted. */
const pauseFor = (ms: number, signal: AbortSignal): Promise<unknown> =>
  delay(ms, undefined, { signal }).catch(() => undefined);
