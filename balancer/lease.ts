// The one Lease: whoever holds it may write to the cluster; everybody else only looks.
//
// A round takes it, renews it before each write when it gets old, and gives it back at its end. A holder that died is
// followed once its time is over. Times are the API server's, so that the clocks of the holders need not agree.
import type { V1Lease } from "@kubernetes/client-node";
import { LeaseLostError } from "./failures.ts";
import { isStatus, unlessStatus } from "./kube/apiError.ts";
import type { KubeClient } from "./kube/client.ts";
import { type Json, microTime } from "./kube/json.ts";
import { fieldManager } from "./state.ts";

const leaseName = "spot-balancer";

/** Two thirds of it are longer than any single write can take, with its retries (`kube/client.ts`). */
const durationSeconds = 60;
/** Nobody's is longer: a number that somebody wrote into it must not keep all rounds away for days. */
const longestSeconds = 300;

/** Of a release that is done, and left it taken: it keeps rounds away, and no other release. */
const released = " (released)";
export const isReleased = (heldBy: string): boolean => heldBy.endsWith(released);

export interface Lease {
  /** Whether it is (still) ours; renews when less than two thirds of its time remain. Never throws. */
  isHeld(): Promise<boolean>;
  /** Gives it back; quietly does nothing when it is not ours any more. */
  release(): Promise<void>;
  /** Leaves it taken for as long as a Lease may be. @returns until when; undefined: it is not ours any more */
  leaveTaken(): Promise<number | undefined>;
}

export interface LeaseHeldByOther {
  heldBy: string;
  /** When it could be taken over; ms since 1970. */
  until: number;
}

type LeaseObject = Json<V1Lease>;
type LeaseSpec = NonNullable<LeaseObject["spec"]>;

/**
 * The same client, whose every write first makes sure that the Lease is held.
 * A write is refused with a LeaseLostError, and nothing is sent, when it is not.
 */
export function writingUnder(lease: Pick<Lease, "isHeld">, client: KubeClient): KubeClient {
  const send: KubeClient["send"] = async (what, read) => {
    if (what.method !== undefined && what.method !== "GET" && !(await lease.isHeld()))
      throw new LeaseLostError();
    return client.send(what, read);
  };
  return { ...client, send };
}

/**
 * Takes the Lease, or says who has it. `identity` must differ between any two runs.
 * @param mayFollow whether it may be taken from this holder before its time is over
 */
export async function acquireLease(
  client: KubeClient,
  namespace: string,
  identity: string,
  mayFollow: (heldBy: string) => boolean = () => false,
): Promise<Lease | LeaseHeldByOther> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${leaseName}`;
  const query = { fieldManager };

  const found = await unlessStatus(client.send<LeaseObject>({ path }), 404);
  const other = found && holder(found.spec, client.now());
  if (other && other.heldBy !== identity && !mayFollow(other.heldBy)) return other;

  let current: LeaseObject = found ?? {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: leaseName, namespace },
  };
  let renewedAt = 0;

  /**
   * The resource version in the object makes the server refuse when anybody wrote in between. Without one a PUT makes the
   * Lease where it is missing, and is refused (422) where it is not.
   */
  async function write(spec: LeaseSpec): Promise<void> {
    const startedAt = client.now();
    current = await client.send<LeaseObject>({
      method: "PUT",
      path,
      query,
      body: { ...current, spec },
    });
    renewedAt = startedAt;
  }

  const now = microTime(client.now());
  try {
    await write({
      holderIdentity: identity,
      leaseDurationSeconds: durationSeconds,
      acquireTime: now,
      renewTime: now,
      // A 32-bit number, to which somebody may have set any.
      leaseTransitions: Math.min(found?.spec?.leaseTransitions ?? 0, 2 ** 31 - 2) + 1,
    });
  } catch (error) {
    if (!isStatus(error, 409) && !(found === undefined && isStatus(error, 422))) throw error;
    // Another one was faster; it is enough to know that it is not us.
    return {
      heldBy: "another run that took it at the same moment",
      until: client.now() + durationSeconds * 1000,
    };
  }

  let lost = false;
  return {
    async isHeld() {
      const age = client.now() - renewedAt;
      if (lost || age < (durationSeconds * 1000) / 3) return !lost;
      try {
        await write({ ...current.spec, renewTime: microTime(client.now()) });
      } catch {
        // Refused or unreachable: whether somebody else acts is not known, so we do not.
        lost = true;
      }
      return !lost;
    },
    async release() {
      if (lost) return;
      lost = true;
      await write({ ...current.spec, holderIdentity: "", leaseDurationSeconds: 1 }).catch(() => undefined);
    },
    async leaveTaken() {
      if (lost) return undefined;
      lost = true;
      const now = client.now();
      const holderIdentity = identity + released;
      const spec = { holderIdentity, leaseDurationSeconds: longestSeconds, renewTime: microTime(now) };
      const isWritten = await write({ ...current.spec, ...spec }).then(
        () => true,
        () => false,
      );
      return isWritten ? now + longestSeconds * 1000 : undefined;
    },
  };
}

/**
 * Who holds it now; undefined when nobody does, or its time is over. Times are the API server's, so nobody can have renewed
 * it later than now; one that says so by more than a duration is not believed.
 */
function holder(spec: LeaseSpec | undefined, now: number): LeaseHeldByOther | undefined {
  if (!spec?.holderIdentity || !spec.renewTime) return undefined;
  const renewedAt = Date.parse(spec.renewTime);
  if (renewedAt > now + durationSeconds * 1000) return undefined;
  const seconds = Math.min(spec.leaseDurationSeconds ?? durationSeconds, longestSeconds);
  const until = renewedAt + seconds * 1000;
  return until > now ? { heldBy: spec.holderIdentity, until } : undefined;
}
