// Answers of a Prometheus that is broken, hostile, slow, or something else altogether.
import assert from "node:assert/strict";
import { type ServerResponse, createServer } from "node:http";
import fc from "fast-check";
import { connectPrometheus } from "../../balancer/prometheus.ts";
import { testdata } from "../../balancer/testing/apiServer.ts";
import { type Listening, listening } from "../../balancer/testing/listening.ts";
import { fuzz, mayThrow } from "./harness.ts";
import { brokenText, mutated, oddValue } from "./odd.ts";

interface Reply {
  status: number;
  body: string;
  /** Sizes of the pieces in which it comes, over and over. */
  pieces: number[];
  end: "whole" | "cut" | "drips";
}

const captured = ["prometheus-cpu.json", "prometheus-samples.json", "prometheus-nodes.json"].map(testdata);

/** Brackets, quotes and names where a reader that looks for borders might take them for some. */
const borders = fc
  .array(
    fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      '"',
      '\\"',
      "\\\\",
      '{"metric":{',
      '},"value":[',
      '"result":[',
      ",",
      ":",
      "1",
      " ",
    ),
    { maxLength: 300 },
  )
  .map((parts) => parts.join(""));
const inNames = borders.map((text) =>
  JSON.stringify({
    status: "success",
    data: { resultType: "vector", result: [{ metric: { pod: text, [text]: "x" }, value: [1, "2"] }] },
  }),
);
const repeated = fc.tuple(fc.constantFrom("{", "[", '{"metric":{"a":"', '"', '{"metric":{},"value":[1,"1"]},', "\\"), fc.integer({ min: 1, max: 60_000 })).map(
  ([text, times]) => `{"status":"success","data":{"resultType":"vector","result":[${text.repeat(times)}`,
); // prettier-ignore

const body = fc.oneof(
  fc
    .constantFrom(...captured)
    .chain((text) => mutated(JSON.parse(text) as object).map((odd) => JSON.stringify(odd))),
  brokenText(fc.constantFrom(...captured)),
  ...[inNames, borders, repeated],
  oddValue.map((value) => JSON.stringify(value)),
);

const reply: fc.Arbitrary<Reply> = fc.record({
  status: fc.oneof({ weight: 4, arbitrary: fc.constant(200) }, { weight: 1, arbitrary: fc.constantFrom(204, 301, 400, 401, 422, 500, 503) }),
  body,
  pieces: fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 }),
  end: fc.oneof({ weight: 30, arbitrary: fc.constant("whole" as const) }, { weight: 1, arbitrary: fc.constantFrom("cut" as const, "drips" as const) }),
}); // prettier-ignore

function send(response: ServerResponse, { status, body, pieces, end }: Reply): void {
  response.on("error", () => undefined);
  response.writeHead(status);
  const bytes = Buffer.from(body);
  // Small pieces of what is large would only measure the network.
  const most = Math.ceil(bytes.length / 200);
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(most, pieces[turn % pieces.length]!);
    response.write(bytes.subarray(at, at + size));
    at += size;
  }
  if (end === "whole") response.end();
  else if (end === "cut") response.destroy();
  else {
    const timer = setInterval(() => response.write(" "), 5);
    response.on("close", () => clearInterval(timer));
  }
}

describe("fuzz: Prometheus", () => {
  let server: Listening;
  let next: Reply;

  before(async () => {
    server = await listening(createServer((_request, response) => send(response, next)));
  });
  after(() => server.stop());

  fuzz("answers of a Prometheus are samples, or a reason why there are none", 12, reply, async (one) => {
    next = one;
    const { signal } = new AbortController();
    const prometheus = connectPrometheus(server.url, { signal, backoffMs: 1, timeoutMs: 100, budgetMs: 150 });
    const start = performance.now();
    await mayThrow(["UnreachableError"], () =>
      prometheus.query("up", ({ labels, value }) => {
        assert.equal(typeof labels, "object");
        assert.equal(typeof value, "number");
      }),
    );
    assert.ok(performance.now() - start < 10_000, "the budget is kept");
  });
});
