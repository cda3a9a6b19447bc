// Health checks of the control plane's programs.
import { request } from "node:https";
import type { Pki } from "./pki.ts";

/** Whether a GET as the administrator is answered with 200 within a second. */
export function answersOk(url: string, pki: Pki): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request(url, {
      ca: pki.authority.certificate,
      cert: pki.pairs.admin.certificate,
      key: pki.pairs.admin.privateKey,
      timeout: 1_000,
      agent: false,
    });
    call.on("response", (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on("timeout", () => call.destroy());
    call.on("error", () => resolve(false));
    call.on("close", () => resolve(false));
    call.end();
  });
}
