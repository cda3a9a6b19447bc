// Which process listens on a port, for messages.
import { spawnSync } from "node:child_process";

/** `<program> (PID n)` as far as this machine tells, else "another process". */
export function portOwner(port: number): string {
  const options = { encoding: "utf8", timeout: 3_000 } as const;
  const { stdout } = spawnSync("ss", ["-Hltnp", `sport = :${port}`], options);
  const match = /users:\(\("([^"]+)",pid=(\d+)/.exec(stdout ?? "");
  return match ? `${match[1]} (PID ${match[2]})` : "another process";
}
