// The page while its database is away, in a real browser; no control plane is needed for that.
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { withClient } from "../../../k8s/backend/testing/database.ts";
import { waitFor } from "../waitFor.ts";
import { launchBrowser } from "./browser.ts";
import { watchTroubles } from "./testing/troubles.ts";
import { type Site, startSite } from "./site/site.ts";

/** Notes the time of each sample that the feed brings. As text: it runs in the browser. */
const noteSamples = `
  window.fed = [];
  window.EventSource = class extends EventSource {
    constructor(url) {
      super(url);
      this.addEventListener("sample", ({ data }) => fed.push(JSON.parse(data).time));
    }
  };`;

describe("the page without its database", () => {
  let site: Site;
  let browser: Browser;
  let page: Page;
  let late: Page;
  let troubles: string[];
  let lateTroubles: string[];

  const open = async (): Promise<[Page, string[]]> => {
    const opened = await browser.newPage();
    const noted = await watchTroubles(opened);
    opened.on("console", (message) => {
      if (message.type() === "error") noted.push(message.text());
    });
    await opened.addInitScript(noteSamples);
    await opened.goto(site.url);
    return [opened, noted];
  };
  const shows = (on: Page, selector: string, wanted: RegExp) =>
    waitFor(async () => wanted.test(await on.locator(selector).innerText()), {
      what: `${selector} to show ${String(wanted)}`,
      timeoutMs: 120_000,
      intervalMs: 50,
    });
  const fed = () => page.evaluate<string[]>("fed");
  const chart = () => page.locator("#charts canvas").first().screenshot();
  /** Of a chart that has drawn the last sample that came. */
  const stillChart = async () => {
    let last = await chart();
    await waitFor(async () => last.equals(last = await chart()), { what: "the chart to stand still", timeoutMs: 120_000, intervalMs: 500 }); // prettier-ignore
    return last;
  };
  const away = /^Database not reachable since \d\d:\d\d:\d\d: /;

  before(async () => {
    // One after the other: where there is no browser, nothing is left running.
    browser = await launchBrowser();
    site = await startSite({ collectSeconds: 0.5 });
    [page, troubles] = await open();
    await shows(page, ".state", /^Live$/);
    await shows(page, "#charts", /CPU\s+\d+%/);
    await waitFor(async () => (await fed()).length > 2, { what: "samples", timeoutMs: 120_000 });
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  it("says so and why, keeps its charts, and makes no noise", async () => {
    await site.database.pause();
    await shows(page, ".state", away);
    const kept = await stillChart();
    [late, lateTroubles] = await open();
    await shows(late, ".state", away);
    await shows(late, "#charts", /CPU\s+no samples yet/);
    assert.deepEqual(await chart(), kept);
    assert.match(await page.locator("#charts").innerText(), /CPU\s+\d+%/);
    assert.deepEqual(troubles, []);
    // The first thing that it asks for is refused, and it does not go on asking.
    await waitFor(() => lateTroubles.length > 0, { what: "the refusal to be noted", timeoutMs: 120_000 });
    assert.ok(lateTroubles.length === 1 && /503/.test(lateTroubles[0]!), lateTroubles.join("\n"));
  });

  it("goes on when it is back, with every sample that was taken meanwhile", async () => {
    const lastBefore = (await fed()).at(-1)!;
    const back = Date.now();
    await site.database.resume();
    await shows(page, ".state", /^Live$/);
    await waitFor(async () => Date.parse((await fed()).at(-1)!) > back, {
      what: "a sample that was taken after the outage",
      timeoutMs: 120_000,
    });
    const seen = await fed();
    const stored = await withClient(site.administrator, (client) =>
      client.query<{ time: Date }>(
        "SELECT taken_at AS time FROM samples WHERE taken_at BETWEEN $1 AND $2 ORDER BY 1",
        [seen[0], seen.at(-1)],
      ),
    );
    assert.deepEqual(
      seen,
      stored.rows.map(({ time }) => time.toISOString()),
    );
    const meanwhile = seen.filter((time) => time > lastBefore && Date.parse(time) < back);
    assert.ok(meanwhile.length > 0, `none between ${lastBefore} and ${new Date(back).toISOString()}`);
  });

  it("that was opened meanwhile gets its history, too", async () => {
    await shows(late, ".state", /^Live$/);
    assert.equal(await late.locator("#charts select").inputValue(), site.machine);
    const points = () => late.evaluate<number>(`performance.getEntriesByName("first-chart").length`);
    await waitFor(async () => (await points()) > 0, { what: "a chart", timeoutMs: 120_000 });
  });
});
