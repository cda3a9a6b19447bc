// The addresses of Services. Linux answers on all of 127.0.0.0/8 without any setup, so Services get addresses there, at which
// the process node listens: then they work as in any cluster.
import { createHash } from "node:crypto";

/** Another range for each environment of this machine, by its state folder; 127.128–127.223 are used by nobody else here. */
export const serviceRange = (stateDir: string): string =>
  `127.${128 + (createHash("sha256").update(stateDir).digest().readUInt32BE() % 96)}.0.0/16`;
