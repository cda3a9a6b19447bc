// What the stacks may use of the balancer: its policy, and where its program starts.
import { fileURLToPath } from "node:url";

export { defaultPolicy, parsePolicy, PolicyError, type Policy, type PolicyProblem } from "./policy.ts";

/** Entry file of the program, for the bundler. */
export const entryFile = fileURLToPath(new URL("./main.ts", import.meta.url));
export { leaveOut, shippedAs } from "./leaveOut.ts";
export { version } from "./version.ts";
