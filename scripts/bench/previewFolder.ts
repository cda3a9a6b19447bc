// One preview by the embedded engine of the project in a folder, this one or a copy that Pulumi's host runs through
// ts-node (PULUMI_NODEJS_TYPESCRIPT=true): node previewFolder.ts <folder> <stack>. Prints what it would do, as counts.
import { engine } from "../local/index.ts";

const [projectDir, stack] = process.argv.slice(2) as [string, string];
const { runLocalStack } = await engine();
const { ok, counts } = await runLocalStack(
  { operation: "preview", stack },
  {
    projectDir,
    onEvent: (event) => {
      if (event.type === "log") process.stderr.write(`${event.message}\n`);
    },
  },
);
process.stdout.write(JSON.stringify(counts));
process.exitCode = ok ? 0 : 1;
