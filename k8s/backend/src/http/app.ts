// The HTTP server of the API: validation, failures, headers, description; the routes are beside it.
import AjvCompiler from "@fastify/ajv-compiler";
import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import Fastify, { type FastifyBaseLogger, type FastifySchemaCompiler, LogController } from "fastify";
import type { Metrics } from "../metrics.ts";
import { answerFailures } from "./failures.ts";

export interface AppOptions {
  variant: string;
  version: string;
  log: FastifyBaseLogger;
  metrics: Pick<Metrics, "request">;
  /** How many proxies stand before it, each of which adds the address that it was asked from. */
  proxies?: number;
  /** Within this a whole request must have come. */
  requestTimeoutMs?: number;
  /** Connections are closed after their answer, so that clients go to another replica. */
  leaving: () => boolean;
}

export type App = ReturnType<typeof buildApp>;

/** Of what has no limit of its own. */
const bodyLimit = 16 * 2 ** 10;
/** More are closed at once: each holds a socket and its buffers. */
const maxConnections = 2000;

export function buildApp(options: AppOptions) {
  const { variant, version, log, metrics, proxies = 0, requestTimeoutMs = 20_000, leaving } = options;
  const app = Fastify({
    loggerInstance: log,
    // A line per request would cost more than the request.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    // By number: their addresses change, and the NetworkPolicy lets nobody else in.
    trustProxy: (_address: string, hop: number) => hop < proxies,
    requestTimeout: requestTimeoutMs,
    http: {
      headersTimeout: Math.min(10_000, requestTimeoutMs),
      connectionsCheckingInterval: Math.min(2000, requestTimeoutMs),
    },
    forceCloseConnections: "idle",
    routerOptions: { ignoreTrailingSlash: false },
    schemaErrorFormatter: (errors, part) => new Error(describe(errors, part)),
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.server.maxConnections = maxConnections;
  app.setValidatorCompiler(validators());
  answerFailures(app);
  app.addHook("onRequest", (_request, reply, done) => {
    void reply.header("x-variant", variant).header("x-content-type-options", "nosniff");
    done();
  });
  app.addHook("onSend", (_request, reply, payload, done) => {
    if (leaving()) void reply.header("connection", "close");
    done(null, payload);
  });
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "unknown";
    metrics.request(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
  void app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Spot balancer demo: backend",
        description:
          "Samples of machines, the state of the cluster, and load on request. See README.md beside the source.",
        version,
      },
      components: {
        securitySchemes: {
          samplesToken: { type: "http", scheme: "bearer", description: "Who stores samples has it" },
        },
      },
      tags: [
        { name: "samples", description: "Measured CPU, memory and processes" },
        { name: "cluster", description: "Nodes, pods, autoscalers, balancing" },
        { name: "load", description: "Off unless it is switched on" },
        { name: "about", description: "This replica" },
      ],
    },
  });
  return app;
}

/** Text of a query becomes numbers; a body is taken as it is, and nothing is dropped from it silently. */
function validators(): FastifySchemaCompiler<unknown> {
  const build = AjvCompiler();
  const options = { removeAdditional: false, useDefaults: true, allErrors: false } as const;
  const strict = build({}, { customOptions: { ...options, coerceTypes: false } });
  const textual = build({}, { customOptions: { ...options, coerceTypes: true } });
  return (route) => (route.httpPart === "body" ? strict : textual)(route);
}

interface SchemaProblem {
  instancePath: string;
  message?: string;
  params: Record<string, unknown>;
}

/** "body/samples/0/cpu must have required property 'cores'" */
function describe(problems: SchemaProblem[], part: string): string {
  return problems
    .map(({ instancePath, message, params }) => {
      const detail = params["additionalProperty"] ?? params["allowedValues"];
      return `${part}${instancePath} ${message}${detail === undefined ? "" : ` (${JSON.stringify(detail)})`}`;
    })
    .join("; ");
}
