// What clients are told when something goes wrong: a code for programs, a sentence for people.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { DatabaseDown } from "../database/errors.ts";
import { StoreBusy } from "../database/store.ts";
import { Busy } from "../database/turns.ts";

export class HttpFailure extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Seconds after which an answer with status 503 or 429 may be tried again. */
const retryAfter = 2;

export function answerFailures(app: FastifyInstance): void {
  const methods = methodsByPath(app);
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    // Such as QUERY without a content type: what is not there needs no body.
    if (request.is404) return answerUnknown(methods, request, reply);
    const failure = failureOf(error);
    if (failure.status >= 500 && failure.status !== 503) request.log.error({ err: error }, "request failed");
    if (failure.status === 503 || failure.status === 429) void reply.header("retry-after", retryAfter);
    return reply.status(failure.status).send({ code: failure.code, message: failure.message });
  });
  app.setNotFoundHandler((request, reply) => answerUnknown(methods, request, reply));
}

function failureOf(error: FastifyError | HttpFailure): HttpFailure {
  if (error instanceof HttpFailure) return error;
  if (error instanceof DatabaseDown) return new HttpFailure(503, "DatabaseDown", error.message);
  if (error instanceof StoreBusy || error instanceof Busy) return new HttpFailure(503, "Busy", error.message);
  if (error.validation) return new HttpFailure(400, "Invalid", error.message);
  const status = error.statusCode ?? 500;
  if (status < 500) return new HttpFailure(status, status === 413 ? "TooLarge" : "Invalid", error.message);
  return new HttpFailure(
    500,
    "Internal",
    "Something went wrong here; the log of this replica has the details",
  );
}

/** Of the routes that come. The router is not asked: it takes paths such as `/:x(` for patterns, and throws. */
function methodsByPath(app: FastifyInstance): Map<string, string[]> {
  const found = new Map<string, string[]>();
  app.addHook("onRoute", ({ url, method }) => {
    found.set(url, [...(found.get(url) ?? []), ...[method].flat()]);
  });
  return found;
}

/** A known path with another method is 405, and says which would do. */
function answerUnknown(
  methods: ReadonlyMap<string, string[]>,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const [url = ""] = request.url.split("?", 1);
  const allowed = methods.get(url);
  if (allowed === undefined) {
    return reply.status(404).send({ code: "NotFound", message: `There is nothing at ${url}` });
  }
  return reply
    .status(405)
    .header("allow", allowed.join(", "))
    .send({ code: "MethodNotAllowed", message: `${url} knows ${allowed.join(", ")} only` });
}
