// A client of the feed, as a browser would be one.
import { once } from "node:events";
import { get, type ClientRequest, type IncomingMessage } from "node:http";

export interface FeedEvent {
  event: string;
  id: number | undefined;
  data: unknown;
}

export interface FeedClient {
  readonly events: FeedEvent[];
  readonly ended: boolean;
  close(): void;
}

/** @param url of the backend, or of the feed with a query */
export async function openFeed(
  url: string,
  lastEventId?: number,
  onEvent?: (event: FeedEvent) => void,
): Promise<FeedClient> {
  const headers = lastEventId === undefined ? {} : { "last-event-id": String(lastEventId) };
  const request: ClientRequest = get(new URL(url).search ? url : `${url}/api/feed`, {
    headers,
    agent: false,
  });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const client = { events: [] as FeedEvent[], ended: false, close: () => request.destroy() };
  let rest = "";
  response.setEncoding("utf8").on("data", (chunk: string) => {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
      const event = field("event");
      if (event === undefined) continue;
      const id = field("id");
      const one = {
        event,
        id: id === undefined ? undefined : Number(id),
        data: JSON.parse(field("data")!) as unknown,
      };
      client.events.push(one);
      onEvent?.(one);
    }
  });
  response.on("error", () => undefined).once("close", () => (client.ended = true));
  return client;
}
