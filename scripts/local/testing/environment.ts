// For cluster tests: an environment of its own, driven by the command line as a person would.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot, type Environment } from "../environment.ts";

export interface Ended {
  code: number;
  output: string;
}

export class TestEnvironment {
  readonly state = mkdtempSync(join(tmpdir(), "spot-balancer-test-"));
  private readonly project: string;

  /** @param project root of the checkout whose command line is used */
  constructor(project = projectRoot) {
    this.project = project;
  }

  run(...args: string[]): Promise<Ended> {
    const main = join(this.project, "scripts", "local", "main.ts");
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [main, ...args],
        { env: this.variables, maxBuffer: 2 ** 28 },
        (error, stdout, stderr) => {
          resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr });
        },
      );
    });
  }

  async up(): Promise<Environment> {
    const { code, output } = await this.run("up");
    assert.equal(code, 0, output);
    return JSON.parse(readFileSync(join(this.state, "environment.json"), "utf8")) as Environment;
  }

  get variables(): NodeJS.ProcessEnv {
    return { ...process.env, SPOT_BALANCER_STATE: this.state };
  }

  /** PID of one of its programs. */
  pid(name: string): number {
    return (JSON.parse(readFileSync(join(this.state, "run", `${name}.pid`), "utf8")) as { pid: number }).pid;
  }

  /** Every process of this machine that has to do with this environment. */
  async processes(): Promise<string[]> {
    const list = await new Promise<string>((resolve) => {
      execFile("ps", ["-Awwo", "pid=,args="], { maxBuffer: 2 ** 24 }, (_error, stdout) => resolve(stdout));
    });
    return list.split("\n").filter((line) => line.includes(this.state) && !line.includes("ps -A"));
  }

  async remove(): Promise<void> {
    await this.run("down");
    rmSync(this.state, { recursive: true, force: true });
  }
}
