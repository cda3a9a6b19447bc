// Carries out a generated plan on the fake API server while things happen in between, and remembers what was seen.
import type { Move, Outcome, PodRef } from "../model.ts";
import { type Acting, actedAt, buildMove } from "./acting.ts";
import { addObject, buildApiDeployment, buildApiPod } from "./apiObjects.ts";
import type { ApiObject, SeenRequest } from "./apiServer.ts";
import type { ActSpec, Interruption, MoveSpec } from "./specs/actSpec.ts";

export interface Seen {
  moves: Move[];
  outcomes: Outcome[];
  /** Names of workloads that have been given the placement of their move. */
  applied: Set<string>;
  /** Each write as it came, with what was true just before. */
  writes: { request: SeenRequest; move: Move | undefined; wasApplied: boolean; roomIsFree: boolean }[];
  writesAfterLeaseWasLost: number;
  /** Interruptions that took place. */
  happened: Set<Interruption["what"]>;
}

const workloadPath = (name: string) => `/apis/apps/v1/namespaces/demo/deployments/${name}`;
const podPath = (name: string) => `/api/v1/namespaces/demo/pods/${name}`;

export async function actUnder(acting: Acting, { moves: specs, interruptions }: ActSpec): Promise<Seen> {
  const moves = specs.map((spec, i) => prepare(acting, spec, `w${i}`));
  const { server } = acting;
  const seen: Seen = {
    ...{ moves, outcomes: [], applied: new Set(), writes: [] },
    ...{ writesAfterLeaseWasLost: 0, happened: new Set() },
  };
  let count = 0;
  let lastWrite = "";
  server.onRequest = (request) => {
    for (const { workload, memory } of moves) {
      const live = server.objects.get(workloadPath(workload.name));
      if (live && isAppliedBy(live, memory)) settle(live, seen.applied, workload.name);
    }
    if (request.method !== "GET" && request.query.get("dryRun") !== "All") {
      // What a server without time has turned away is sent again: the Lease is asked once for a write and all its tries.
      const isSameWrite = `${request.method} ${request.path}` === lastWrite && seen.happened.has(429);
      if (seen.happened.has("leaseLost") && !isSameWrite) seen.writesAfterLeaseWasLost++;
      lastWrite = `${request.method} ${request.path}`;
      const move = moves.find((each) => concerns(each, request.path));
      const roomIsFree = (move?.makesRoom ?? []).every(({ name, uid }) => {
        return server.objects.get(podPath(name))?.metadata["uid"] !== uid;
      });
      seen.writes.push({
        ...{ request, move, roomIsFree },
        wasApplied: move !== undefined && seen.applied.has(move.workload.name),
      });
    }
    for (const { at, what } of interruptions) if (at === count) interrupt(acting, what, request, seen);
    count++;
  };
  seen.outcomes = await acting.run(...moves);
  server.onRequest = () => undefined;
  for (const { workload, memory } of moves) {
    const live = server.objects.get(workloadPath(workload.name));
    if (live && isAppliedBy(live, memory)) seen.applied.add(workload.name);
  }
  return seen;
}

function prepare({ server }: Acting, { what, evictions, makesRoom }: MoveSpec, name: string): Move {
  const live = buildApiDeployment(name) as unknown as ApiObject;
  if (what === "takeBack") live.metadata["managedFields"] = [ours];
  addObject(server, "apps/v1/deployments", live);
  const pods = (count: number, part: string): PodRef[] =>
    Array.from({ length: count }, (_, i) => {
      const pod = buildApiPod(`${name}-${part}${i}`, "regular-1");
      addObject(server, "pods", pod);
      return { namespace: "demo", name: pod.metadata!.name!, uid: pod.metadata!.uid!, nodeName: "regular-1" };
    });
  const common = {
    workload: { kind: "Deployment", namespace: "demo", name },
    uid: `uid-${name}`,
    evictions: pods(what === "evict" ? Math.max(1, evictions) : evictions, "pod"),
    ...(makesRoom > 0 && { makesRoom: pods(makesRoom, "room") }),
  };
  if (what === "evict") {
    return buildMove({ ...common, kind: "Rebalance", placement: undefined, memory: undefined });
  }
  if (what === "takeBack") return buildMove({ ...common, kind: "ToRegular", placement: "regular" });
  return buildMove(common);
}

const ours = {
  manager: "spot-balancer",
  operation: "Apply",
  fieldsV1: { "f:spec": { "f:template": { "f:spec": { "f:tolerations": {} } } } },
};

function isAppliedBy({ metadata }: ApiObject, memory: Move["memory"]): boolean {
  const told = JSON.stringify(metadata["annotations"] ?? {});
  return memory !== undefined && told.includes(`\\"lastMovedAt\\":${actedAt}`);
}

/** What the API server does by itself after an apply: another generation, and whose fields they are. */
function settle({ metadata, spec }: ApiObject, applied: Set<string>, name: string): void {
  if (applied.has(name)) return;
  applied.add(name);
  metadata["generation"] = Number(metadata["generation"]) + 1;
  const isPlaced = JSON.stringify(spec).includes("tolerations");
  metadata["managedFields"] = isPlaced ? [ours] : [];
}

const concerns = ({ workload, evictions, makesRoom = [] }: Move, path: string): boolean =>
  path === workloadPath(workload.name) ||
  [...evictions, ...makesRoom].some(({ name }) => path === `${podPath(name)}/eviction`);

/** @param request what it comes before */
function interrupt(acting: Acting, what: Interruption["what"], request: SeenRequest, seen: Seen): void {
  const { server } = acting;
  const path = request.path.replace(/\/eviction$/, "");
  const live = server.objects.get(path);
  seen.happened.add(what);
  if (what === "leaseLost") acting.writesUnderLease = 0;
  else if (what === "stop") acting.stop.abort();
  else if (what === "cut" || what === "cutAfterDoing") {
    server.fail({ path: exactly(request), fault: "cut", afterDoing: what === "cutAfterDoing" });
  } else if (typeof what === "number") {
    // Of an eviction it is a disruption budget's; of anything else that server has too much to do.
    const isOfBudget = what === 429 && path !== request.path;
    const fault = { status: what, ...(isOfBudget && { file: "eviction-429-disruption-budget.json" }) };
    server.fail({ path: exactly(request), fault, times: 20 });
  } else if (!live) return;
  else if (what === "gone") server.remove(path);
  else {
    const metadata: ApiObject["metadata"] = { ...live.metadata, resourceVersion: undefined };
    if (what === "changed") metadata["generation"] = Number(metadata["generation"] ?? 1) + 1;
    else Object.assign(metadata, { uid: "another", annotations: {} });
    server.add(path, { ...live, metadata });
  }
}

const exactly = ({ path }: SeenRequest) => new RegExp(`^${path.replaceAll(".", "\\.")}(\\?.*)?$`);
