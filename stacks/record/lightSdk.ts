// Imported before Pulumi's SDK: leaves what that loads only to turn functions into text (its compiler, npm's Arborist) until
// one is turned, which none of our programs asks for. More than half of the CPU that the SDK takes to load.
// https://github.com/pulumi/pulumi/blob/v3.270.0/sdk/nodejs/runtime/closure/parseFunction.ts, codePaths.ts
import Module, { createRequire } from "node:module";
import { join } from "node:path";

/** As the SDK of the project in whose folder we are finds them. */
const project = createRequire(join(process.cwd(), "package.json"));

for (const name of ["@pulumi/pulumi/typescript-shim.js", "@npmcli/arborist"]) leaveForLater(name);

/** Puts in the cache of modules what stands for it, and loads it once something of it is read. */
function leaveForLater(name: string): void {
  let file: string;
  try {
    const sdk = createRequire(project.resolve("@pulumi/pulumi/package.json"));
    file = sdk.resolve(name);
  } catch {
    return; // another version of the SDK, or none: it loads what it needs by itself
  }
  if (file in project.cache) return;
  const instead = new Module(file);
  const real = (): object => {
    if (project.cache[file] === instead) delete project.cache[file];
    return project(file) as object;
  };
  instead.filename = file;
  instead.loaded = true;
  // A module of ES by its mark, so that nobody copies what is in it to have a default.
  instead.exports = new Proxy(
    {},
    { get: (_, key) => key === "__esModule" || (Reflect.get(real(), key) as unknown) },
  );
  project.cache[file] = instead;
}
