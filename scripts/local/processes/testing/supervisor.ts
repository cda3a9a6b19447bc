// A supervisor of tiny programs, for tests. Usage: node supervisor.ts '{"programs":[["name",{…Behavior}],…]}'
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { environmentPaths } from "../paths.ts";
import { Program } from "../program.ts";
import { supervise } from "../../supervisor/supervise.ts";
import type { Part } from "../status.ts";
import { buildProgram, type Behavior } from "./programs.ts";

const { programs } = JSON.parse(process.argv[2]!) as { programs: [string, Behavior][] };
const paths = environmentPaths(process.env["SPOT_BALANCER_STATE"]!);
const order = join(paths.state, "order");

function partOf(program: Program): Part {
  return {
    start: (signal) => program.start(signal),
    stop: async () => {
      await program.stop();
      appendFileSync(order, `${program.spec.name} `);
    },
    components: () => [program.status],
  };
}

await supervise({
  paths,
  prepare: () =>
    Promise.resolve({
      parts: programs.map(([name, behavior]) =>
        partOf(new Program(buildProgram(paths, name, behavior), paths)),
      ),
      routes: { "POST /echo": (body) => body },
      onReady: () => writeFileSync(join(paths.state, "environment"), ""),
    }),
  onStopping: () => rmSync(join(paths.state, "environment"), { force: true }),
});
