// The saving, as Prometheus tells it.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import pino from "pino";
import { type Listening, listening } from "../../../../balancer/testing/listening.ts";
import { until } from "../../testing/log.ts";
import { followSaving, readSaving } from "./saving.ts";
import type { Saving } from "./schemas.ts";

describe("what the balancer saves", () => {
  let answer: [status: number, body: unknown] = [200, {}];
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    asked.push(url);
    response.writeHead(answer[0]).end(JSON.stringify(answer[1]));
  });
  let played: Listening;
  let prometheus = "";
  const vector = (...value: unknown[]) => ({ data: { result: [{ value }] } });
  before(async () => {
    played = await listening(server);
    prometheus = played.url;
  });
  after(() => played.stop());

  const cases: [what: string, body: unknown, saving: Saving][] = [
    ["a number", vector(1_764_000_000, "12.5"), { perMonth: 12.5, time: "2025-11-24T16:00:00.000Z" }],
    ["nothing saved", vector(1_764_000_000, "0"), { perMonth: 0, time: "2025-11-24T16:00:00.000Z" }],
    ["no number", vector(1_764_000_000, "NaN"), null],
    ["an endless number", vector(1_764_000_000, "+Inf"), null],
    ["nothing while nobody states it", { data: { result: [] } }, null],
    ["nothing in an odd answer", {}, null],
  ];
  for (const [what, body, saving] of cases)
    it(`is ${what}`, async () => {
      answer = [200, body];
      assert.deepEqual(await readSaving(`${prometheus}/`, new AbortController().signal), saving);
      const query = new URL(asked.at(-1) ?? "", prometheus);
      assert.equal(query.pathname, "/api/v1/query");
      const text = 'sum(spot_balancer_saving_per_month{job="spot-balancer"})';
      assert.equal(query.searchParams.get("query"), text);
    });

  it("is asked for again and again, with pauses, and stays what it was while nobody answers", async () => {
    const said: string[] = [];
    const log = pino({}, { write: (line: string) => void said.push(line) });
    const heard: Saving[] = [];
    const follow = async (during: () => Promise<unknown>) => {
      asked.length = 0;
      const end = new AbortController();
      const following = followSaving(prometheus, (saving) => heard.push(saving), log, end.signal);
      await during();
      end.abort();
      await following;
    };
    answer = [200, vector(1_764_000_000, "3")];
    await follow(async () => {
      await until("the first", () => heard.length === 1);
      await delay(50);
      assert.equal(asked.length, 1, "15 s lie between two questions");
    });
    assert.deepEqual([heard.length, said], [1, []], "an end is no failure");
    answer = [500, {}];
    await follow(() => until("a warning", () => said.length === 1));
    assert.match(
      said.join(),
      /"level":40,.*Prometheus answers 500.*the saving cannot be read from Prometheus/,
    );
    assert.equal(heard.length, 1);
  });
});
