// What the API server answers when it refuses: its Status object as an error that other code can branch on.

/** The parts of a Kubernetes `Status` that are looked at. */
interface Status {
  message?: string;
  reason?: string;
  details?: { causes?: { reason?: string; message?: string; field?: string }[]; retryAfterSeconds?: number };
}

/** A request that the API server understood and refused. */
export class ApiError extends Error {
  override name = "ApiError";
  /** HTTP status code. */
  readonly status: number;
  /** `Status.reason`: `Conflict`, `Forbidden`, `Expired`, `TooManyRequests`, …; empty when the answer was no Status. */
  readonly reason: string;
  /** The server's own words. */
  readonly said: string;
  readonly causes: { reason: string; message: string; field: string }[];
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(request: string, status: number, body: string, retryAfterHeader?: string) {
    const parsed = parseStatus(body);
    const why = [
      parsed.message ?? body.slice(0, 300),
      ...(parsed.details?.causes ?? []).map(({ message }) => message),
    ];
    const said = [...new Set(why)].filter(Boolean).join(" ");
    super(`${request}: ${[status, parsed.reason].join(" ").trim()}: ${said}`);
    this.said = said;
    this.status = status;
    this.reason = parsed.reason ?? "";
    this.causes = (parsed.details?.causes ?? []).map((cause) => ({
      reason: cause.reason ?? "",
      message: cause.message ?? "",
      field: cause.field ?? "",
    }));
    const seconds = Number(retryAfterHeader ?? parsed.details?.retryAfterSeconds);
    this.retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
  }
}

export function isStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

function parseStatus(body: string): Status {
  try {
    return (JSON.parse(body) as Status | null) ?? {};
  } catch {
    return {};
  }
}

/**
 * The server fails, and not the object: server-side apply answers 500 for a field that the schema does not have
 * (kubernetes/kubernetes#122480), which no further attempt changes.
 */
export function isServerFault({ status, said }: ApiError): boolean {
  return status >= 500 && !/^failed to create typed patch object /.test(said);
}

/** RBAC said no. Admission webhooks and quotas answer 403 too, but then the message names no user. */
export function isForbidden(error: unknown): boolean {
  return isStatus(error, 403) && / cannot \w+ resource /.test(error.message);
}
