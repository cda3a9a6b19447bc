// Health checks of the control plane's programs.
import { Agent } from "node:https";
import { exchange } from "../../../balancer/kube/http.ts";
import type { Pki } from "./pki.ts";

/** Whether a GET as the administrator is answered with 200 within a second. */
export function answersOk(url: string, { authority, pairs: { admin } }: Pki): Promise<boolean> {
  const agent = new Agent({ ca: authority.certificate, cert: admin.certificate, key: admin.privateKey });
  const call = { method: "GET", headers: {}, agent, signal: AbortSignal.timeout(1_000) };
  return exchange(url, call, ({ statusCode }) => Promise.resolve(statusCode === 200)).catch(() => false);
}
