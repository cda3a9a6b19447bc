// An HTTP server that plays the API server as far as the balancer asks, and fails on purpose.
import { readFileSync } from "node:fs";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";

export interface ApiObject {
  apiVersion?: string;
  kind?: string;
  metadata: { name: string; namespace?: string; resourceVersion?: string; [key: string]: unknown };
  [key: string]: unknown;
}

export interface SeenRequest {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: unknown;
}

/** `cut`: the connection ends without an answer. `cutBody`: in the middle of it. `hang`: nothing ever comes. */
export type Fault =
  { status: number; file?: string; headers?: Record<string, string> } | "cut" | "cutBody" | "hang";

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
  fail(rule: FaultRule): void;
  /** Told of each request before it is answered. */
  onRequest: (seen: SeenRequest) => void;
  /** Added to the `Date` header, in milliseconds. */
  clockOffset: number;
  kubeconfig(): KubeConfig;
  stop(): Promise<void>;
}

/** Text of a captured reply in `balancer/testdata`. */
export const testdata = (file: string): string =>
  readFileSync(new URL(`../testdata/${file}`, import.meta.url), "utf8");

export async function startApiServer(): Promise<FakeApiServer> {
  const requests: SeenRequest[] = [];
  const objects = new Map<string, ApiObject>();
  const rules: (FaultRule & { left: number })[] = [];
  let version = 100;

  function answer({ method, path, query, body }: SeenRequest): { status: number; body: unknown } {
    const known = objects.get(path);
    const sent = body as ApiObject | undefined;
    const store = (key: string, object: ApiObject) => {
      object.metadata.resourceVersion = String(++version);
      objects.set(key, object);
      return object;
    };
    if (method === "GET" && known) return { status: 200, body: known };
    if (method === "GET" && isCollection(path)) return { status: 200, body: listPage(objects, path, query) };
    if (method === "POST" && path.endsWith("/eviction")) {
      objects.delete(path.replace(/\/eviction$/, ""));
      return { status: 201, body: { kind: "Status", status: "Success" } };
    }
    if (method === "POST" && sent) {
      const key = `${path}/${sent.metadata.name}`;
      if (objects.has(key)) return failure(409, "AlreadyExists");
      return { status: 201, body: store(key, sent) };
    }
    if (!known || !sent) return failure(404, "NotFound");
    const expected = sent.metadata?.resourceVersion;
    if (expected !== undefined && expected !== known.metadata.resourceVersion)
      return failure(409, "Conflict");
    if (method === "PUT") return { status: 200, body: store(path, sent) };
    const metadata = { ...known.metadata, ...sent.metadata };
    return { status: 200, body: store(path, { ...known, ...sent, metadata }) };
  }

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
      fake.onRequest(seen);
      const rule = rules.find((one) => {
        return one.left > 0 && (one.method ?? seen.method) === seen.method && one.path.test(request.url!);
      });
      if (!rule || rule.afterDoing) {
        const { status, body } = answer(seen);
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

  function misbehave(response: ServerResponse, fault: Fault): void {
    if (fault === "hang") return;
    if (fault === "cut") return void response.destroy();
    if (fault === "cutBody") {
      response.writeHead(200, { "content-length": 1000 });
      response.write('{"items":[', () => response.destroy());
      return;
    }
    const body = fault.file ? testdata(fault.file) : JSON.stringify(failure(fault.status, "Injected").body);
    respond(response, fault.status, body, fault.headers);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fake: FakeApiServer = {
    url,
    requests,
    objects,
    onRequest: () => undefined,
    clockOffset: 0,
    writes: () => requests.filter(({ method }) => method !== "GET"),
    add(path, object) {
      object.metadata.resourceVersion ??= String(++version);
      objects.set(path, object);
    },
    fail: (rule) => void rules.push({ ...rule, left: rule.times ?? 1 }),
    kubeconfig() {
      const config = new KubeConfig();
      config.loadFromClusterAndUser(
        { name: "fake", server: url, skipTLSVerify: true },
        { name: "tester", token: "secret-token" },
      );
      return config;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

/** `…/pods` is one, `…/pods/web-1` is not: an object's name follows its resource. */
const isCollection = (path: string) =>
  /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(\/namespaces\/[^/]+)?\/[a-z]+$/.test(path);

/** Across all namespaces when the path names none; `continue` is the index of the next object. */
function listPage(objects: Map<string, ApiObject>, path: string, query: URLSearchParams) {
  const resource = path.slice(path.lastIndexOf("/") + 1);
  const root = path.slice(0, path.lastIndexOf("/"));
  const found = [...objects].filter(([key]) => {
    const parts = key.split("/");
    return key.startsWith(`${root}/`) && parts.at(-2) === resource;
  });
  const from = Number(query.get("continue") ?? 0);
  const limit = Number(query.get("limit") ?? found.length);
  const next = from + limit < found.length ? String(from + limit) : undefined;
  return {
    metadata: { continue: next },
    items: found.slice(from, from + limit).map(([, object]) => object),
  };
}

function failure(code: number, reason: string) {
  return {
    status: code,
    body: { kind: "Status", status: "Failure", reason, message: `${reason} (fake)`, code },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
