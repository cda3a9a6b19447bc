// An HTTP server that plays the API server as far as we ask it, and fails on purpose.
import { readFileSync } from "node:fs";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { KubeConfig } from "@kubernetes/client-node";
import { listening } from "./listening.ts";
import {
  type ApiObject,
  type KindLocation,
  ObjectStore,
  type SeenRequest,
  failure,
} from "./apiServer/store.ts";

export type { ApiObject, SeenRequest };

/** `cut`: the connection ends without an answer. `cutBody`: in the middle of it. `hang`: nothing ever comes. */
export type Fault =
  | { status: number; file?: string; body?: object; headers?: Record<string, string> }
  | "cut"
  | "cutBody"
  | "hang";

export interface FaultRule {
  method?: string;
  /** Matches the path with its query. */
  path: RegExp;
  fault: Fault;
  /** How often it happens; default once. */
  times?: number;
  /** The request is carried out all the same, only its answer gets lost. */
  afterDoing?: boolean;
}

export interface FakeApiServer {
  url: string;
  requests: SeenRequest[];
  /** Those that would change something. */
  writes(): SeenRequest[];
  /** Path → object; lists are made of what lies below a path. */
  objects: Map<string, ApiObject>;
  add(path: string, object: ApiObject): void;
  remove(path: string): void;
  /** Path of an API version → its kinds, for those who ask where objects of a kind live. */
  resources: Record<string, KindLocation[]>;
  /** As a server does after some minutes. */
  endWatches(): void;
  fail(rule: FaultRule): void;
  /** Nothing fails any more. */
  mend(): void;
  /** Told of each request before it is answered. May be its answer, too. */
  onRequest: (seen: SeenRequest) => Fault | void;
  /** Told of each object that was written, and may change it: what controllers do. */
  onStored: (object: ApiObject) => void;
  /** Added to the `Date` header, in milliseconds. */
  clockOffset: number;
  kubeconfig(): KubeConfig;
  /** How many there are just now. */
  connections(told: (count: number) => void): void;
  stop(): Promise<void>;
}

/** Text of a captured reply in `balancer/testdata`. */
export const testdata = (file: string): string =>
  readFileSync(new URL(`../testdata/${file}`, import.meta.url), "utf8");

export async function startApiServer(): Promise<FakeApiServer> {
  const requests: SeenRequest[] = [];
  const store = new ObjectStore((object) => fake.onStored(object));
  const { objects } = store;
  const rules: (FaultRule & { left: number })[] = [];

  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      const url = new URL(request.url!, "http://localhost");
      const seen: SeenRequest = {
        method: request.method!,
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: text ? JSON.parse(text) : undefined,
      };
      requests.push(seen);
      const instead = fake.onRequest(seen);
      if (instead) return misbehave(response, instead);
      const rule = rules.find((one) => {
        return one.left > 0 && (one.method ?? seen.method) === seen.method && one.path.test(request.url!);
      });
      if (!rule && seen.method === "GET" && seen.query.has("watch")) return watch(seen, response);
      if (!rule || rule.afterDoing) {
        const { status, body } = store.answer(seen);
        if (!rule) return respond(response, status, JSON.stringify(body));
      }
      rule.left--;
      misbehave(response, rule.fault);
    });
  });

  function respond(
    response: ServerResponse,
    status: number,
    body: string,
    headers: Record<string, string> = {},
  ): void {
    const date = new Date(Date.now() + fake.clockOffset).toUTCString();
    response.writeHead(status, { "content-type": "application/json", date, ...headers }).end(body);
  }

  function watch({ path, query }: SeenRequest, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    const [write, end] = [(line: string) => response.write(line), () => response.end()];
    const stop = store.watch(path, query.get("resourceVersion"), write, end);
    response.once("close", stop);
  }

  function misbehave(response: ServerResponse, fault: Fault): void {
    if (fault === "hang") return;
    if (fault === "cut") return void response.destroy();
    if (fault === "cutBody") {
      response.writeHead(200, { "content-length": 1000 });
      response.write('{"items":[', () => response.destroy());
      return;
    }
    const body = fault.file
      ? testdata(fault.file)
      : JSON.stringify(fault.body ?? failure(fault.status, "Injected").body);
    respond(response, fault.status, body, fault.headers);
  }

  const { url, stop } = await listening(server);
  const fake: FakeApiServer = {
    url,
    requests,
    objects,
    onRequest: () => undefined,
    clockOffset: 0,
    writes: () => requests.filter(({ method }) => method !== "GET"),
    add: (path, object) => store.add(path, object),
    remove: (path) => store.remove(path),
    resources: store.resources,
    onStored: () => undefined,
    endWatches: () => store.endWatches(),
    mend: () => void (rules.length = 0),
    fail: (rule) => void rules.push({ ...rule, left: rule.times ?? 1 }),
    kubeconfig() {
      const config = new KubeConfig();
      config.loadFromClusterAndUser(
        { name: "fake", server: url, skipTLSVerify: true },
        { name: "tester", token: "secret-token" },
      );
      return config;
    },
    connections: (told) => void server.getConnections((_, count) => told(count)),
    stop,
  };
  return fake;
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
