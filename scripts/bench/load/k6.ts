// k6, which others wrote (https://github.com/grafana/k6), with the same shape.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import { InputError } from "../../../balancer/failures.ts";
import { type GoJudge, ensureGoJudge } from "../../judge/install.ts";
import { onPath } from "../../local/index.ts";
import { type Said, type Shape, nominalRate } from "./shape.ts";

const k6: GoJudge = { name: "k6", package: "go.k6.io/k6", version: "v1.8.1" };

/** Path of the executable. @throws InputError when there is none, and none can be built */
export async function ensureK6(report: (line: string) => void): Promise<string> {
  const [found] = onPath("k6", process.env["PATH"] ?? "");
  if (found !== undefined) return found;
  report(`load: no k6 on PATH, so ${k6.version} it is; Go builds it once, two minutes of CPU time`);
  return ensureGoJudge(k6).catch((error: Error) => {
    throw new InputError(
      `load is measured beside k6, expected on PATH, or Go, to build it: ${error.message}`,
    );
  });
}

/**
 * Users who come at even times are k6's constant arrival rate. Others are its virtual users, who wait for their answer:
 * they sleep for what is left of their gap, and begin somewhere in their first one, as ours do.
 */
const script = `
import http from "k6/http";
import { sleep, randomSeed } from "k6";
const { url, isEven, rate, users, everySeconds: [least, most], durationSeconds } = JSON.parse(__ENV.SHAPE);
const duration = durationSeconds + "s";
const even = { executor: "constant-arrival-rate", rate, timeUnit: "1s", duration, preAllocatedVUs: users };
const uneven = { executor: "constant-vus", vus: users, duration, gracefulStop: "0s" };
export const options = {
  scenarios: { one: isEven ? even : uneven },
  summaryTrendStats: ["med", "p(99)"],
  discardResponseBodies: true,
};
randomSeed(__VU);
const gap = () => least + Math.random() * (most - least);
export default function () {
  if (!isEven && __ITER === 0) sleep(Math.random() * gap());
  const start = Date.now();
  http.get(url);
  if (!isEven) sleep(gap() - (Date.now() - start) / 1000);
}
export const handleSummary = ({ metrics }) => ({ stdout: JSON.stringify(metrics) });
`;

const metric = <Values extends z.ZodRawShape>(values: Values) => z.object({ values: z.object(values) });
const summary = z.object({
  http_reqs: metric({ count: z.number() }),
  http_req_failed: metric({ passes: z.number() }),
  http_req_duration: metric({ med: z.number(), "p(99)": z.number() }),
});

export async function runK6(program: string, shape: Shape, url: string): Promise<Said> {
  const { everySeconds } = shape;
  const isEven = everySeconds[0] === everySeconds[1];
  const given = JSON.stringify({ ...shape, isEven, rate: nominalRate(shape), url: `${url}/asked` });
  const running = promisify(execFile)(program, ["run", "--quiet", "--no-usage-report", "-"], {
    env: { ...process.env, SHAPE: given },
  });
  running.child.stdin!.end(script);
  const { stdout } = await running;
  return saidByK6(stdout);
}

/** From its metrics, as the script prints them. @throws Error when they are others */
export function saidByK6(text: string): Said {
  const { http_reqs, http_req_failed, http_req_duration } = summary.parse(JSON.parse(text));
  const { med, "p(99)": p99 } = http_req_duration.values;
  return { requests: http_reqs.values.count, failed: http_req_failed.values.passes, p50: med, p99 };
}
