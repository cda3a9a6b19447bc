// The feed's connection: opened again with growing pauses, from the last sample seen, also when silence means that it is dead.
import type { Cluster, ClusterDelta, Sample, Status } from "./api.ts";

export interface FeedHandlers {
  sample(sample: Sample): void;
  cluster(cluster: Cluster): void;
  delta(delta: ClusterDelta): void;
  status(status: Status): void;
  /** Samples were missed that are no longer kept. */
  reset(): void;
  /** `live`: events come. `lost`: it is being tried again, since the given time (milliseconds since 1970). */
  connection(state: { kind: "live" } | { kind: "lost"; since: number }): void;
}

/** Without an event for so long the connection counts as dead; in milliseconds. Samples come every few seconds. */
const silence = 30_000;
const pauses = { first: 500, longest: 10_000 };

/** Follows the feed until the returned function is called. */
export function follow(handlers: FeedHandlers): () => void {
  let source: EventSource | undefined;
  let lastId = "";
  let pause = pauses.first;
  let lostSince: number | undefined;
  let isLive = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const open = () => {
    source = new EventSource(
      lastId === "" ? "/api/feed" : `/api/feed?lastEventId=${encodeURIComponent(lastId)}`,
    );
    const on = <Data>(name: string, handle: (data: Data) => void) => {
      source?.addEventListener(name, (event: MessageEvent<string>) => {
        alive();
        if (event.lastEventId) lastId = event.lastEventId;
        handle(JSON.parse(event.data) as Data);
      });
    };
    on<Sample>("sample", (sample) => handlers.sample(sample));
    on<Cluster>("cluster", (cluster) => handlers.cluster(cluster));
    on<ClusterDelta>("cluster-delta", (delta) => handlers.delta(delta));
    on<Status>("status", (status) => handlers.status(status));
    on("reset", () => handlers.reset());
    source.addEventListener("open", alive);
    source.addEventListener("error", lost);
    expectLife();
  };

  function alive() {
    if (!isLive) handlers.connection({ kind: "live" });
    isLive = true;
    lostSince = undefined;
    pause = pauses.first;
    expectLife();
  }
  function expectLife() {
    clearTimeout(timer);
    timer = setTimeout(lost, silence);
  }
  // The browser would try again by itself, but not after an answer such as 503, and not when the line is merely silent.
  function lost() {
    source?.close();
    isLive = false;
    lostSince ??= Date.now();
    handlers.connection({ kind: "lost", since: lostSince });
    clearTimeout(timer);
    timer = setTimeout(open, pause);
    pause = Math.min(pauses.longest, pause * 2);
  }

  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
