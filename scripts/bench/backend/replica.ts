// A program that serves HTTP, as a process of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { projectRoot } from "../../local/index.ts";

export const backendProgram = join(projectRoot, "k8s/backend/src/main.ts");

export interface Replica {
  /** `http://host:port` */
  url: string;
  stop(): Promise<void>;
}

/** Returns once it has its database, when it needs one. @throws Error when it ends before */
export async function startReplica(program: string, env: NodeJS.ProcessEnv): Promise<Replica> {
  const stdio = ["ignore", "pipe", "inherit"] as const;
  const child = spawn(process.execPath, [program], { env: { ...process.env, ...env }, stdio: [...stdio] });
  const ended = once(child, "exit");
  const url = await Promise.race([urlOf(child), ended.then(() => undefined)]);
  if (url === undefined) throw new Error(`${program} ended before it served`);
  while ((await fetch(`${url}/api/machines`)).status !== 200) await delay(20);
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  return { url, stop };
}

/** From its log, which is read on: a pipe that nobody reads stops who writes. */
const urlOf = ({ stdout }: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    createInterface(stdout!).on("line", (line) => {
      const { msg, url } = JSON.parse(line) as { msg: string; url: string };
      if (msg === "serving") resolve(url);
    });
  });
