// The page: what a browser loads of it.
import { gzipSync } from "node:zlib";
import { buildPage } from "../../k8s/frontend/build.ts";
import { type Measurement, measurement } from "./measurement.ts";

/** Bytes in a kilobyte, as browsers count. */
const kilobyte = 1000;

export async function benchPage(): Promise<Measurement[]> {
  let [plain, packed] = [0, 0];
  for (const bytes of (await buildPage()).values()) {
    plain += bytes.length / kilobyte;
    packed += gzipSync(bytes, { level: 9 }).length / kilobyte;
  }
  return [measurement("page.weight", packed, "kB", "not gzipped", plain)];
}
