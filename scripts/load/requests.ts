// What a user sends: which request of the phase, and with what in it. Pure.
import type { Sample } from "../../k8s/backend/src/schemas.ts";
import type { LoadRequest } from "./profile.ts";

export interface HttpRequest {
  method: "GET" | "POST";
  /** With its query. */
  path: string;
  body?: string;
}

/** What a request is filled with. */
export interface Filling {
  /** Asked for each sample that is posted. */
  nextKey: () => SampleKey;
  /** Names that `{machine}` stands for: those that the API has samples of. */
  machines: readonly string[];
  /** A line of the records file. */
  record?: Sample | undefined;
  /** Even in [0, 1). */
  random: () => number;
}

const placeholder = "{machine}";

export const needsMachines = ({ get, post }: LoadRequest): boolean => `${get}${post}`.includes(placeholder);

/** One of the requests, each as often as its weight says. */
export function pick(requests: readonly LoadRequest[], random: () => number): LoadRequest {
  let rest = random() * requests.reduce((sum, { weight }) => sum + weight, 0);
  for (const request of requests) {
    rest -= request.weight;
    if (rest < 0) return request;
  }
  return requests.at(-1)!;
}

export function fill(request: LoadRequest, filling: Filling): HttpRequest {
  const { machines, random } = filling;
  const machine = machines[Math.floor(random() * machines.length)] ?? "";
  const path = (request.get ?? request.post!).replace(placeholder, encodeURIComponent(machine));
  if (request.get !== undefined) return { method: "GET", path };
  return { method: "POST", path, body: JSON.stringify(sampleOf(filling)) };
}

/** What the API does not store again once it knows it. */
export type SampleKey = Pick<Sample, "machine" | "time">;

/** Few names, since the page lists every machine; many users would fill that list. */
const machineCount = 10;

/**
 * Names in turn and the present time, never the same pair twice: with each round of names, time goes on by 1 ms at
 * least, also when more than ten samples are sent within one.
 */
export function sampleKeys(now: () => number): () => SampleKey {
  let [sent, last] = [0, 0];
  return () => {
    const turn = sent++ % machineCount;
    last = Math.max(now(), turn === 0 ? last + 1 : last);
    return { machine: `load-${turn}`, time: new Date(last).toISOString() };
  };
}

/** A record, or an invented sample, under a key of ours: with its own one it would be stored only once. */
function sampleOf({ nextKey, record, random }: Filling): Sample {
  const key = nextKey();
  if (record) return { ...record, ...key };
  const totalBytes = 16 * 2 ** 30;
  return {
    ...key,
    cpu: { utilization: Math.round(random() * 1000) / 1000, cores: 4 },
    memory: { totalBytes, usedBytes: Math.floor(random() * totalBytes) },
  };
}
