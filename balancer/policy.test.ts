import assert from "node:assert/strict";
import { PolicyError, defaultPolicy, parsePolicy } from "./policy.ts";

function problemsOf(text: string): string[] {
  try {
    parsePolicy(text);
  } catch (error) {
    assert.ok(error instanceof PolicyError);
    return error.problems.map(({ line, path, message }) => `${line} ${path}: ${message}`);
  }
  return [];
}

describe("policy", () => {
  it("is complete from an empty text, and then opts nothing in", () => {
    assert.deepEqual(parsePolicy(""), defaultPolicy);
    assert.deepEqual(defaultPolicy.namespaces, {});
    assert.equal(defaultPolicy.idle.windowMinutes, 30);
  });

  it("takes a namespace that is only named", () => {
    const { namespaces } = parsePolicy("namespaces:\n  demo:\n");
    assert.equal(namespaces["demo"]?.allowed, true);
    assert.deepEqual(namespaces["demo"]?.idle, {});
  });

  it("lists every problem with its line, in one error", () => {
    const text = `# thresholds
idle:
  windowMinute: 5
  minSamples: many
namespaces:
  demo:
    windows:
      - from: "25:00"
        to: "06:00"
        timeZone: Mars/Olympus
    floor: 1
  shop: { idle: { enterCpuUtilisation: 0.2 } }
budgets: { maxMovesPerRound: 1.5 }
`;
    assert.deepEqual(problemsOf(text), [
      "3 idle.windowMinute: unknown key, did you mean windowMinutes?",
      "4 idle.minSamples: expected number, received string",
      '8 namespaces.demo.windows.0.from: must be a time of day such as "22:30"',
      "10 namespaces.demo.windows.0.timeZone: must be an IANA time zone such as Europe/Vienna",
      "11 namespaces.demo.floor: unknown key; known here: allowed, availability, maxSpotShare, regularFloor, order, windows, idle",
      "12 namespaces.shop.idle.enterCpuUtilisation: unknown key, did you mean enterCpuUtilization?",
      "13 budgets.maxMovesPerRound: expected int, received number",
    ]);
    assert.throws(
      () => parsePolicy(text),
      /^PolicyError: The policy has 7 problems:\n {2}line 3: idle.windowMinute/,
    );
  });

  it("refuses thresholds that would let work go to and fro", () => {
    assert.match(
      problemsOf("idle: { enterCpuUtilization: 0.4 }")[0]!,
      /^1 idle.exitCpuUtilization: must be above/,
    );
    assert.match(
      problemsOf("pressure:\n  spot: { highUtilization: 0.5, lowUtilization: 0.6 }")[0]!,
      /^2 pressure.spot.lowUtilization: must be below/,
    );
    assert.match(
      problemsOf("namespaces:\n  demo:\n    idle:\n      enterCpuUtilization: 0.5")[0]!,
      /^4 namespaces.demo.idle.enterCpuUtilization: .*exitCpuUtilization/,
    );
  });

  const pairs: [text: string, problem: string | undefined][] = [
    ["idle: { enterCpuUtilization: 0.3 }", "idle.exitCpuUtilization"],
    ["idle: { enterCpuUtilization: 0.29 }", undefined],
    ["pressure: { regular: { highUtilization: 0.75 } }", "pressure.regular.lowUtilization"],
    ["pressure: { regular: { highUtilization: 0.76 } }", undefined],
    ["balance: { coolUtilization: 0.8 }", "balance.coolUtilization"],
    ["balance: { coolUtilization: 0.79 }", undefined],
    ["namespaces: { a-1: {} }", undefined],
    ["namespaces: { '*': {} }", "namespaces.*"],
    ["namespaces: { 'team-*': {} }", "namespaces.team-*"],
    ["namespaces: { Demo: {} }", "namespaces.Demo"],
    ["namespaces: { a-: {} }", "namespaces.a-"],
    [`namespaces: { ${"a".repeat(63)}: {} }`, undefined],
    [`namespaces: { ${"a".repeat(64)}: {} }`, `namespaces.${"a".repeat(64)}`],
    ["namespaces: { a: {}, demo: { idle: { exitCpuUtilization: 0.1 } } }", "namespaces.demo.idle.exitCpuUtilization"],
    ["namespaces: { demo: { idle: { enterCpuUtilization: 0.3 } } }", "namespaces.demo.idle.enterCpuUtilization"],
    ["namespaces: { demo: { idle: { enterCpuUtilization: 0.5, exitCpuUtilization: 0.6 } } }", undefined],
    ["namespaces: { demo: { idle: { exitCpuUtilization: 0.11 } } }", undefined],
  ]; // prettier-ignore
  for (const [text, problem] of pairs)
    it(`${problem === undefined ? "takes" : "refuses"} ${text}`, () => {
      const paths = problemsOf(text).map((line) => line.split(" ")[1]);
      assert.deepEqual(paths, problem === undefined ? [] : [`${problem}:`]);
    });

  it("says where YAML itself is broken", () => {
    assert.match(problemsOf("idle:\n  windowMinutes: 1\n windowMinutes: 2")[0]!, /^3 : /);
    assert.match(problemsOf("idle: {}\nidle: {}")[0]!, /^2 : .*unique/);
    assert.match(problemsOf("- idle")[0]!, /^1 : expected object, received array/);
  });

  const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]", ...[..."bcdefghij"].map((name, index) => {
    const before = `*${"abcdefghi"[index]}`;
    return `${name}: &${name} [${Array(9).fill(before).join(", ")}]`;
  })].join("\n"); // prettier-ignore
  const hostile: [name: string, text: string, said: RegExp][] = [
    ["aliases that multiply", bomb, /^1 : Excessive alias count/],
    ["an alias of nothing", "namespaces: *nowhere", /Unresolved alias/],
    ["an alias of itself", "namespaces: &a { demo: *a }", /./],
    ["a nesting without end", "[".repeat(20_000), /nested too deeply|^\d+ : /],
    ["more than a ConfigMap holds", `# ${"x".repeat(2 ** 20)}`, /^1 : expected at most 1048576 characters/],
  ];
  for (const [name, text, said] of hostile) {
    it(`takes ${name} for a problem of the text`, () => assert.match(problemsOf(text)[0] ?? "none", said));
  }
});
