// The route of the feed: samples from the database, the cluster from its watches, and whether both can be reached.
import { Type } from "typebox";
import type { ClusterView } from "../cluster/view.ts";
import type { Numbered } from "../database/samples.ts";
import { EventStream, formatEvent, formatJsonEvent, heartbeat } from "../feed/eventStream.ts";
import { FeedClients, type FeedLimits } from "../feed/feedClients.ts";
import type { SampleFeed } from "../feed/sampleFeed.ts";
import type { Link } from "../link.ts";
import { Machine, type Status } from "../schemas.ts";
import type { App } from "./app.ts";
import { HttpFailure } from "./failures.ts";
import { failures } from "./responses.ts";

export interface FeedOptions {
  samples: SampleFeed;
  cluster: ClusterView | undefined;
  /** What `status` is made of. */
  links: Link[];
  status: () => Status;
  heartbeatMs?: number;
  limits: FeedLimits;
  onClients: (count: number) => void;
}

const Id = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

const Event = Type.Object({
  event: Type.Enum(["sample", "cluster", "cluster-delta", "status", "reset"]),
  data: Type.String({ description: "JSON" }),
  id: Type.Optional(Type.String({ description: "Of samples and resets" })),
});

export function feedRoute(app: App, options: FeedOptions): void {
  const { samples, cluster, links, status, heartbeatMs = 15_000, limits, onClients } = options;
  const clients = new FeedClients(limits, onClients);
  const clusterEvent = (view: ClusterView): string => formatJsonEvent("cluster", view.json);

  const beat = setInterval(() => clients.sendAll(heartbeat), heartbeatMs).unref();
  const onLink = (): void => clients.sendAll(formatEvent("status", status()));
  for (const link of links) link.on("change", onLink);
  cluster?.once("known", () => clients.sendAllWhole(clusterEvent(cluster)));
  cluster?.on("delta", (delta) => clients.sendAll(formatEvent("cluster-delta", delta)));
  // Clients come again at once, to a replica that stays.
  app.addHook("preClose", (done) => {
    clearInterval(beat);
    clients.end();
    done();
  });

  app.get(
    "/api/feed",
    {
      exposeHeadRoute: false, // its answer would not come before the stream's end
      schema: {
        ...{ tags: ["samples", "cluster"], summary: "Everything new, as Server-Sent Events" },
        description:
          "Events: sample (with an id), cluster, cluster-delta, status, reset. After a cut, `Last-Event-ID` brings what was missed.",
        querystring: Type.Object(
          { machine: Type.Optional(Machine), lastEventId: Type.Optional(Id) },
          { additionalProperties: false },
        ),
        headers: Type.Object({ "last-event-id": Type.Optional(Id) }),
        response: {
          200: {
            description: "A stream that does not end",
            content: { "text/event-stream": { schema: Event } },
          },
          ...failures(400, 503),
        },
      },
    },
    (request, reply) => {
      const { machine, lastEventId } = request.query;
      const refusal = clients.refusal(request.ip);
      if (refusal !== undefined) throw new HttpFailure(503, "Busy", `${refusal}: try again later`);
      reply.hijack();
      const stream = new EventStream(reply.raw, reply.getHeaders() as Record<string, string>);
      clients.add(stream, request.ip);
      clients.send(stream, formatEvent("status", status()));
      if (cluster?.known) clients.sendWhole(stream, clusterEvent(cluster));
      const listener = {
        signal: stream.signal,
        samples: (page: readonly Numbered[]) => {
          for (const one of page) {
            if (machine === undefined || one.sample.machine === machine) clients.send(stream, textOf(one));
          }
        },
        reset: (seq: number, reason: string) => clients.send(stream, formatEvent("reset", { reason }, seq)),
        drained: () => stream.drained(),
      };
      samples.listen(listener, request.headers["last-event-id"] ?? lastEventId).catch((error: unknown) => {
        request.log.error({ err: error }, "the feed failed");
        stream.end();
      });
    },
  );
}

/** Made once for all clients. */
const texts = new WeakMap<Numbered, string>();

function textOf(numbered: Numbered): string {
  let text = texts.get(numbered);
  if (text === undefined) {
    text = formatEvent("sample", numbered.sample, numbered.seq);
    texts.set(numbered, text);
  }
  return text;
}
