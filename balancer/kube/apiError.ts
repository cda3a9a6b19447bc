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
    const words = parsed.message ?? plain(body);
    const causes = (parsed.details?.causes ?? []).map(({ message = "" }) => message);
    const said = [...new Set([words, ...causes.filter((cause) => !words.includes(cause))])]
      .filter(Boolean)
      .join(" ");
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

/** Undefined: the server answered with one of these. */
export const unlessStatus = <T>(answer: Promise<T>, ...statuses: number[]): Promise<T | undefined> =>
  answer.catch((error: unknown) => {
    if (statuses.some((status) => isStatus(error, status))) return undefined;
    throw error;
  });

/** What a proxy in between says is a page for browsers, of several lines. */
const plain = (body: string): string =>
  body
    .replace(/<(head|style|script)\b[^]*?<\/\1>|<[^>]*>/gi, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 300);

function parseStatus(body: string): Status {
  try {
    return (JSON.parse(body) as Status | null) ?? {};
  } catch {
    return {};
  }
}

/** The server fails, and neither the object, nor those who are asked about it: what they refuse is no other object's matter. */
export function isServerFault(error: ApiError): boolean {
  return error.status >= 500 && !isFaultOfObject(error) && !webhookFails.test(error.said);
}

/**
 * Server-side apply answers 500 for a field that the schema does not have (kubernetes/kubernetes#122480), and for an
 * object that has the same variable twice (#121575), which no further attempt changes.
 */
export function isFaultOfObject({ said }: ApiError): boolean {
  return (
    /(^|: )failed to (create typed|convert new object|create manager for existing fields)/.test(said) ||
    ofSeveralBudgets.test(said)
  );
}

/** 500 to an eviction, for as long as several budgets select the pod (kubernetes/kubernetes#75957, #113891). */
const ofSeveralBudgets = /^This pod has more than one PodDisruptionBudget/;

/**
 * Whoever guards the pod says no to its eviction for now: disruption budgets, or a webhook that moves the pod in its own way
 * (kubevirt/kubevirt#4012). Any other 429, of an eviction too, is a server that has too much to do (kubernetes/kubernetes#106286).
 */
export function isNotNow(error: unknown): error is ApiError {
  if (isStatus(error, 500)) return ofSeveralBudgets.test(error.said);
  if (!isStatus(error, 429)) return false;
  return isDenied.test(error.said) || error.causes.some(({ reason }) => reason === "DisruptionBudget");
}

const isDenied = /^admission webhook ".*" denied the request/;

/** Nothing can be made in a namespace that is being deleted, and an eviction is something made (kubernetes/kubernetes#93947). */
export const isTerminating = (error: unknown): error is ApiError =>
  isStatus(error, 403) && error.causes.some(({ reason }) => reason === "NamespaceTerminating");

/**
 * 500 as well: a webhook that nobody answers for (cert-manager/cert-manager#2319, aws/karpenter-provider-aws#5133), that
 * breaks, or that converts a custom resource (#7378 there). Others' objects are written and read all the same.
 */
const webhookFails = /failed calling webhook|admission webhook ".*" denied|conversion webhook for /;

/** RBAC said no. Admission webhooks and quotas answer 403 too, but then the message names no user. */
export function isForbidden(error: unknown): boolean {
  return isStatus(error, 403) && / cannot \w+ resource /.test(error.message);
}
