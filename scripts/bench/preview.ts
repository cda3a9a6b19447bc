// Whole previews as a person waits for them, by the embedded engine.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../local/index.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { bestOf, type Run, runNode } from "./child.ts";
import { type Measurement, measurement } from "./measurement.ts";

const main = join(projectRoot, "scripts/local/main.ts");

/** A preview of a stack that is not there at all, and one of a stack that stands unchanged in a running environment. */
export async function benchPreview(report: (line: string) => void): Promise<Measurement[]> {
  using state = temporaryFolder();
  const run = (args: string[], cache: string) =>
    runNode(args, { SPOT_BALANCER_STATE: state.path, NODE_COMPILE_CACHE: join(state.path, cache) });
  const local = (args: string[], cache = "node-cache") => run([main, ...args], cache);
  try {
    // As in a pipeline, where nothing has been compiled before.
    let runs = 0;
    const base = pathToFileURL(join(projectRoot, "stacks/base/index.ts")).href;
    const load = ["--input-type=module", "--eval", `await import("${base}")`];
    const loaded = await bestOf(3, () => run(load, `load-${runs++}`));
    const created = await bestOf(3, () => local(["preview", "base-dev"], `new-${runs++}`));
    // As at a desk, again and again.
    report("preview: bringing up an environment with base-local");
    await local(["up"]);
    await local(["up", "base-local"]);
    const unchanged = await bestOf(4, () => local(["preview", "base-local", "--expect-no-changes"]));
    return [
      ...compared(report, "new", created, loaded, "loading its program"),
      ...compared(report, "unchanged", unchanged, created, "a new stack, nothing compiled"),
    ];
  } finally {
    await local(["down"]);
  }
}

function compared(
  report: (line: string) => void,
  name: string,
  own: Run,
  other: Run,
  against: string,
): Measurement[] {
  report(`preview: ${name}: ${own.wallSeconds.toFixed(2)} s, ${own.cpuSeconds.toFixed(2)} s of CPU`);
  return [
    measurement(`preview.${name}.wall`, own.wallSeconds, "s", against, other.wallSeconds),
    measurement(`preview.${name}.cpu`, own.cpuSeconds, "s", against, other.cpuSeconds),
  ];
}
