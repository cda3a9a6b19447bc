// The page: what a browser loads of it, and when it shows its first chart.
import { gzipSync } from "node:zlib";
import { buildPage } from "../../k8s/frontend/build.ts";
import { type Measurement, measurement } from "./measurement.ts";
import { firstChartTimes } from "./page/firstChart.ts";

/** Bytes in a kilobyte, as browsers count. */
const kilobyte = 1000;

export async function benchPage(report: (line: string) => void): Promise<Measurement[]> {
  let [plain, packed] = [0, 0];
  for (const bytes of (await buildPage()).values()) {
    plain += bytes.length / kilobyte;
    packed += gzipSync(bytes, { level: 9 }).length / kilobyte;
  }
  report("page: loading it in Chromium, a minute");
  const { here, onPhone } = await firstChartTimes();
  const paint = "first contentful paint";
  return [
    measurement("page.weight", packed, "kB", "not gzipped", plain),
    measurement("page.firstChart", here.firstChart, "ms", paint, here.firstPaint),
    measurement("page.firstChart.phone", onPhone.firstChart, "ms", paint, onPhone.firstPaint),
  ];
}
