// What is decided in each situation that laws are asked about, whole: a change that nobody meant shows in testdata/situations.txt.
import { join } from "node:path";
import type { Plan } from "../model.ts";
import { roundOf } from "../testing/laws.ts";
import { inOneLine, lookedAt } from "../testing/lookedAt.ts";
import type { ClusterSpec } from "../testing/specs/clusterSpec.ts";
import { peculiarities, situations } from "../testing/specs/themes.ts";
import type { Theme } from "../testing/specs/themes/parts.ts";

const holds = lookedAt(join(import.meta.dirname, "testdata/situations.txt"));

/** Two idle ones on regular, of which the first is what a situation is about, and a busy one on spot. */
const ordinary = (): ClusterSpec => ({
  nodes: (["regular", "regular", "spot", "spot"] as const).map((pool, i) => ({
    ...{ pool, cores: 4, zone: i % 2 === 0 ? "a" : "b" },
  })),
  workloads: [
    { namespace: "demo", replicas: 2, cpu: 300, load: 0.02 },
    { namespace: "demo", replicas: 1, cpu: 500, load: 0.02 },
    { namespace: "shop", replicas: 2, cpu: 300, load: 0.6, placement: "spot" },
  ],
  policy: {},
  maxRegular: 4,
});

describe("what is decided", () => {
  for (const [name, [, theme]] of Object.entries(situations)) hold(name, theme);
  for (const [name, theme] of Object.entries(peculiarities)) hold(`one is ${name}`, theme);
});

/** What is said as where nothing is special, is not said again. */
function hold(name: string, theme: Theme): void {
  it(name, () => {
    const spec = ordinary();
    theme(spec, spec.workloads[0]!);
    const said = saidOf(roundOf(spec).plan);
    const plain = name === "plain" ? new Map<string, string>() : new Map(saidOf(roundOf(ordinary()).plan));
    const news = said.filter(([key, text]) => plain.get(key) !== text).map((pair) => pair.join(" "));
    const same = said.filter(([key, text]) => plain.get(key) === text).map(([key]) => key);
    holds(name, [...news, ...(same.length > 0 ? [`as ever: ${same.join(", ")}`] : [])].join("\n"));
  });
}

function saidOf({ moves, refusals, ask, state }: Plan): [string, string][] {
  return [
    ...moves.map(({ workload, uid: _, kind, reason, message, ...rest }, i): [string, string] => [
      workload.name,
      `${i + 1}. ${kind} ${reason}: ${message}\n  ${inOneLine(rest)}`,
    ]),
    ...refusals.map(({ workload, reason, message, placement, evidence }): [string, string] => [
      workload.name,
      `stays on ${placement}, ${reason}: ${message} ${inOneLine(evidence)}`,
    ]),
    ["asks", inOneLine(ask)],
    ["state", inOneLine(state)],
  ];
}
