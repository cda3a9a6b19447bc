// Which process listens on a port, for messages.
import { spawnSync } from "node:child_process";

/** `<program> (PID n)` as far as this machine tells, else "another process". */
export function portOwner(port: number): string {
  return byLsof(port) ?? bySs(port) ?? "another process";
}

function byLsof(port: number): string | undefined {
  // -F: one field a line, named by its first letter: p is the PID, c the command.
  const output = run("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
  const pid = /^p(\d+)$/m.exec(output)?.[1];
  const command = /^c(.+)$/m.exec(output)?.[1];
  return pid && command ? `${command} (PID ${pid})` : undefined;
}

function bySs(port: number): string | undefined {
  const match = /users:\(\("([^"]+)",pid=(\d+)/.exec(run("ss", ["-Hltnp", `sport = :${port}`]));
  return match ? `${match[1]} (PID ${match[2]})` : undefined;
}

function run(command: string, args: string[]): string {
  return spawnSync(command, args, { encoding: "utf8", timeout: 3_000 }).stdout ?? "";
}
