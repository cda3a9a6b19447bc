// The acting half alone, in tests: moves to be made, and an API server that they are made on.
import { act } from "../act.ts";
import { type KubeClient, connect } from "../kube/client.ts";
import { writingUnder } from "../lease.ts";
import { type Move, type Outcome, emptyState } from "../model.ts";
import { addObject, buildApiDeployment } from "./apiObjects.ts";
import { type ApiObject, type FakeApiServer, startApiServer } from "./apiServer.ts";
import { buildPolicy } from "./builders.ts";

export const actedAt = Date.UTC(2026, 10, 21, 12);

/** An idle Deployment `nginx-demo` goes to spot. */
export function buildMove(changes: Partial<Move> = {}): Move {
  return {
    kind: "ToSpot",
    workload: { kind: "Deployment", namespace: "demo", name: "nginx-demo" },
    uid: "uid-nginx-demo",
    generation: 1,
    ...{ source: "regular", destination: "spot", placement: "spot", evictions: [], nodes: ["spot-1"] },
    ...{ reason: "Idle", message: "idle", score: 0.5, voluntary: true, evidence: {} },
    memory: {
      lastMovedAt: actedAt,
      lastMove: "ToSpot",
      lastReason: "Idle",
      recentMoves: [actedAt],
      failedReturns: 0,
    },
    ...changes,
  };
}

export class Acting {
  /** Each made anew before every test. */
  server!: FakeApiServer;
  /** The Deployment of `buildMove`, as the server has it. */
  live!: ApiObject;
  stop!: AbortController;
  /** So many writes are sent, then the Lease is lost. */
  writesUnderLease!: number;
  private client!: KubeClient;

  /** @param timeoutMs how long an answer may take */
  async setUp(timeoutMs = 300): Promise<void> {
    this.server = await startApiServer();
    const signal = new AbortController().signal;
    const lease = { isHeld: () => Promise.resolve(this.server.writes().length < this.writesUnderLease) };
    this.client = writingUnder(lease, connect(this.server.kubeconfig(), { signal, backoffMs: 1, timeoutMs }));
    this.live = buildApiDeployment("nginx-demo") as unknown as ApiObject;
    addObject(this.server, "apps/v1/deployments", this.live);
    this.stop = new AbortController();
    this.writesUnderLease = Infinity;
  }

  run(...moves: Move[]): Promise<Outcome[]> {
    return act(
      { moves, refusals: [], state: emptyState },
      {
        client: this.client,
        policy: buildPolicy(),
        stop: this.stop.signal,
      },
    );
  }

  async runOne(move = buildMove()): Promise<Outcome> {
    const [outcome] = await this.run(move);
    return outcome!;
  }

  /** In two words: `Done Applied`. */
  async outcomeOf(move?: Move): Promise<string> {
    return short(await this.runOne(move));
  }
}

export const short = ({ result, reason }: Outcome): string => `${result} ${reason}`;

/** To be called in `describe`. */
export function useActing(): Acting {
  const acting = new Acting();
  beforeEach(() => acting.setUp());
  afterEach(() => acting.server.stop());
  return acting;
}
