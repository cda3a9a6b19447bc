// What a program's load is held against: TypeScript reads and checks it, as ts-node does before it runs anything.
import { dirname, join } from "node:path";
import ts from "typescript";
import { projectRoot } from "../local/environment.ts";

const configFile = join(projectRoot, "tsconfig.json");
const { config } = ts.readConfigFile(configFile, (path) => ts.sys.readFile(path)) as { config: unknown };
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(configFile));
const program = ts.createProgram([process.argv[2]!], {
  ...options,
  incremental: false,
  tsBuildInfoFile: undefined,
});
process.stdout.write(String(ts.getPreEmitDiagnostics(program).length));
