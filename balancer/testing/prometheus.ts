// An HTTP server that answers the balancer's queries with captured replies of a real Prometheus, or fails on purpose.
import { type ServerResponse, createServer } from "node:http";
import { text } from "node:stream/consumers";
import { usageQueries } from "../observe/usage.ts";
import { type Policy, parsePolicy } from "../policy.ts";
import { testdata } from "./apiServer.ts";
import { type Listening, listening } from "./listening.ts";

export type QueryName = keyof ReturnType<typeof usageQueries>;

/** The policy under which the replies were captured: two jobs scraped the same containers every 2 s. */
export const capturedPolicy: Policy = parsePolicy(
  "{ namespaces: { demo: {} }, idle: { windowMinutes: 1, minSamples: 5 }, usage: { rateMinutes: 1 } }",
);

const captured: Record<QueryName, string> = {
  cpu: "prometheus-cpu.json",
  memory: "prometheus-memory.json",
  cpuOverWindow: "prometheus-cpu-over-window.json",
  samples: "prometheus-samples.json",
  sampledAt: "prometheus-sampled-at.json",
  network: "prometheus-network.json",
  nodes: "prometheus-nodes.json",
};

export interface FakePrometheus extends Listening {
  queries: string[];
  /** Replies that differ from the captured ones: a file, or a status with its body; all queries: `all`. */
  replies: Partial<Record<QueryName | "all", string | { status: number; body: string }>>;
  /** In place of the captured replies. */
  answer?: (name: QueryName) => string | Promise<string>;
}

/** @param policies of the rounds: it knows their queries */
export async function startPrometheus(...policies: Policy[]): Promise<FakePrometheus> {
  const known = policies.length > 0 ? policies : [capturedPolicy];
  const names = new Map(
    known
      .flatMap((policy) => Object.entries(usageQueries(policy)))
      .map(([name, query]) => [query, name as QueryName]),
  );
  const queries: string[] = [];
  const fake: Pick<FakePrometheus, "replies" | "answer"> = { replies: {} };
  async function respond(body: string, response: ServerResponse): Promise<void> {
    const query = new URLSearchParams(body).get("query") ?? "";
    queries.push(query);
    const name = names.get(query);
    if (name && fake.answer) return void response.end(await fake.answer(name));
    const { replies } = fake;
    const reply = replies.all ?? (name ? (replies[name] ?? captured[name]) : "prometheus-400-bad-query.json");
    if (typeof reply !== "string") response.writeHead(reply.status).end(reply.body);
    else response.writeHead(reply.includes("-400-") ? 400 : 200).end(testdata(reply));
  }
  const server = createServer((request, response) => {
    void text(request).then((body) => respond(body, response));
  });
  return Object.assign(fake, { queries, ...(await listening(server)) });
}
