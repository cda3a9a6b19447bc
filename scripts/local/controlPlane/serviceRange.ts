// The addresses of Services. On Linux all of 127.0.0.0/8 answers without any setup, so Services get addresses there, at which
// the process node listens: then they work as in any cluster. Elsewhere they are addresses that are routed nowhere.
import { createHash } from "node:crypto";

/** Another range for each environment of this machine, by its state folder; 127.128–127.223 are used by nobody else here. */
export function serviceRange(stateDir: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== "linux") return "198.18.0.0/16"; // RFC 2544
  return `127.${128 + (createHash("sha256").update(stateDir).digest().readUInt32BE() % 96)}.0.0/16`;
}
