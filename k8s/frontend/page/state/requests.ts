// The page's own requests, and which variant of the API answered them.
import type { BurstResult, CpuTestResult, History, Info } from "./api.ts";

export interface Answer<Body> {
  body: Body;
  /** `a` or `b`; undefined when whoever answered does not say. */
  variant: string | undefined;
}

/** @throws Error with what the server said, or that nothing answered, for people */
async function request<Body>(path: string, init?: RequestInit): Promise<Answer<Body>> {
  const response = await fetch(path, init).catch((error: unknown) => {
    throw new Error("The server cannot be reached. Try again when the page is live.", { cause: error });
  });
  const variant = response.headers.get("x-variant") ?? undefined;
  if (response.ok) return { body: (await response.json()) as Body, variant };
  const failure = (await response.json().catch(() => undefined)) as { message?: string } | undefined;
  throw new Error(failure?.message ?? `The server answered ${response.status} ${response.statusText}.`);
}

const post = <Body>(path: string, body: unknown) =>
  request<Body>(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

export const getInfo = () => request<Info>("/api/info");
export const getMachines = () => request<{ machines: { machine: string; time: string }[] }>("/api/machines");
export const getHistory = (machine: string, seconds: number, points: number) => {
  const to = Date.now();
  const query = new URLSearchParams({
    machine,
    from: new Date(to - seconds * 1000).toISOString(),
    to: new Date(to).toISOString(),
    points: String(points),
  });
  return request<History>(`/api/history?${query}`);
};
export const cpuTest = (seconds: number) => post<CpuTestResult>("/api/cpu-test", { seconds });
export const burst = (requests: number) => post<BurstResult>("/api/burst", { requests });
