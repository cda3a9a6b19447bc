// How long a sample takes from being sent to one replica until the feed of another one brings it.
import { setTimeout as delay } from "node:timers/promises";
import { openFeed } from "../../../k8s/backend/testing/feedClient.ts";
import { buildSample } from "../../../k8s/backend/testing/samples.ts";
import { samplesHeaders } from "../../../k8s/backend/testing/env.ts";
import { at } from "./latency.ts";

const samples = 200;
/** Between two, so that each is on its own. */
const gapMs = 10;

export interface FeedTimes {
  /** p50 and p99 in ms, from sending a sample to having it in the feed. */
  p50: number;
  p99: number;
  /** p50 in ms until the one who sent it has the answer that it is stored. */
  stored: number;
}

export async function feedTimes(url: string, feedUrl: string): Promise<FeedTimes> {
  const arrivals = new Map<unknown, (now: number) => void>();
  const feed = await openFeed(`${feedUrl}/api/feed?machine=fed`, undefined, ({ data }) =>
    arrivals.get((data as { time?: unknown }).time)?.(performance.now()),
  );
  let time = Date.now();
  const send = async (): Promise<{ fed: Promise<number>; storedMs: number; start: number }> => {
    const sample = buildSample({ machine: "fed", time: new Date(time--).toISOString() });
    const { promise: fed, resolve } = Promise.withResolvers<number>();
    arrivals.set(sample.time, resolve);
    const start = performance.now();
    const answer = await fetch(`${url}/api/samples`, {
      method: "POST",
      headers: samplesHeaders,
      body: JSON.stringify(sample),
    });
    await answer.text();
    return { fed, start, storedMs: performance.now() - start };
  };
  try {
    // The feed tells what comes after it has joined, which it does not say.
    while ((await Promise.race([(await send()).fed, delay(50)])) === undefined);
    const [fed, stored]: [number[], number[]] = [[], []];
    for (let sent = 0; sent < samples; sent++) {
      const one = await send();
      fed.push((await one.fed) - one.start);
      stored.push(one.storedMs);
      await delay(gapMs);
    }
    return { p50: at(fed, 0.5), p99: at(fed, 0.99), stored: at(stored, 0.5) };
  } finally {
    feed.close();
  }
}
