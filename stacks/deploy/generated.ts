// Secrets that a stack makes up: random texts that stay until their version is raised.
import { secret, type Output } from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";

/** Of letters and digits. */
export const generated = (name: string, version: number): Output<string> =>
  secret(
    new RandomPassword(name, { length: 32, special: false, keepers: { version: String(version) } }).result,
  );
