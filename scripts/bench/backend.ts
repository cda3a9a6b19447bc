// The backend on a real PostgreSQL: storing with one replica and two, history of a million samples, and the feed.
import { preparedDatabase } from "../../k8s/backend/testing/database.ts";
import { backendEnv } from "../../k8s/backend/testing/env.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { feedTimes } from "./backend/feed.ts";
import { historyTimes } from "./backend/history.ts";
import { type Replica, programs, startReplica } from "./backend/replica.ts";
import { storedPerSecond } from "./backend/storing.ts";
import { type Measurement, measurement } from "./measurement.ts";

export async function benchBackend(report: (line: string) => void): Promise<Measurement[]> {
  using folder = temporaryFolder();
  const replicas: Replica[] = [];
  const start = async (program: string): Promise<string> => {
    const replica = await startReplica(program, backendEnv(api, folder.path));
    replicas.push(replica);
    return replica.url;
  };
  const { administrator, api } = await preparedDatabase();
  try {
    const one = await start(programs.backend);
    const [two, plain] = await Promise.all([start(programs.backend), start(programs.plain)]);
    report("backend: storing, 30 s");
    // What disturbs a run only ever takes away.
    const best = { plain: 0, one: 0, two: 0 };
    for (let run = 0; run < 2; run++) {
      best.plain = Math.max(best.plain, await storedPerSecond([plain]));
      best.one = Math.max(best.one, await storedPerSecond([one]));
      best.two = Math.max(best.two, await storedPerSecond([one, two]));
    }
    const rate = (value: number): string => `${Math.round(value)}/s`;
    report(`backend: plain ${rate(best.plain)}, one ${rate(best.one)}, two ${rate(best.two)}; now the feed`);
    const feed = await feedTimes(one, two);
    report("backend: a million samples; half a minute");
    const history = await historyTimes(one, administrator);
    return [
      measurement("backend.stored", best.one, "/s", "one insert per request", best.plain),
      measurement("backend.stored.two", best.two, "/s", "one replica", best.one),
      measurement("backend.history.hour.p99", history.hour, "ms", "reading a day's rows", history.rowsOfDay),
      measurement("backend.history.day.p99", history.day, "ms", "reading a day's rows", history.rowsOfDay),
      measurement("backend.feed.p50", feed.p50, "ms", "the answer to who sent it", feed.stored),
      measurement("backend.feed.p99", feed.p99, "ms", "the answer to who sent it", feed.stored),
    ];
  } finally {
    await Promise.all(replicas.map((replica) => replica.stop()));
  }
}
