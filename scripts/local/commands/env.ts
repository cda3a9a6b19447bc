// `npm run local -- env`: what to export to use kubectl and the Pulumi CLI by hand, for `eval "$(…)"`.
import { dirname } from "node:path";
import { compileCache, runningEnvironment } from "../environment.ts";
import { pulumiVariables } from "../pulumiCli.ts";

/** Lines for a POSIX shell. Throws when no environment runs. */
export function env(): string {
  const environment = runningEnvironment();
  const variables = {
    KUBECONFIG: environment.kubeconfig,
    // The CLI's Node then needs not compile the programs anew each time.
    NODE_COMPILE_CACHE: compileCache,
    ...pulumiVariables(environment),
  };
  return [
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`),
    // The CLI starts the programs with the `node` that it finds.
    `export PATH=${quote(dirname(process.execPath))}:"$PATH"`,
    "# The Pulumi CLI keeps states of its own. It knows stacks that it brought up itself:",
    "#   pulumi stack init base-local --no-select && pulumi up --stack base-local",
    "# or `npm run local -- up base-local --engine pulumi`, then db-local and deploy-local.",
  ].join("\n");
}

/** For a POSIX shell, whatever the value contains. */
const quote = (value: string): string =>
  /^[\w/.:=,@+-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
