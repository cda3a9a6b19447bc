// `--init`: looks at the cluster and writes a policy to begin with.
import { writeFileSync } from "node:fs";
import { InputError, exitCodes, rootCause } from "../failures.ts";
import type { ClusterAccess } from "../kube/client.ts";
import { proposePolicy } from "../policy/proposal.ts";
import { printable } from "../printable.ts";
import type { Options } from "./options.ts";
import { lookAt } from "./withoutPolicy.ts";

/** In the repository, so that editors find it without one. */
const schemaUrl = "https://raw.githubusercontent.com/OWNER/spot-balancer/main/balancer/policy.schema.json";

/** Writes to stdout, or to a file that is not there yet. */
export async function runInit({ out }: Options, config: ClusterAccess, signal: AbortSignal): Promise<number> {
  const text = printable(proposePolicy(await lookAt(config, signal), schemaUrl));
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
