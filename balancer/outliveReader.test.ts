import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

/** Runs a program whose reader goes away before it has written anything. */
async function withoutReader(...args: string[]) {
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"] });
  child.stdout.destroy();
  const errors = text(child.stderr);
  const ended = once(child, "close");
  child.stdin.end();
  const [code] = (await ended) as [number | null];
  return { code, errors: await errors };
}

const helper = pathToFileURL(join(import.meta.dirname, "outliveReader.ts")).href;
/** Starts to write when its stdin ends; three times, because the first failure must not hide the next. */
const program = (calls: string) => [
  "--input-type=module",
  "--eval",
  `import { outliveReader } from ${JSON.stringify(helper)};
   import { setImmediate } from "node:timers/promises";
   ${calls}
   for await (const _ of process.stdin);
   for (let i = 0; i < 3; i++) { console.log("line"); await setImmediate(); }
   process.exitCode = 7;`,
];

describe("a program whose output nobody reads any more", () => {
  it("goes on to its end without a word, and keeps its exit code", async () => {
    assert.deepEqual(await withoutReader(...program("outliveReader();")), { code: 7, errors: "" });
  });

  it("ends there when it has nothing else to do", async () => {
    const run = await withoutReader(...program("outliveReader(() => process.exit(0));"));
    assert.deepEqual(run, { code: 0, errors: "" });
  });

  it("would die of it otherwise", async () => {
    const { errors } = await withoutReader(...program(""));
    assert.match(errors, /EPIPE/);
  });
});
