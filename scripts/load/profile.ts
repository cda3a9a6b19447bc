// What a profile says: phases of load and what must hold. Profiles are YAML files, those of profiles/ by their name.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { InputError, rootCause } from "../../balancer/failures.ts";

const seconds = z.number().positive().max(86_400);
const path = z.string().regex(/^\/\S*$/, "a path such as /api/info");

const request = z
  .strictObject({
    weight: z.number().positive().default(1).describe("How often, beside the other requests of the phase"),
    get: path.optional(),
    post: path.optional(),
    body: z
      .enum(["sample", "record"])
      .optional()
      .describe("sample: an invented Sample. record: the next line of the records file, each once"),
    record: z.boolean().default(false).describe("Write the answers to the records file, a line each"),
    expect: z.array(z.int().min(100).max(599)).min(1).optional().describe("Good statuses. Default: 200–299"),
  })
  .refine(({ get, post }) => (get === undefined) !== (post === undefined), "expected either get or post")
  .refine(
    ({ post, body }) => (post === undefined) === (body === undefined),
    "post needs a body, get has none",
  );

const phase = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]*$/, "lower-case letters, digits, -"),
    users: z.int().min(1).max(20_000),
    everySeconds: z
      .tuple([z.number().positive(), z.number().positive()])
      .refine(([least, most]) => least <= most, "expected [least, most]"),
    rampSeconds: z.number().min(0).default(0),
    durationSeconds: seconds,
    timeoutSeconds: seconds.max(3600, "at most an hour: latencies are counted up to there").default(10),
    requests: z.array(request).min(1),
  })
  .refine(
    ({ requests }) => new Set(requests.map(({ body }) => body === "record")).size === 1,
    "either all requests of a phase post records, or none: the phase ends with the records",
  );

const thresholds = z.strictObject({
  failedRatio: z.number().min(0).max(1).optional().describe("Part of the requests that may fail"),
  p50Ms: z.number().positive().optional(),
  p95Ms: z.number().positive().optional(),
  p99Ms: z.number().positive().optional(),
});

const profile = z.strictObject({
  description: z.string(),
  phases: z.array(phase).min(1),
  thresholds: thresholds.prefault({}).describe("What each phase must keep"),
});

export type LoadRequest = z.output<typeof request>;
export type Phase = z.output<typeof phase>;
export type Thresholds = z.output<typeof thresholds>;
export type Profile = z.output<typeof profile>;

const folder = join(import.meta.dirname, "profiles");

export const profileNames: string[] = readdirSync(folder)
  .map((file) => basename(file, ".yaml"))
  .sort();

/** @param name one of `profileNames`, or the path of a file. @throws InputError with every problem */
export function readProfile(name: string): Profile {
  const file = profileNames.includes(name) ? join(folder, `${name}.yaml`) : name;
  if (!existsSync(file)) {
    throw new InputError(`expected a profile (${profileNames.join(", ")}) or a YAML file, got ${name}`);
  }
  try {
    return parseProfile(readFileSync(file, "utf8"));
  } catch (error) {
    throw new InputError(`${file}: ${rootCause(error)}`);
  }
}

/** @throws Error with every problem */
export function parseProfile(text: string): Profile {
  const { success, data, error } = profile.safeParse(parse(text));
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => `  ${path.join(".") || "profile"}: ${message}`);
  throw new Error(`not a profile:\n${problems.join("\n")}`);
}

/** The same load over another time: each phase lasts `durationSeconds`, and takes the same part of it to come up. */
export function lasting(profile: Profile, durationSeconds: number): Profile {
  const phases = profile.phases.map((phase) => ({
    ...phase,
    durationSeconds,
    rampSeconds: phase.rampSeconds * Math.min(1, durationSeconds / phase.durationSeconds),
  }));
  return { ...profile, phases };
}
