// Addresses of this machine for pods, Services and nodes. Linux answers on all of 127.0.0.0/8 without any
// setup, so each gets its own and may use the same port as another.
import { createHash } from "node:crypto";

/** The second byte of the address, by what the address is for. 127.0.0.0/16 is left to everybody else. */
const ranges = { node: 90, pod: 100, service: 110 } as const;

export class LoopbackAddresses {
  private readonly taken = new Set<string>();

  /** An address nobody else has; the same key gets the same one as long as it is free. */
  take(kind: keyof typeof ranges, key: string): string {
    const hash = createHash("sha256").update(key).digest().readUInt32BE();
    for (let attempt = 0; ; attempt++) {
      const host = (hash + attempt) % (254 * 256);
      const address = `127.${ranges[kind]}.${Math.floor(host / 254)}.${(host % 254) + 1}`;
      if (this.taken.has(address)) continue;
      this.taken.add(address);
      return address;
    }
  }

  release(address: string): void {
    this.taken.delete(address);
  }
}
