// The token that whoever stores samples by the API must have: collectors elsewhere, and the load.
import type { Output } from "@pulumi/pulumi";
import { secret } from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import type { DeployConfig } from "../config/deploy.ts";

/** Secret. */
export function createSamplesToken({ samplesTokenVersion: version }: DeployConfig): Output<string> {
  const { result } = new RandomPassword("samplesToken", {
    length: 32,
    special: false,
    keepers: { version: String(version) },
  });
  return secret(result);
}
