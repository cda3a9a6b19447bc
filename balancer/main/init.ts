// `--init`: looks at the cluster and writes a policy to begin with.
import { existsSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError, exitCodes, rootCause } from "../failures.ts";
import type { ClusterAccess } from "../kube/client.ts";
import { proposePolicy } from "../policy/proposal.ts";
import { printable } from "../printable.ts";
import type { Options } from "./options.ts";
import { lookAt } from "./withoutPolicy.ts";

/** Beside the program where it runs from a checkout; shipped as one file it has none. */
const schema = fileURLToPath(new URL("../policy.schema.json", import.meta.url));

/** Writes to stdout, or to a file that is not there yet. */
export async function runInit({ out }: Options, config: ClusterAccess, signal: AbortSignal): Promise<number> {
  const near = existsSync(schema) ? relative(dirname(resolve(out ?? "policy.yaml")), schema) : undefined;
  const text = printable(proposePolicy(await lookAt(config, signal), near));
  if (out === undefined) {
    process.stdout.write(text);
    return exitCodes.done;
  }
  try {
    writeFileSync(out, text, { flag: "wx" });
  } catch (error) {
    throw new InputError(`--out ${out}: ${rootCause(error)}; nothing is overwritten`, { cause: error });
  }
  process.stderr.write(`Wrote ${out}. Check it: npm run balance -- --check --policy ${out}\n`);
  return exitCodes.done;
}
