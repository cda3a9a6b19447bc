// The cluster as the page shows it, kept current by watches; tells what changes, four times a second at most.
import { EventEmitter } from "node:events";
import type { Logger } from "pino";
import { rootCause } from "../../../../balancer/failures.ts";
import type { KubeClient } from "../../../../balancer/kube/client.ts";
import { watchList } from "../../../../balancer/kube/watch.ts";
import { Link } from "../link.ts";
import { Collection } from "./collection.ts";
import type {
  Autoscaler,
  BalancingEvent,
  Cluster,
  ClusterDelta,
  ClusterNode,
  ClusterPod,
  Saving,
} from "./schemas.ts";
import { type Shows, nameless, shown } from "./shown.ts";
import { type ApiObject, slimAutoscaler, slimEvent, slimNode, slimPod } from "./slim.ts";

export interface ClusterOptions {
  client: KubeClient;
  spotNodeLabels: Record<string, string>;
  /** Of which namespaces everybody may see names; default: all. */
  shows?: Shows;
  log: Logger;
  signal: AbortSignal;
  /** Between two deltas; milliseconds. */
  deltaMs?: number;
  backoff?: [first: number, most: number];
}

/** Who tells of balancing. */
const balancer = "spot-balancer";
/** Of moves, and of refusals, so that the many refusals do not push the moves out. */
const maxEvents = 100;

/** Emits `known` when each kind was read for the first time, and from then on `delta`. */
export class ClusterView extends EventEmitter<{ delta: [ClusterDelta]; known: [] }> {
  readonly link = new Link("not read yet");
  readonly #nodes = new Collection<ClusterNode>(({ name }) => name);
  readonly #pods = new Collection<ClusterPod>(({ uid }) => uid);
  readonly #autoscalers = new Collection<Autoscaler>(({ namespace, name }) => `${namespace}/${name}`);
  readonly #events = new Collection<BalancingEvent>(({ uid }) => uid);
  readonly #options: ClusterOptions;
  /** Paths of what was never read. */
  readonly #pending = new Set<string>();
  /** By path: what keeps this kind from being current; undefined: nothing. */
  readonly #problems = new Map<string, unknown>();
  #json: string | undefined;
  #saving: Saving = null;
  #savingChanged = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ClusterOptions) {
    super();
    this.setMaxListeners(0);
    this.#options = options;
  }

  /** Runs until the signal. */
  async run(): Promise<void> {
    const { spotNodeLabels, shows = () => true } = this.#options;
    await Promise.all([
      this.#keep("/api/v1/nodes", this.#nodes, slimNode(spotNodeLabels)),
      this.#keep("/api/v1/pods", this.#pods, nameless(shows, slimPod)),
      this.#keep(
        "/apis/autoscaling/v2/horizontalpodautoscalers",
        this.#autoscalers,
        shown(shows, slimAutoscaler),
      ),
      this.#keep("/apis/events.k8s.io/v1/events", this.#events, shown(shows, slimEvent), {
        fieldSelector: `reportingController=${balancer}`,
      }),
    ]);
    clearTimeout(this.#timer);
    await this.#options.client.close();
  }

  /** Each kind was read once at least. */
  get known(): boolean {
    return this.#pending.size === 0;
  }

  get current(): Cluster {
    return {
      nodes: this.#nodes.all,
      pods: this.#pods.all,
      autoscalers: this.#autoscalers.all,
      events: newestEvents(this.#events.all),
      saving: this.#saving,
    };
  }

  /** `current` as JSON, made once for all who ask until something changes. */
  get json(): string {
    return (this.#json ??= JSON.stringify(this.current));
  }

  setSaving(saving: Saving): void {
    if (this.#saving?.perMonth === saving?.perMonth) return;
    this.#saving = saving;
    this.#savingChanged = true;
    this.#tellSoon();
  }

  #keep<Raw extends ApiObject, Slim>(
    path: string,
    collection: Collection<Slim>,
    read: (object: Raw) => Slim | undefined,
    query: Record<string, string> = {},
  ): Promise<void> {
    const { client, signal, backoff } = this.#options;
    // An object that cannot be read is left out: one must not blind the page to all others.
    const slim = (object: Raw): Slim | undefined => {
      try {
        return read(object);
      } catch {
        return undefined;
      }
    };
    this.#problems.set(path, "not read yet");
    this.#pending.add(path);
    const set = (object: Raw, slimmed: Slim | undefined) => {
      collection.set(object.metadata.uid, slimmed);
      this.#tellSoon();
    };
    return watchList<Raw, [uid: string, Slim]>(
      client,
      path,
      {
        listed: (objects) => {
          collection.replace(new Map(objects));
          if (this.#pending.delete(path) && this.known) this.emit("known");
          this.#tellSoon();
        },
        changed: (object) => set(object, slim(object)),
        gone: (object) => set(object, undefined),
      },
      { query, signal, backoff, onProblem: (problem) => this.#note(path, problem) },
      (object) => {
        const slimmed = slim(object);
        return slimmed === undefined ? undefined : [object.metadata.uid, slimmed];
      },
    );
  }

  #note(path: string, problem: unknown): void {
    if (problem !== undefined && this.#problems.get(path) === undefined) {
      this.#options.log.warn({ problem: rootCause(problem), path }, "the cluster cannot be read");
    }
    this.#problems.set(path, problem);
    const [first] = [...this.#problems.values()].filter((one) => one !== undefined);
    if (first === undefined) this.link.setUp();
    else this.link.setDown(rootCause(first));
  }

  #tellSoon(): void {
    this.#json = undefined;
    this.#timer ??= setTimeout(() => this.#tell(), this.#options.deltaMs ?? 250);
  }

  #tell(): void {
    this.#timer = undefined;
    const [nodes, pods, autoscalers, events] = [
      this.#nodes.takeDelta(),
      this.#pods.takeDelta(),
      this.#autoscalers.takeDelta(),
      this.#events.takeDelta(),
    ];
    const delta: ClusterDelta = {
      ...(nodes && { nodes }),
      ...(pods && { pods }),
      ...(autoscalers && { autoscalers }),
      ...(events && { events }),
      ...(this.#savingChanged && { saving: this.#saving }),
    };
    this.#savingChanged = false;
    if (this.known && Object.keys(delta).length > 0) this.emit("delta", delta);
  }
}

function newestEvents(events: BalancingEvent[]): BalancingEvent[] {
  const newestFirst = events.sort((a, b) => (a.time < b.time ? 1 : -1));
  let [moves, refusals] = [0, 0];
  return newestFirst.filter(({ action }) => (action === "Refuse" ? refusals++ : moves++) < maxEvents);
}
