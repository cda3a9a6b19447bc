// Where the time of a round goes: V8's profile of it, by the part of the program that each sample lies in. Pure.

/** As `node --cpu-prof` writes it. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string }; children?: number[] }[];
  /** Node in which each sample was taken, and µs since the one before. */
  samples: number[];
  timeDeltas: number[];
}

/** By the file of a frame; the first that matches. */
const parts: [name: string, file: RegExp][] = [
  ["reading JSON", /\/balancer\/kube\/elements\.ts$/],
  ["slim records", /\/balancer\/observe(\.ts$|\/)/],
  ["deciding", /\/balancer\/decide(\.ts$|\/)/],
  ["loading the program", /^node:internal\/(modules|process\/(esm|execution|pre_execution)|bootstrap|main)/],
  ["loading the program", /\/node_modules\/|\/balancer\/(policy|testing)/],
  ["saying what was found", /\/balancer\/(report|main)(\.ts$|\/)/],
  [
    "HTTP and TLS",
    /^node:(_?http|_?tls|_?stream|net|internal\/(stream|http|tls|net))|\/balancer\/(kube|prometheus)/,
  ],
];

/** What V8 does by itself has no file. */
const natives: Record<string, string> = {
  "(garbage collector)": "garbage collection",
  "(program)": "native code",
};

/**
 * Shares, not seconds: V8 samples by the clock, which runs on while other processes have the CPU.
 * @returns 0…1 by part, the largest first; waiting is none
 */
export function timeByPart({ nodes, samples, timeDeltas }: CpuProfile): [part: string, share: number][] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const partOf = new Map<number, string | undefined>();
  // What stands nearest to where the sample was taken and is known names it: a library's work is its caller's.
  const visit = (id: number, inherited: string | undefined): void => {
    const { callFrame, children = [] } = byId.get(id)!;
    const { functionName, url } = callFrame;
    const own = natives[functionName] ?? parts.find(([, file]) => file.test(url))?.[0];
    const isLibrary = url.startsWith("node:") || url.includes("/node_modules/");
    const part = isLibrary ? (inherited ?? own) : (own ?? inherited);
    partOf.set(id, part);
    for (const child of children) visit(child, part);
  };
  visit(nodes[0]!.id, undefined);

  const times = new Map<string, number>();
  let total = 0;
  for (const [i, id] of samples.entries()) {
    if (byId.get(id)!.callFrame.functionName === "(idle)") continue;
    const part = partOf.get(id) ?? "the rest";
    times.set(part, (times.get(part) ?? 0) + timeDeltas[i]!);
    total += timeDeltas[i]!;
  }
  const shares = [...times].map(([part, time]): [string, number] => [part, time / total]);
  return shares.sort(([, a], [, b]) => b - a);
}
