// Our load generator beside k6: the rates that a server counted, and the latencies that each of them tells of it.
import { join } from "node:path";
import { startReplica } from "./backend/replica.ts";
import { ensureK6, runK6 } from "./load/k6.ts";
import { runOurs } from "./load/ours.ts";
import { type Said, type Shape, nominalRate } from "./load/shape.ts";
import { type Measurement, measurement } from "./measurement.ts";

const shapes: Shape[] = [
  { name: "100", users: 100, everySeconds: [1, 1], durationSeconds: 20 },
  { name: "300", users: 300, everySeconds: [1, 1], durationSeconds: 20 },
  // As the replay of two-phase. Longer, since their rate depends on chance: in 60 s it varies by 0.6 %.
  { name: "users", users: 150, everySeconds: [1, 4], durationSeconds: 60 },
];

interface Counted extends Said {
  perSecond: number;
}

export async function benchLoad(report: (line: string) => void): Promise<Measurement[]> {
  const program = await ensureK6(report);
  const server = await startReplica(join(import.meta.dirname, "load/server.ts"), {});
  const counted = async (name: string, load: Promise<Said>): Promise<Counted> => {
    const said = await load;
    const answer = await fetch(`${server.url}/rate`);
    const { requests, perSecond } = (await answer.json()) as { requests: number; perSecond: number };
    report(`load: ${name}: ${requests} requests counted, ${said.requests} said, ${perSecond.toFixed(2)}/s`);
    if (said.failed > 0)
      throw new Error(`expected every request of ${name} to succeed, ${said.failed} failed`);
    return { ...said, perSecond };
  };
  try {
    const figures: Measurement[] = [];
    for (const shape of shapes) {
      report(`load: ${shape.users} users, ${nominalRate(shape)}/s, ${shape.durationSeconds} s by each`);
      const ours = await counted("ours", runOurs(shape, server.url));
      const k6 = await counted("k6", runK6(program, shape, server.url));
      figures.push(
        measurement(`load.${shape.name}.rate`, ours.perSecond, "/s", "k6", k6.perSecond),
        measurement(`load.${shape.name}.p50`, ours.p50, "ms", "k6", k6.p50),
        measurement(`load.${shape.name}.p99`, ours.p99, "ms", "k6", k6.p99),
      );
    }
    return figures;
  } finally {
    await server.stop();
  }
}
