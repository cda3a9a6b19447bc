// Who may read from the node's server: a client certificate of the cluster's CA or a bearer token, and for
// both the API server's word, as kubelets ask it (TokenReview, then SubjectAccessReview).
import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { Api } from "./api.ts";

interface User {
  username: string;
  groups: string[];
}

/** An answer is believed this long, in milliseconds (the kubelet's default for a granted request is 5 min). */
const cacheMs = 60_000;

type Answer = 200 | 401 | 403;

/** Answers 200 when the caller may read the subresource of this node (`metrics`, or `proxy` for logs), else why not. */
export function kubeletAccess(
  api: Api,
  nodeName: string,
): (request: IncomingMessage, subresource: "metrics" | "proxy") => Promise<Answer> {
  const answers = new Map<string, { until: number; status: Promise<Answer> }>();

  const ask = async (request: IncomingMessage, subresource: string): Promise<Answer> => {
    const user = certificateUser(request) ?? (await tokenUser(api, request.headers.authorization));
    if (user === undefined) return 401;
    const resourceAttributes = { verb: "get", version: "v1", resource: "nodes", subresource, name: nodeName };
    const review = await api.request<{ status: { allowed: boolean } }>(
      "POST",
      "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: { user: user.username, groups: user.groups, resourceAttributes },
      },
    );
    return review.status.allowed ? 200 : 403;
  };

  return (request, subresource) => {
    const identity = request.headers.authorization ?? certificateUser(request)?.username ?? "";
    const key = `${subresource} ${identity}`;
    const known = answers.get(key);
    if (known !== undefined && Date.now() < known.until) return known.status;
    if (answers.size > 100) answers.clear();
    const status = ask(request, subresource);
    answers.set(key, { until: Date.now() + cacheMs, status });
    status.catch(() => answers.delete(key));
    return status;
  };
}

async function tokenUser(api: Api, authorization: string | undefined): Promise<User | undefined> {
  const [, token] = /^Bearer (\S+)$/.exec(authorization ?? "") ?? [];
  if (token === undefined) return undefined;
  const review = await api.request<{
    status: { authenticated?: boolean; user?: { username: string; groups?: string[] } };
  }>("POST", "/apis/authentication.k8s.io/v1/tokenreviews", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    spec: { token },
  });
  const { authenticated, user } = review.status;
  return authenticated && user ? { username: user.username, groups: user.groups ?? [] } : undefined;
}

/** Kubernetes' meaning of a client certificate: the common name is the user, organizations are groups. */
function certificateUser(request: IncomingMessage): User | undefined {
  const socket = request.socket as TLSSocket;
  if (!socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  if (!subject?.CN) return undefined;
  const username = [subject.CN].flat()[0] ?? "";
  return { username, groups: [...[subject.O ?? []].flat(), "system:authenticated"] };
}
