// When a browser that knows nothing of the page yet shows its first chart: a real Chromium, server, backend and database.
import type { Browser } from "playwright-core";
import { page } from "../../local/index.ts";
import { at } from "../backend/latency.ts";

/** Medians in ms from the start of the navigation. */
export interface LoadTimes {
  firstChart: number;
  /** The browser's first contentful paint, here of the text "Loading…". */
  firstPaint: number;
}

/** What is worse than this machine and its loopback. */
interface Hindrance {
  /** How much slower the CPU is. */
  cpu: number;
  network: { offline: false; latency: number; downloadThroughput: number; uploadThroughput: number };
}

/**
 * A mid-range phone on the network that Chromium's developer tools call "Slow 4G", before May 2024 "Fast 3G": ms
 * between request and answer, bytes a second (front_end/core/sdk/NetworkManager.ts).
 */
const phone: Hindrance = {
  cpu: 4,
  network: {
    offline: false,
    latency: 150 * 3.75,
    downloadThroughput: ((1.6 * 1000 * 1000) / 8) * 0.9,
    uploadThroughput: ((750 * 1000) / 8) * 0.9,
  },
};

const loads = 9;
const patienceMs = 30_000;

export async function firstChartTimes(): Promise<{ here: LoadTimes; onPhone: LoadTimes }> {
  const { launchBrowser, startSite } = await page();
  const site = await startSite();
  try {
    const browser = await launchBrowser();
    try {
      await loadOnce(browser, site.url); // the server and the database have everything at hand from then on
      return {
        here: await medians(browser, site.url),
        onPhone: await medians(browser, site.url, phone),
      };
    } finally {
      await browser.close();
    }
  } finally {
    await site.stop();
  }
}

async function medians(browser: Browser, url: string, hindrance?: Hindrance): Promise<LoadTimes> {
  const times: LoadTimes[] = [];
  for (let load = 0; load < loads; load++) times.push(await loadOnce(browser, url, hindrance));
  const median = (of: keyof LoadTimes): number =>
    at(
      times.map((one) => one[of]),
      0.5,
    );
  return { firstChart: median("firstChart"), firstPaint: median("firstPaint") };
}

/** In a context of its own, so with an empty cache and no connection. */
async function loadOnce(browser: Browser, url: string, hindrance?: Hindrance): Promise<LoadTimes> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    if (hindrance) {
      const devTools = await context.newCDPSession(page);
      await devTools.send("Network.enable");
      await devTools.send("Network.emulateNetworkConditions", hindrance.network);
      await devTools.send("Emulation.setCPUThrottlingRate", { rate: hindrance.cpu });
    }
    await page.goto(url, { waitUntil: "commit" });
    // As text: it runs in the browser.
    const times = await page.evaluate<LoadTimes | null>(
      `new Promise((resolve) => {
         const wanted = { "first-chart": "firstChart", "first-contentful-paint": "firstPaint" };
         const found = {};
         new PerformanceObserver((list) => {
           for (const { name, startTime } of list.getEntries()) if (wanted[name]) found[wanted[name]] = startTime;
           if (Object.keys(found).length === 2) resolve(found);
         }).observe({ entryTypes: ["mark", "paint"] });
         for (const { name, startTime } of performance.getEntries())
           if (wanted[name]) found[wanted[name]] = startTime;
         if (Object.keys(found).length === 2) resolve(found);
         setTimeout(() => resolve(null), ${patienceMs});
       })`,
    );
    if (!times) throw new Error(`expected a chart on the page within ${patienceMs} ms, none came`);
    return times;
  } finally {
    await context.close();
  }
}
