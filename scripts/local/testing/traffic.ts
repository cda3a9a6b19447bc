// For cluster tests: requests through the gateway, and whether chance explains who answered them.
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import https from "node:https";

/** How many requests each variant of the API answered. */
export async function askApi(url: string, requests: number, atOnce = 20): Promise<Record<string, number>> {
  const answers: Record<string, number> = {};
  const rest = Array.from({ length: requests }).values();
  const ask = async (): Promise<void> => {
    for (const _ of rest) {
      const response = await fetch(`${url}/api/info`);
      const text = await response.text();
      const variant = response.headers.get("x-variant");
      assert.ok(response.ok && variant !== null, `${response.status} ${text}`);
      answers[variant] = (answers[variant] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, ask));
  return answers;
}

export interface Named {
  address: string;
  port: number;
  /** Name that is asked for, whatever its DNS record says. */
  host: string;
  /** Certificate (PEM) that the server's must be signed by; without one HTTP is spoken. */
  authority?: string;
}

/** Asks for `/api/info` at a host that has this address. */
export async function askHost({
  address,
  port,
  host,
  authority,
}: Named): Promise<{ status?: number; location?: string }> {
  const options = { host: address, port, path: "/api/info", headers: { host }, agent: false as const };
  const request =
    authority === undefined ? http.get(options) : https.get({ ...options, servername: host, ca: authority });
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  response.resume();
  const { statusCode: status, headers } = response;
  return {
    ...(status !== undefined && { status }),
    ...(headers.location !== undefined && { location: headers.location }),
  };
}

/** Five standard deviations of a binomial distribution: by chance alone exceeded in less than one of a million tests. */
export function assertShare(hits: number, requests: number, share: number): void {
  const expected = requests * share;
  const bound = 5 * Math.sqrt(requests * share * (1 - share));
  assert.ok(
    Math.abs(hits - expected) <= bound,
    `${hits} of ${requests}, expected ${expected} ± ${bound.toFixed(0)}`,
  );
}
