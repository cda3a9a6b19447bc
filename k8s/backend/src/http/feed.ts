// The route of the feed: samples from the database, the cluster from its watches, and whether both can be reached.
import { Type } from "typebox";
import type { ClusterView } from "../cluster/view.ts";
import type { Numbered } from "../database/samples.ts";
import { EventStream, formatEvent, heartbeat } from "../feed/eventStream.ts";
import type { SampleFeed } from "../feed/sampleFeed.ts";
import type { Link } from "../link.ts";
import { Machine, type Status } from "../schemas.ts";
import type { App } from "./app.ts";
import { failures } from "./responses.ts";

export interface FeedOptions {
  samples: SampleFeed;
  cluster: ClusterView | undefined;
  /** What `status` is made of. */
  links: Link[];
  status: () => Status;
  heartbeatMs?: number;
  onClients: (count: number) => void;
}

const Id = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

const Event = Type.Object({
  event: Type.Enum(["sample", "cluster", "cluster-delta", "status", "reset"]),
  data: Type.String({ description: "JSON" }),
  id: Type.Optional(Type.String({ description: "Of samples and resets" })),
});

export function feedRoute(app: App, options: FeedOptions): void {
  const { samples, cluster, links, status, heartbeatMs = 15_000, onClients } = options;
  const streams = new Set<EventStream>();
  const toAll = (text: string): void => {
    for (const stream of streams) stream.send(text);
  };

  const beat = setInterval(() => toAll(heartbeat), heartbeatMs).unref();
  const onLink = (): void => toAll(formatEvent("status", status()));
  for (const link of links) link.on("change", onLink);
  cluster?.once("known", () => toAll(formatEvent("cluster", cluster.current)));
  cluster?.on("delta", (delta) => toAll(formatEvent("cluster-delta", delta)));
  // Clients come again at once, to a replica that stays.
  app.addHook("preClose", (done) => {
    clearInterval(beat);
    for (const stream of streams) stream.end();
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
          ...failures(400),
        },
      },
    },
    (request, reply) => {
      const { machine, lastEventId } = request.query;
      reply.hijack();
      const stream = new EventStream(reply.raw, reply.getHeaders() as Record<string, string>);
      streams.add(stream);
      onClients(streams.size);
      stream.signal.addEventListener("abort", () => {
        streams.delete(stream);
        onClients(streams.size);
      });
      stream.send(formatEvent("status", status()));
      if (cluster?.known) stream.send(formatEvent("cluster", cluster.current));
      const listener = {
        signal: stream.signal,
        samples: (page: readonly Numbered[]) => {
          for (const one of page) {
            if (machine === undefined || one.sample.machine === machine) stream.send(textOf(one));
          }
        },
        reset: (seq: number, reason: string) => stream.send(formatEvent("reset", { reason }, seq)),
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
