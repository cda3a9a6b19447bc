// One preview by the embedded engine of the project in a folder, this one or a copy that Pulumi's host runs through
// ts-node (PULUMI_NODEJS_TYPESCRIPT=true): node previewFolder.ts <folder> <stack>. Prints what it would do, as counts.
import { serveAzure } from "../local/azure/server.ts";
import { runStack } from "../local/engine/index.ts";
import { localPackages } from "../local/engine/packages.ts";
import { readEnvironment, stateDir } from "../local/environment.ts";

const [projectDir, stack] = process.argv.slice(2) as [string, string];
const ownAzure = readEnvironment() ? undefined : await serveAzure();
const azureProvider = ownAzure?.address ?? readEnvironment()!.azureProvider;
const { ok, counts } = await runStack({
  operation: "preview",
  stack,
  projectDir,
  stateDir,
  packages: localPackages(azureProvider),
  onEvent: (event) => {
    if (event.type === "log") process.stderr.write(`${event.message}\n`);
  },
});
await ownAzure?.stop();
process.stdout.write(JSON.stringify(counts));
process.exitCode = ok ? 0 : 1;
