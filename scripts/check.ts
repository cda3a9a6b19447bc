// `npm run check`: types, lint, format and dead code. Lint takes as long as all the others, so it runs beside them.
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

const lanes = [["check:lint"], ["check:types", "check:format", "check:unused"]];

/** Its output comes in one piece at its end, so that lanes do not speak at once. @returns whether it found nothing */
async function run(name: string): Promise<boolean> {
  const begun = performance.now();
  const child = spawn("npm", ["run", "--silent", name], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [said, complained, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const seconds = Math.round((performance.now() - begun) / 1000);
  console.log(`${said}${complained}${name}: ${code === 0 ? "ok" : "failed"} (${seconds} s)`);
  return code === 0;
}

const found = await Promise.all(
  lanes.map(async (lane) => {
    const results: boolean[] = [];
    for (const name of lane) results.push(await run(name));
    return results.every(Boolean);
  }),
);
process.exitCode = found.every(Boolean) ? 0 : 1;
