// Routes that make load. Both are off unless the settings allow them.
import { Type } from "typebox";
import { burst } from "../burst.ts";
import { cpuTest } from "../cpuTest.ts";
import { BurstResult, CpuTestResult } from "../schemas.ts";
import type { App } from "./app.ts";
import { HttpFailure } from "./failures.ts";
import { failures } from "./responses.ts";

export interface LoadOptions {
  variant: string;
  instance: string;
  /** 0: off */
  cpuTestMaxSeconds: number;
  /** 0: off */
  burstMaxRequests: number;
  /** Where a burst goes; asked when it starts. */
  burstUrl: () => string;
}

export function loadRoutes(app: App, options: LoadOptions): void {
  const { variant, instance, cpuTestMaxSeconds, burstMaxRequests, burstUrl } = options;
  const running = new Set<string>();
  /** One of a kind at a time and replica, so that probes and requests still get their turn. */
  async function alone<T>(most: number, name: string, work: () => Promise<T>): Promise<T> {
    if (most === 0) throw new HttpFailure(403, "Disabled", `The ${name} is switched off here`);
    if (running.has(name)) {
      throw new HttpFailure(429, "Running", `A ${name} is running on this replica: wait for its end`);
    }
    running.add(name);
    try {
      return await work();
    } finally {
      running.delete(name);
    }
  }
  // Switched off, the description still needs a bound.
  const body = (name: string, most: number) =>
    Type.Object(
      { [name]: Type.Integer({ minimum: 1, maximum: Math.max(1, most) }) },
      { additionalProperties: false },
    );
  const tags = ["load"];
  const refusals = failures(400, 403, 413, 415, 429);

  app.post(
    "/api/cpu-test",
    {
      schema: {
        ...{ tags, summary: "Keep one core busy", description: "Answers when it is over." },
        body: body("seconds", cpuTestMaxSeconds),
        response: { 200: CpuTestResult, ...refusals },
      },
    },
    ({ body: { seconds } }) =>
      alone(cpuTestMaxSeconds, "CPU test", async () => {
        const { iterations, elapsed } = await cpuTest(seconds!);
        return { variant, instance, seconds: elapsed, iterations };
      }),
  );

  app.post(
    "/api/burst",
    {
      schema: {
        ...{
          tags,
          summary: "Send many requests at once",
          description: "To the API itself, by way of the gateway.",
        },
        body: body("requests", burstMaxRequests),
        response: { 200: BurstResult, ...refusals },
      },
    },
    ({ body: { requests } }) => alone(burstMaxRequests, "burst", () => burst(burstUrl(), requests!)),
  );
}
