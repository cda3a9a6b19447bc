// The backend on a real PostgreSQL: storing with one replica and two, history of a million samples, and the feed.
import { preparedDatabase } from "../../k8s/backend/testing/database.ts";
import { backendEnv } from "../../k8s/backend/testing/env.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { feedTimes } from "./backend/feed.ts";
import { historyTimes } from "./backend/history.ts";
import { type Replica, backendProgram, startReplica } from "./backend/replica.ts";
import { storedPerSecond } from "./backend/storing.ts";
import { type Measurement, measurement } from "./measurement.ts";

export async function benchBackend(report: (line: string) => void): Promise<Measurement[]> {
  using folder = temporaryFolder();
  const replicas: Replica[] = [];
  const start = async (): Promise<string> => {
    const replica = await startReplica(backendProgram, backendEnv(api, folder.path));
    replicas.push(replica);
    return replica.url;
  };
  const { administrator, api } = await preparedDatabase();
  try {
    const [one, two] = [await start(), await start()];
    report("backend: storing, 30 s");
    // What disturbs a run only ever takes away.
    const best = { alone: 0, one: 0, two: 0 };
    for (let run = 0; run < 2; run++) {
      best.alone = Math.max(best.alone, await storedPerSecond([one], 1));
      best.one = Math.max(best.one, await storedPerSecond([one]));
      best.two = Math.max(best.two, await storedPerSecond([one, two]));
    }
    const rate = (value: number): string => `${Math.round(value)}/s`;
    report(
      `backend: for a client alone ${rate(best.alone)}, one ${rate(best.one)}, two ${rate(best.two)}; now the feed`,
    );
    const feed = await feedTimes(one, two);
    report("backend: a million samples; half a minute");
    const history = await historyTimes(one, administrator);
    return [
      measurement("backend.stored", best.one, "/s", "for a client alone", best.alone),
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
