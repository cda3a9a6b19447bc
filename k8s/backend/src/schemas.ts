// What goes in and out, as JSON Schema: it validates requests, types handlers, writes answers, and becomes the OpenAPI description.
import { type Static, type TSchema, Type } from "typebox";

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const closed = { additionalProperties: false };
const bytes = () => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const count = () => Type.Integer({ minimum: 0, maximum: 10_000_000 });

export const machinePattern = "^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$";
export const Machine = Type.String({
  pattern: machinePattern,
  description: "Name of a machine",
  examples: ["aks-regular-1"],
});
const Time = Type.String({ format: "date-time", examples: ["2026-11-21T12:00:00.000Z"] });

export const ProcessState = Type.Enum(["running", "sleeping", "stopped", "zombie"]);

export const Process = Type.Object(
  {
    pid: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }),
    name: Type.String({ pattern: "^[ -~]{1,64}$", description: "Printable ASCII" }),
    state: ProcessState,
    cpuCores: Type.Number({ minimum: 0, maximum: 10_000 }),
    memoryBytes: bytes(),
  },
  closed,
);

export const Processes = Type.Object(
  {
    running: count(),
    sleeping: count(),
    stopped: count(),
    zombie: count(),
    top: Type.Array(Process, { maxItems: 50 }),
  },
  closed,
);

export const Sample = Type.Object(
  {
    machine: Machine,
    time: Time,
    cpu: Type.Object(
      {
        utilization: Type.Number({ minimum: 0, maximum: 1 }),
        cores: Type.Integer({ minimum: 1, maximum: 10_000 }),
      },
      closed,
    ),
    memory: Type.Object({ totalBytes: bytes(), usedBytes: bytes() }, closed),
    processes: Type.Optional(Processes),
  },
  closed,
);
export type Sample = Static<typeof Sample>;
export type Processes = Static<typeof Processes>;
export type Process = Static<typeof Process>;

export const Batch = Type.Object({ samples: Type.Array(Sample, { minItems: 1, maxItems: 1000 }) }, closed);

export const Counts = Type.Object({
  stored: Type.Integer({ description: "New" }),
  known: Type.Integer({ description: "Already there (same machine and time): nothing changed" }),
  outside: Type.Integer({ description: "Older than the retention, or more than a minute in the future" }),
});
export type Counts = Static<typeof Counts>;

export const HistoryQuery = Type.Object(
  {
    machine: Machine,
    from: Type.Optional(Time),
    to: Type.Optional(Time),
    points: Type.Integer({ minimum: 2, maximum: 2000, default: 300 }),
  },
  closed,
);

export const History = Type.Object({
  machine: Type.String(),
  from: Type.String(),
  to: Type.String(),
  bucketSeconds: Type.Number(),
  points: Type.Array(
    Type.Object({
      time: Type.String({ description: "Start of the bucket" }),
      cpuUtilization: Type.Number({ description: "Mean" }),
      cpuUtilizationMax: Type.Number(),
      memoryUsedBytes: Type.Number({ description: "Mean" }),
      samples: Type.Integer({ description: "How many fell into the bucket" }),
    }),
  ),
});
export type History = Static<typeof History>;

export const Machines = Type.Object({
  machines: Type.Array(Type.Object({ machine: Type.String(), time: Type.String() })),
});

export const MachineQuery = Type.Object({ machine: Machine }, closed);

export const Link = Type.Object({
  up: Type.Boolean(),
  since: Type.String(),
  problem: nullable(Type.String()),
});
export type Link = Static<typeof Link>;

export const Status = Type.Object({ database: Link, cluster: Link });
export type Status = Static<typeof Status>;

export const Failure = Type.Object({
  code: Type.String({ description: "For programs: DatabaseDown, Invalid, NotFound, …" }),
  message: Type.String({ description: "For people" }),
});

export const Info = Type.Object({
  variant: Type.Enum(["a", "b"]),
  version: Type.String(),
  instance: Type.String({ description: "Name of the pod" }),
  machine: Type.String(),
  startedAt: Type.String(),
  features: Type.Object({
    cpuTest: nullable(Type.Object({ maxSeconds: Type.Integer() })),
    burst: nullable(Type.Object({ maxRequests: Type.Integer() })),
  }),
});
export type Info = Static<typeof Info>;

export const CpuTestResult = Type.Object({
  variant: Type.String(),
  instance: Type.String(),
  seconds: Type.Number(),
  iterations: Type.Integer({ description: "Steps of work that one core did" }),
});
export type CpuTestResult = Static<typeof CpuTestResult>;

export const BurstResult = Type.Object({
  requests: Type.Integer(),
  succeeded: Type.Integer(),
  failed: Type.Integer(),
  variants: Type.Object({ a: Type.Integer(), b: Type.Integer() }),
  seconds: Type.Number({ description: "From the first request to the last answer" }),
  latencyMs: Type.Object({ p50: Type.Number(), p95: Type.Number(), max: Type.Number() }),
});
export type BurstResult = Static<typeof BurstResult>;
